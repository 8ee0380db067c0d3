package io.sluice.perf;

import io.sluice.perf.Workload.FrameTag;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.Random;

/** Makes the pcaps of workloads, the same bytes every time, and keeps them. */
final class WorkloadFiles {
    /** Part of the file name: raise it with every change of what is generated. */
    private static final int VERSION = 1;

    private static final long SEED = 0x51_0c_e5L;

    private final Path directory;

    WorkloadFiles(Path directory) {
        this.directory = directory;
    }

    /** The pcap of the workload, made now unless it is there already. */
    Path pcap(Workload workload) throws IOException {
        Path file =
                directory.resolve(
                        "v%d-%s-%s-x%d.pcap"
                                .formatted(
                                        VERSION,
                                        Workload.flowsLabel(workload.flows()),
                                        workload.traffic().label(),
                                        workload.passes()));
        if (!Files.exists(file)) {
            Files.createDirectories(directory);
            Path unfinished = Files.createTempFile(directory, "unfinished", ".pcap");
            try {
                write(workload, unfinished);
                Files.move(unfinished, file, StandardCopyOption.ATOMIC_MOVE);
            } finally {
                Files.deleteIfExists(unfinished);
            }
        }
        return file;
    }

    Path pcap(NewConnections load) throws IOException {
        return load.pcap(directory);
    }

    /**
     * A pass is every client's packet, then (in two-way traffic) every backend's answer, each in an
     * order of its own, so that neighbours in the pcap are strangers in any table.
     */
    private static void write(Workload workload, Path file) throws IOException {
        Random random = new Random(SEED + workload.flows());
        int[] order = new int[workload.flows()];
        for (int i = 0; i < order.length; i++) {
            order[i] = i;
        }
        try (PcapWriter pcap = new PcapWriter(file)) {
            for (int pass = 0; pass < workload.passes(); pass++) {
                for (int direction = 0; direction < workload.directions(); direction++) {
                    shuffle(order, random);
                    for (int flow : order) {
                        pcap.write(workload.frame(new FrameTag(flow, direction == 1, pass)));
                    }
                }
            }
        }
    }

    private static void shuffle(int[] order, Random random) {
        for (int i = order.length - 1; i > 0; i--) {
            int j = random.nextInt(i + 1);
            int kept = order[i];
            order[i] = order[j];
            order[j] = kept;
        }
    }
}
