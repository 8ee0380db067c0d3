package io.sluice.control.socket;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Optional;
import java.util.Set;

/** A file that one process at a time holds; the system lets go of it when the process ends. */
final class LockFile implements AutoCloseable {
    private final Path path;
    private final FileChannel channel;

    private LockFile(Path path, FileChannel channel) {
        this.path = path;
        this.channel = channel;
    }

    /** Takes the lock without waiting; empty when somebody else holds it. */
    static Optional<LockFile> take(Path path) throws IOException {
        while (true) {
            FileChannel channel =
                    FileChannel.open(
                            path,
                            Set.of(StandardOpenOption.CREATE, StandardOpenOption.WRITE),
                            PosixFilePermissions.asFileAttribute(
                                    PosixFilePermissions.fromString("rw-------")));
            if (!tryLock(channel)) {
                channel.close();
                return Optional.empty();
            }
            // Whoever held it before may have deleted the file after we opened it. Then the next
            // one
            // would lock another file of the same name: what counts is that ours is under the name.
            String mark = ProcessHandle.current().pid() + " " + System.nanoTime();
            channel.truncate(0);
            channel.write(ByteBuffer.wrap(mark.getBytes(StandardCharsets.US_ASCII)));
            if (mark.equals(content(path))) {
                return Optional.of(new LockFile(path, channel));
            }
            channel.close();
        }
    }

    /** The process that holds the lock, as far as its file tells. */
    static String holder(Path path) throws IOException {
        String pid = content(path).split(" ", -1)[0];
        return pid.isEmpty() ? "unknown" : pid;
    }

    @Override
    public void close() {
        try (channel) {
            Files.deleteIfExists(path);
        } catch (IOException e) {
            // The file may stay: only its lock counts.
            return;
        }
    }

    private static boolean tryLock(FileChannel channel) throws IOException {
        try {
            FileLock lock = channel.tryLock();
            return lock != null;
        } catch (OverlappingFileLockException e) {
            return false;
        }
    }

    private static String content(Path path) throws IOException {
        try {
            return Files.readString(path, StandardCharsets.US_ASCII);
        } catch (NoSuchFileException e) {
            return "";
        }
    }
}
