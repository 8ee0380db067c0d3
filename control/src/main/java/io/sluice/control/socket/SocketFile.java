package io.sluice.control.socket;

import java.io.IOException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.ServerSocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.FileAttribute;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.concurrent.ThreadLocalRandom;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A listening Unix socket and its file. A lock file beside it says whose the name is: it is held as
 * long as the process lives, however it dies, so that the socket of a dead process can be replaced
 * and that of a living one cannot.
 */
final class SocketFile implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(SocketFile.class);
    private static final String SOCKET_MODE = "rw-------";
    private static final String FOLDER_MODE = "rwx------";

    private final Path path;
    private final LockFile lock;
    private final ServerSocketChannel channel;

    private SocketFile(Path path, LockFile lock, ServerSocketChannel channel) {
        this.path = path;
        this.lock = lock;
        this.channel = channel;
    }

    /** Makes the folder where it is missing, and takes the name. */
    static SocketFile open(Path wanted) throws SocketException {
        Path path = wanted.toAbsolutePath();
        int bytes = path.toString().getBytes(StandardCharsets.UTF_8).length;
        if (bytes > ControlServer.MAX_PATH_BYTES) {
            throw new SocketException(
                    "the socket's path %s has %d bytes, expected at most %d"
                            .formatted(path, bytes, ControlServer.MAX_PATH_BYTES));
        }
        LockFile lock = null;
        try {
            Files.createDirectories(path.getParent());
            Path lockPath = path.resolveSibling(path.getFileName() + ".lock");
            lock = LockFile.take(lockPath).orElse(null);
            if (lock == null) {
                throw new SocketException(
                        "another Sluice (process %s) is running on the socket %s: choose another"
                                        .formatted(LockFile.holder(lockPath), wanted)
                                + " with --socket, or stop that one");
            }
            return new SocketFile(path, lock, bind(path));
        } catch (AccessDeniedException e) {
            release(lock);
            throw new SocketException(
                    "no permission to make the socket %s (%s)".formatted(wanted, e.getMessage()),
                    e);
        } catch (IOException | RuntimeException e) {
            release(lock);
            throw new SocketException(
                    "the socket %s cannot be made: %s".formatted(wanted, e.getMessage()), e);
        }
    }

    ServerSocketChannel channel() {
        return channel;
    }

    @Override
    public void close() {
        try {
            channel.close();
            Files.deleteIfExists(path);
        } catch (IOException e) {
            // The next start replaces what is left.
        } finally {
            lock.close();
        }
    }

    /**
     * Binds in a folder that only this user can enter and moves the socket from there, since it is
     * made with whatever mode the process's umask leaves.
     */
    private static ServerSocketChannel bind(Path path) throws IOException {
        Path folder = privateFolder(path.getParent());
        Path made = folder.resolve("s");
        ServerSocketChannel channel = ServerSocketChannel.open(StandardProtocolFamily.UNIX);
        try {
            channel.bind(UnixDomainSocketAddress.of(made));
            Files.setPosixFilePermissions(made, PosixFilePermissions.fromString(SOCKET_MODE));
            Files.move(made, path, StandardCopyOption.ATOMIC_MOVE);
            return channel;
        } catch (IOException | RuntimeException e) {
            channel.close();
            throw e;
        } finally {
            Files.deleteIfExists(made);
            Files.deleteIfExists(folder);
        }
    }

    /** With a short name: the path of a socket has to fit into few bytes. */
    private static Path privateFolder(Path parent) throws IOException {
        FileAttribute<?> mode =
                PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString(FOLDER_MODE));
        while (true) {
            int number = ThreadLocalRandom.current().nextInt(1 << 16);
            try {
                return Files.createDirectory(
                        parent.resolve("." + Integer.toHexString(number)), mode);
            } catch (FileAlreadyExistsException e) {
                LOG.debug("another folder has the name: {}", e.getMessage());
            }
        }
    }

    private static void release(LockFile lock) {
        if (lock != null) {
            lock.close();
        }
    }
}
