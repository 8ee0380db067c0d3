package io.sluice.perf;

import io.sluice.perf.UdpFrame.Endpoint;
import io.sluice.perf.Workload.FrameTag;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;

/**
 * A pcap in which every packet opens a connection. It runs round, so that a connection must have
 * ended when its packet comes again: {@link #FLOWS} is more than one core can make while {@link
 * #TIMEOUT_S} passes.
 *
 * @param flows packets, each of a connection of its own
 */
record NewConnections(int flows) {
    /** The packets of an endless pcap: one a second and flow at most. */
    static final int FLOWS = 1 << 22;

    /** Of connections without an answer; the shortest that there is. */
    static final int TIMEOUT_S = 1;

    /** Those of the last second, and those that ended and were not swept yet. */
    static final int MAX_CONNECTIONS = 2 * FLOWS;

    private static final int VERSION = 1;
    private static final int FIRST_CLIENT = 0xc6120000; // 198.18.0.0, for benchmarks (RFC 2544)
    private static final int CLIENT_BITS = 16;
    private static final int FIRST_SERVER = 0xc0000200; // 192.0.2.0, for documents (RFC 5737)
    private static final int SERVERS = 256;

    NewConnections {
        if (flows < 1 || flows > FLOWS) {
            throw new IllegalArgumentException(flows + " flows: between 1 and " + FLOWS);
        }
    }

    /** The frame as it goes in. Neighbours are of clients that are far apart. */
    byte[] frame(int flow) {
        // A bijection of 16 bits, so that no client has two flows with one port.
        int client = flow * 40_503 & ((1 << CLIENT_BITS) - 1);
        int port = 1024 + ((flow >>> CLIENT_BITS) * 997 + client * 17) % 64_000;
        int server = (flow ^ flow >>> 8 ^ flow >>> 16) & (SERVERS - 1);
        return UdpFrame.build(
                new Endpoint(Workload.MAC_SENDER, FIRST_CLIENT + client, port),
                new Endpoint(Workload.MAC_PROCESSOR, FIRST_SERVER + server, Workload.SERVICE_PORT),
                new FrameTag(flow, false, 0).payload());
    }

    /** The pcap, made now unless it is there already. */
    Path pcap(Path directory) throws IOException {
        Path file =
                directory.resolve("new-v%d-%s.pcap".formatted(VERSION, Workload.flowsLabel(flows)));
        if (!Files.exists(file)) {
            Files.createDirectories(directory);
            Path unfinished = Files.createTempFile(directory, "unfinished", ".pcap");
            try {
                write(unfinished);
                Files.move(unfinished, file, StandardCopyOption.ATOMIC_MOVE);
            } finally {
                Files.deleteIfExists(unfinished);
            }
        }
        return file;
    }

    private void write(Path file) throws IOException {
        try (PcapWriter pcap = new PcapWriter(file)) {
            for (int flow = 0; flow < flows; flow++) {
                pcap.write(frame(flow));
            }
        }
    }
}
