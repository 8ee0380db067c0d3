package io.sluice.perf;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.sluice.perf.UdpFrame.Endpoint;
import io.sluice.perf.Workload.FrameTag;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class WorkloadTest {
    private static final int FLOWS = 300;

    @TempDir Path directory;

    @Test
    void noTwoConnectionsAreAlike() {
        Workload workload = Workload.endless(1 << 17, Traffic.ONE_WAY);
        Set<Long> seen = new HashSet<>();
        for (int flow = 0; flow < workload.flows(); flow++) {
            Endpoint client = workload.client(flow);
            assertTrue(client.port() >= 1024 && client.port() < 65_536, "port " + client.port());
            assertTrue(seen.add((long) client.address() << 16 | client.port()), "flow " + flow);
        }
    }

    @Test
    void aMillionConnectionsStayInsideTheBenchmarkNetwork() {
        Workload workload = Workload.endless(Workload.MAX_FLOWS, Traffic.ONE_WAY);
        int last = workload.client(Workload.MAX_FLOWS - 1).address();
        assertEquals("198.18.255.255", UdpFrame.dotted(last));
    }

    @Test
    void thePcapHoldsEveryFrameOnceAndShuffled() throws IOException {
        Workload workload = new Workload(FLOWS, Traffic.TWO_WAY, 2);
        List<FrameTag> tags = new ArrayList<>();
        int neighbours = 0;
        for (byte[] frame : frames(new WorkloadFiles(directory).pcap(workload))) {
            FrameTag tag = FrameTag.of(UdpFrame.payload(frame));
            assertArrayEquals(workload.frame(tag), frame);
            if (!tags.isEmpty() && tags.getLast().flow() + 1 == tag.flow()) {
                neighbours++;
            }
            tags.add(tag);
        }
        assertEquals(4 * FLOWS, tags.size());
        assertEquals(4 * FLOWS, new HashSet<>(tags).size());
        assertTrue(neighbours < FLOWS / 10, neighbours + " neighbours");
        for (int block = 0; block < 4; block++) {
            for (FrameTag tag : tags.subList(block * FLOWS, (block + 1) * FLOWS)) {
                assertEquals(block % 2 == 1, tag.reply(), "all clients come before all answers");
                assertEquals(block / 2, tag.pass());
            }
        }
    }

    @Test
    void thePcapIsTheSameEveryTimeAndMadeOnce() throws IOException {
        Workload workload = Workload.endless(FLOWS, Traffic.ONE_WAY);
        Path one = new WorkloadFiles(directory.resolve("one")).pcap(workload);
        Path other = new WorkloadFiles(directory.resolve("other")).pcap(workload);
        assertEquals(-1, Files.mismatch(one, other));

        FileTime longAgo = FileTime.fromMillis(1_000_000);
        Files.setLastModifiedTime(one, longAgo);
        assertEquals(one, new WorkloadFiles(directory.resolve("one")).pcap(workload));
        assertEquals(longAgo, Files.getLastModifiedTime(one));
        try (var files = Files.list(directory.resolve("one"))) {
            assertEquals(List.of(one), files.toList());
        }
    }

    @Test
    void answersComeFromTheOneBackendThatTwoWayRulesKnow() {
        Workload workload = Workload.endless(FLOWS, Traffic.TWO_WAY);
        assertEquals("10.0.0.11", workload.backendRange());
        byte[] reply = workload.frame(new FrameTag(7, true, 0));
        assertTrue(workload.isBackend(UdpFrame.sourceAddress(reply)));
        assertEquals(workload.client(7).address(), UdpFrame.destinationAddress(reply));
        assertEquals(workload.client(7).port(), UdpFrame.destinationPort(reply));
    }

    @Test
    void oneWayRulesSpreadOverFourBackends() {
        Workload workload = Workload.endless(FLOWS, Traffic.ONE_WAY);
        assertTrue(workload.rules().contains("nat(dst=10.0.0.11-10.0.0.14)"), workload.rules());
        assertEquals(3, workload.rules().lines().count());
        assertTrue(workload.isBackend(Workload.FIRST_BACKEND + 3));
        assertFalse(workload.isBackend(Workload.FIRST_BACKEND + 4));
    }

    @Test
    void payloadsDependOnEverything() {
        byte[] payload = new FrameTag(5, false, 1).payload();
        assertEquals(new FrameTag(5, false, 1), FrameTag.of(payload));
        assertNotEquals(payload[10], new FrameTag(5, true, 1).payload()[10]);
        assertNotEquals(payload[10], new FrameTag(5, false, 2).payload()[10]);
    }

    @Test
    void numbersOfFlowsAreReadAndWritten() {
        assertEquals(8192, Workload.parseFlows("8k"));
        assertEquals(1_048_576, Workload.parseFlows(" 1M"));
        assertEquals(100, Workload.parseFlows("100"));
        assertEquals("64k", Workload.flowsLabel(65_536));
        assertEquals("1M", Workload.flowsLabel(1_048_576));
        assertEquals("100", Workload.flowsLabel(100));
        for (String wrong : List.of("", "k", "2m", "0", "-1", "4000000k", "8kb")) {
            assertThrows(IllegalArgumentException.class, () -> Workload.parseFlows(wrong), wrong);
        }
    }

    private static List<byte[]> frames(Path pcap) throws IOException {
        List<byte[]> frames = new ArrayList<>();
        try (PcapReader reader = new PcapReader(pcap)) {
            for (Optional<byte[]> f = reader.next(); f.isPresent(); f = reader.next()) {
                frames.add(f.get());
            }
        }
        return frames;
    }
}
