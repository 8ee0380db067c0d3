package io.sluice.perf;

import java.io.BufferedOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;

/** Writes the classic pcap format: little-endian, microseconds, Ethernet. */
final class PcapWriter implements AutoCloseable {
    static final int MAGIC_MICROSECONDS = 0xa1b2c3d4;
    static final int FILE_HEADER_BYTES = 24;
    static final int RECORD_HEADER_BYTES = 16;
    static final int LINK_ETHERNET = 1;
    private static final int SNAP_LENGTH = 65_535;

    private final OutputStream out;
    private final byte[] recordHeader = new byte[RECORD_HEADER_BYTES];
    private long records;

    PcapWriter(Path file) throws IOException {
        out = new BufferedOutputStream(Files.newOutputStream(file), 1 << 20);
        ByteBuffer header = ByteBuffer.allocate(FILE_HEADER_BYTES).order(ByteOrder.LITTLE_ENDIAN);
        header.putInt(MAGIC_MICROSECONDS).putShort((short) 2).putShort((short) 4);
        header.putLong(0).putInt(SNAP_LENGTH).putInt(LINK_ETHERNET);
        out.write(header.array());
    }

    /** Appends a frame; the time stamp is the record's number, in microseconds. */
    void write(byte[] frame) throws IOException {
        ByteBuffer.wrap(recordHeader)
                .order(ByteOrder.LITTLE_ENDIAN)
                .putInt((int) (records / 1_000_000))
                .putInt((int) (records % 1_000_000))
                .putInt(frame.length)
                .putInt(frame.length);
        out.write(recordHeader);
        out.write(frame);
        records++;
    }

    @Override
    public void close() throws IOException {
        out.close();
    }
}
