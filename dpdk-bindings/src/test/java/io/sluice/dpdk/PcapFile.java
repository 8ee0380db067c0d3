package io.sluice.dpdk;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** Reads and writes capture files, for net_pcap to replay or record. */
final class PcapFile {
    private static final int MAGIC = 0xA1B2C3D4;
    private static final int HEADER_BYTES = 24;
    private static final int RECORD_HEADER_BYTES = 16;
    private static final int SNAP_LENGTH = 262_144;
    private static final int ETHERNET = 1;

    private PcapFile() {}

    static Path write(Path file, List<byte[]> frames) throws IOException {
        int bytes = HEADER_BYTES;
        for (byte[] frame : frames) {
            bytes += RECORD_HEADER_BYTES + frame.length;
        }
        ByteBuffer buffer = ByteBuffer.allocate(bytes).order(ByteOrder.LITTLE_ENDIAN);
        buffer.putInt(MAGIC).putShort((short) 2).putShort((short) 4).putInt(0).putInt(0);
        buffer.putInt(SNAP_LENGTH).putInt(ETHERNET);
        for (byte[] frame : frames) {
            buffer.putInt(0).putInt(0).putInt(frame.length).putInt(frame.length).put(frame);
        }
        return Files.write(file, buffer.array());
    }

    static List<byte[]> read(Path file) throws IOException {
        ByteBuffer buffer =
                ByteBuffer.wrap(Files.readAllBytes(file)).order(ByteOrder.LITTLE_ENDIAN);
        buffer.position(HEADER_BYTES);
        List<byte[]> frames = new ArrayList<>();
        while (buffer.hasRemaining()) {
            buffer.position(buffer.position() + 8);
            byte[] frame = new byte[buffer.getInt()];
            buffer.getInt();
            buffer.get(frame);
            frames.add(frame);
        }
        return frames;
    }
}
