package io.sluice.perf;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.sluice.perf.UdpFrame.Endpoint;
import java.io.IOException;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class NewConnectionsTest {
    private static final int OUTSIDE = 0xcb007100;

    @TempDir private Path directory;

    @Test
    void everyPacketIsOfAClientAndPortOfItsOwn() {
        NewConnections load = new NewConnections(NewConnections.FLOWS);
        Set<Long> clients = new HashSet<>();
        for (int flow = 0; flow < load.flows(); flow += 61) {
            byte[] frame = load.frame(flow);
            long port = UdpFrame.sourcePort(frame);
            assertTrue(port >= 1024);
            assertTrue(clients.add((long) UdpFrame.sourceAddress(frame) << 16 | port), "" + flow);
        }
        // Those of one client.
        int client = UdpFrame.sourceAddress(load.frame(7));
        Set<Integer> ports = new HashSet<>();
        for (int flow = 7; flow < load.flows(); flow += 1 << 16) {
            assertEquals(client, UdpFrame.sourceAddress(load.frame(flow)));
            assertTrue(ports.add(UdpFrame.sourcePort(load.frame(flow))));
        }
    }

    @Test
    void translatedFramesPass() throws IOException {
        assertEquals(List.of(), snat(0, 0));
    }

    @Test
    void wrongFramesAreTold() throws IOException {
        assertTold("translated to", snat(1 << 20, 0));
        assertTold("another's addresses and ports", snat(0, 2));
        NewConnections load = new NewConnections(3);
        try (PcapWriter out = new PcapWriter(directory.resolve("out"))) {
            out.write(translated(load, 0, OUTSIDE, 2000));
            out.write(translated(load, 0, OUTSIDE, 2000));
            byte[] broken = translated(load, 1, OUTSIDE, 2001);
            broken[UdpFrame.UDP + UdpFrame.UDP_CHECKSUM] ^= 1;
            out.write(broken);
        }
        List<String> mistakes =
                NewConnectionVerifier.mistakes(load, Translation.SNAT, directory.resolve("out"));
        assertTold("sent twice", mistakes);
        assertTold("flow 1: byte 40", mistakes);
    }

    @Test
    void missingFramesAreTold() throws IOException {
        NewConnections load = new NewConnections(3);
        try (PcapWriter out = new PcapWriter(directory.resolve("out"))) {
            out.write(translated(load, 2, OUTSIDE, 2000));
        }
        assertEquals(
                List.of("2 packets were not sent"),
                NewConnectionVerifier.mistakes(load, Translation.SNAT, directory.resolve("out")));
    }

    /** What is said of frames whose addresses are that far from the range's first. */
    private List<String> snat(int offset, int sharedPorts) throws IOException {
        // Flows of the same server, 256 apart but for what the upper bits change.
        NewConnections load = new NewConnections(600);
        Path file = directory.resolve("out");
        try (PcapWriter out = new PcapWriter(file)) {
            for (int flow = 0; flow < load.flows(); flow++) {
                int port = 2000 + (sharedPorts == 0 ? flow : flow % sharedPorts);
                out.write(translated(load, flow, OUTSIDE + offset, port));
            }
        }
        return NewConnectionVerifier.mistakes(load, Translation.SNAT, file);
    }

    private static byte[] translated(NewConnections load, int flow, int address, int port) {
        byte[] in = load.frame(flow);
        return UdpFrame.build(
                new Endpoint(Workload.MAC_SET_SOURCE, address, port),
                new Endpoint(
                        Workload.MAC_SET_DESTINATION,
                        UdpFrame.destinationAddress(in),
                        UdpFrame.destinationPort(in)),
                UdpFrame.payload(in));
    }

    private static void assertTold(String expected, List<String> mistakes) {
        assertTrue(
                mistakes.stream().anyMatch(mistake -> mistake.contains(expected)),
                expected + ": " + mistakes);
    }
}
