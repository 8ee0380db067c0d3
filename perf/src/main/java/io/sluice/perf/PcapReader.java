package io.sluice.perf;

import java.io.BufferedInputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;

/** Reads classic pcaps of Ethernet frames, of either byte order, with micro- or nanoseconds. */
final class PcapReader implements AutoCloseable {
    private static final int MAGIC_NANOSECONDS = 0xa1b23c4d;
    private static final int MAX_FRAME_BYTES = 1 << 18;

    private final Path file;
    private final InputStream in;
    private final ByteOrder order;
    private long records;

    /**
     * @throws IOException if the file cannot be read or is no pcap of Ethernet frames
     */
    PcapReader(Path file) throws IOException {
        this.file = file;
        in = new BufferedInputStream(Files.newInputStream(file), 1 << 20);
        byte[] header = in.readNBytes(PcapWriter.FILE_HEADER_BYTES);
        if (header.length < PcapWriter.FILE_HEADER_BYTES) {
            throw new EOFException(file + ": too short for a pcap");
        }
        order = byteOrder(ByteBuffer.wrap(header));
        int link = ByteBuffer.wrap(header).order(order).getInt(20);
        if (link != PcapWriter.LINK_ETHERNET) {
            throw new IOException(file + ": link type " + link + ", not Ethernet");
        }
    }

    private ByteOrder byteOrder(ByteBuffer header) throws IOException {
        for (ByteOrder candidate :
                new ByteOrder[] {ByteOrder.LITTLE_ENDIAN, ByteOrder.BIG_ENDIAN}) {
            int magic = header.order(candidate).getInt(0);
            if (magic == PcapWriter.MAGIC_MICROSECONDS || magic == MAGIC_NANOSECONDS) {
                return candidate;
            }
        }
        throw new IOException(file + ": not a pcap");
    }

    /**
     * The next frame as captured, or empty at the end.
     *
     * @throws EOFException if the file ends inside a record
     */
    Optional<byte[]> next() throws IOException {
        byte[] header = in.readNBytes(PcapWriter.RECORD_HEADER_BYTES);
        if (header.length == 0) {
            return Optional.empty();
        }
        if (header.length < PcapWriter.RECORD_HEADER_BYTES) {
            throw new EOFException(file + ": ends inside the header of record " + records);
        }
        int length = ByteBuffer.wrap(header).order(order).getInt(8);
        if (length < 0 || length > MAX_FRAME_BYTES) {
            throw new IOException(file + ": record " + records + " claims " + length + " bytes");
        }
        byte[] frame = in.readNBytes(length);
        if (frame.length < length) {
            throw new EOFException(file + ": ends inside record " + records);
        }
        records++;
        return Optional.of(frame);
    }

    @Override
    public void close() throws IOException {
        in.close();
    }
}
