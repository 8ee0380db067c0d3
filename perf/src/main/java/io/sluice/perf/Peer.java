package io.sluice.perf;

import java.nio.file.Path;
import java.util.Optional;
import java.util.OptionalLong;

/** A program that is measured. */
interface Peer {
    /** What the table calls it. */
    String name();

    /** Why it cannot run on this machine, or empty if it can. */
    Optional<String> absence();

    /** Huge pages it needs for a pcap of that many packets. */
    long hugePageBytes(long packets);

    /**
     * Starts it on its own source and waits until packets can flow.
     *
     * @throws BenchException if it does not come up
     */
    Running start(Workload workload, Source source, Scene scene);

    /**
     * Where packets come from and go to, as a DPDK device.
     *
     * @param capture where sent frames are kept; without it the pcap repeats for ever and nothing
     *     is kept
     */
    record Source(Path pcap, Optional<Path> capture) {
        String devargs() {
            return "net_pcap0,rx_pcap="
                    + pcap
                    + capture.map(file -> ",tx_pcap=" + file).orElse(",infinite_rx=1");
        }
    }

    /**
     * What all programs measured share.
     *
     * @param directory for sockets, logs and configuration of this one start
     */
    record Scene(Children children, Path directory, int workerCore, int controlCore) {}

    /** A program that is running. {@link #close} ends it and waits for its end. */
    interface Running extends AutoCloseable {
        Counters read();

        /** Connections it holds now; empty if it tracks none. */
        OptionalLong connections();

        /** The process that moves packets. */
        long pid();

        /** Whether it still runs; if not, a sentence with its last words. */
        Optional<String> death();

        @Override
        void close();
    }
}
