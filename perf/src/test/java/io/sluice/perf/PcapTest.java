package io.sluice.perf;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class PcapTest {
    @TempDir Path directory;

    @Test
    void whatIsWrittenIsReadBack() throws IOException {
        Path file = directory.resolve("a.pcap");
        byte[] first = {1, 2, 3};
        byte[] second = new byte[1514];
        try (PcapWriter writer = new PcapWriter(file)) {
            writer.write(first);
            writer.write(second);
        }
        try (PcapReader reader = new PcapReader(file)) {
            assertArrayEquals(first, reader.next().orElseThrow());
            assertArrayEquals(second, reader.next().orElseThrow());
            assertEquals(Optional.empty(), reader.next());
        }
    }

    @Test
    void theHeaderIsTheOneThatLibpcapReads() throws IOException {
        Path file = directory.resolve("a.pcap");
        try (PcapWriter writer = new PcapWriter(file)) {
            writer.write(new byte[] {(byte) 0xab});
        }
        assertEquals(
                "d4c3b2a1"
                        + "02000400"
                        + "00000000"
                        + "00000000"
                        + "ffff0000"
                        + "01000000"
                        + "00000000"
                        + "00000000"
                        + "01000000"
                        + "01000000"
                        + "ab",
                HexFormat.of().formatHex(Files.readAllBytes(file)));
    }

    @Test
    void otherByteOrderAndNanosecondsAreRead() throws IOException {
        ByteBuffer bytes = ByteBuffer.allocate(24 + 16 + 2).order(ByteOrder.BIG_ENDIAN);
        bytes.putInt(0xa1b23c4d).putInt(0x00020004).putLong(0).putInt(65_535).putInt(1);
        bytes.putInt(1).putInt(2).putInt(2).putInt(60).put((byte) 7).put((byte) 8);
        Path file = Files.write(directory.resolve("b.pcap"), bytes.array());
        try (PcapReader reader = new PcapReader(file)) {
            assertArrayEquals(new byte[] {7, 8}, reader.next().orElseThrow());
        }
    }

    @Test
    void brokenFilesAreNamed() throws IOException {
        Path file = directory.resolve("a.pcap");
        try (PcapWriter writer = new PcapWriter(file)) {
            writer.write(new byte[60]);
        }
        byte[] whole = Files.readAllBytes(file);

        Files.write(file, Arrays.copyOf(whole, whole.length - 1));
        assertFails(file, "ends inside record 0");
        Files.write(file, Arrays.copyOf(whole, 24 + 15));
        assertFails(file, "ends inside the header of record 0");
        Files.write(file, Arrays.copyOf(whole, 23));
        assertFails(file, "too short for a pcap");
        whole[24 + 8 + 3] = 0x7f;
        Files.write(file, whole);
        assertFails(file, "record 0 claims");
        whole[20] = 113;
        Files.write(file, whole);
        assertFails(file, "link type 113, not Ethernet");
        whole[0] = 0;
        Files.write(file, whole);
        assertFails(file, "not a pcap");
    }

    private static void assertFails(Path file, String message) {
        IOException failure =
                assertThrows(
                        IOException.class,
                        () -> {
                            try (PcapReader reader = new PcapReader(file)) {
                                reader.next();
                            }
                        });
        assertEquals(true, failure.getMessage().contains(message), failure.getMessage());
    }
}
