package io.sluice.control.event;

import io.sluice.conntrack.EventLayout;
import io.sluice.packet.Memory;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Optional;
import java.util.Set;
import java.util.zip.CRC32C;
import net.openhft.chronicle.bytes.MappedBytes;

/**
 * One file of the log, mapped. Its length is fixed; what is not written yet is zeros.
 *
 * <pre>
 *   0  8  "SLUICECT"
 *   8  4  version of this format: 1
 *  12  4  bytes of a record: 192
 *  16  8  number of the file: 1, 2, 3... in the order they were begun
 *  24  8  when it was begun, ms since 1970 UTC
 *  32  8  bytes of the file
 *  40     0
 * 192     records of EventLayout; the first without a checksum is where the next one goes
 * </pre>
 *
 * <p>Numbers are little-endian. The checksum is written last: a process that is killed while it
 * writes a record leaves one that does not count. Nothing is lost to a killed process; what a
 * machine that fails had not written to the disk, its system decides.
 */
final class EventLogFile implements AutoCloseable {
    static final int VERSION = 1;

    /** What a place in the file holds. */
    enum Found {
        RECORD,
        /** Nothing yet. */
        NOTHING,
        /** Bytes that are no record any more. */
        DAMAGED
    }

    /** What a file says of itself. */
    record Header(long number, long bytes) {}

    private static final byte[] MAGIC = "SLUICECT".getBytes(StandardCharsets.US_ASCII);
    private static final int HEADER_BYTES = EventLayout.RECORD_BYTES;
    private static final int RECORD_SIZE_AT = 12;
    private static final int NUMBER_AT = 16;
    private static final int CREATED_AT = 24;
    private static final int LENGTH_AT = 32;
    private static final int ZEROS = 1 << 20;

    private final MappedBytes bytes;
    private final long base;
    private final long number;
    private final int capacity;
    private final byte[] checked = new byte[EventLayout.CRC];
    private final CRC32C crc = new CRC32C();

    private EventLogFile(MappedBytes bytes, Header header) {
        this.bytes = bytes;
        base = bytes.addressForRead(0);
        number = header.number();
        capacity = (int) ((header.bytes() - HEADER_BYTES) / EventLayout.RECORD_BYTES);
    }

    /** The header of the file; empty when it is no log of this version. */
    static Optional<Header> header(Path path) throws IOException {
        ByteBuffer read = ByteBuffer.allocate(HEADER_BYTES).order(java.nio.ByteOrder.LITTLE_ENDIAN);
        try (FileChannel channel = FileChannel.open(path, StandardOpenOption.READ)) {
            while (read.hasRemaining() && channel.read(read) >= 0) {
                // Goes on.
            }
            long length = read.getLong(LENGTH_AT);
            // Mapping a file to write to it makes it as long as whole pages.
            boolean known =
                    !read.hasRemaining()
                            && java.util.Arrays.equals(
                                    MAGIC, 0, MAGIC.length, read.array(), 0, MAGIC.length)
                            && read.getInt(MAGIC.length) == VERSION
                            && read.getInt(RECORD_SIZE_AT) == EventLayout.RECORD_BYTES
                            && length >= HEADER_BYTES
                            && length <= channel.size();
            return known
                    ? Optional.of(new Header(read.getLong(NUMBER_AT), length))
                    : Optional.empty();
        }
    }

    /** Makes an empty file, whole before it has its name; its disk space is taken now. */
    static void create(Path path, long number, int lengthBytes) throws IOException {
        Path unfinished = path.resolveSibling(path.getFileName() + ".new");
        Files.deleteIfExists(unfinished);
        try (FileChannel channel =
                FileChannel.open(
                        unfinished,
                        Set.of(StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE),
                        PosixFilePermissions.asFileAttribute(
                                PosixFilePermissions.fromString("rw-------")))) {
            ByteBuffer header =
                    ByteBuffer.allocate(HEADER_BYTES).order(java.nio.ByteOrder.LITTLE_ENDIAN);
            header.put(MAGIC).putInt(VERSION).putInt(EventLayout.RECORD_BYTES).putLong(number);
            header.putLong(CREATED_AT, System.currentTimeMillis());
            header.putLong(LENGTH_AT, lengthBytes);
            writeAll(channel, header.clear());
            ByteBuffer zeros = ByteBuffer.allocate(ZEROS);
            while (channel.position() < lengthBytes) {
                zeros.clear().limit((int) Math.min(ZEROS, lengthBytes - channel.position()));
                writeAll(channel, zeros);
            }
        }
        Files.move(unfinished, path, StandardCopyOption.ATOMIC_MOVE);
    }

    private static void writeAll(FileChannel channel, ByteBuffer data) throws IOException {
        while (data.hasRemaining()) {
            channel.write(data);
        }
    }

    /** Maps a file whose header was found to be right. */
    static EventLogFile map(Path path, Header header, boolean readOnly) throws IOException {
        return new EventLogFile(
                MappedBytes.singleMappedBytes(path.toFile(), header.bytes(), readOnly), header);
    }

    long number() {
        return number;
    }

    /** Records that it has room for. */
    int capacity() {
        return capacity;
    }

    private static long offset(int slot) {
        return HEADER_BYTES + (long) slot * EventLayout.RECORD_BYTES;
    }

    /** Where the next record goes: behind the last that has a checksum, right or wrong. */
    int end() {
        int slot = capacity;
        while (slot > 0 && bytes.readVolatileInt(offset(slot - 1) + EventLayout.CRC) == 0) {
            slot--;
        }
        return slot;
    }

    void write(int slot, long record) {
        long offset = offset(slot);
        Memory.copy(record, base + offset, EventLayout.CRC);
        // Whoever reads the checksum reads the record, too.
        bytes.writeOrderedInt(offset + EventLayout.CRC, checksum(record));
    }

    /** Copies a record. */
    Found read(int slot, long target) {
        long offset = offset(slot);
        int wanted = bytes.readVolatileInt(offset + EventLayout.CRC);
        if (wanted == 0) {
            return Found.NOTHING;
        }
        Memory.copy(base + offset, target, EventLayout.CRC);
        return checksum(target) == wanted ? Found.RECORD : Found.DAMAGED;
    }

    private int checksum(long record) {
        Memory.copy(record, checked, 0, EventLayout.CRC);
        crc.reset();
        crc.update(checked, 0, EventLayout.CRC);
        int sum = (int) crc.getValue();
        return sum == 0 ? 1 : sum;
    }

    @Override
    public void close() {
        bytes.releaseLast();
    }
}
