package io.sluice.fastpath;

import static java.nio.file.StandardOpenOption.DELETE_ON_CLOSE;
import static java.nio.file.StandardOpenOption.READ;
import static java.nio.file.StandardOpenOption.WRITE;

import io.sluice.packet.Memory;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.channels.FileChannel;
import java.nio.channels.FileChannel.MapMode;
import java.nio.file.Files;

/**
 * Memory with nothing behind its end: the JVM throws an {@link InternalError} when something is
 * read or written there.
 */
final class GuardedMemory {
    static final int BYTES = 1 << 14;

    private final long end;

    GuardedMemory() {
        try (FileChannel file =
                FileChannel.open(
                        Files.createTempFile("sluice", "guarded"), READ, WRITE, DELETE_ON_CLOSE)) {
            MemorySegment mapped = file.map(MapMode.READ_WRITE, 0, 2L * BYTES, Arena.global());
            end = mapped.address() + BYTES;
            // The half of the mapping that the file no longer has can only be touched in vain.
            file.truncate(BYTES);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Address of the copy, which ends where the memory does. */
    long place(byte[] bytes) {
        long address = end - bytes.length;
        Memory.copy(bytes, address);
        return address;
    }
}
