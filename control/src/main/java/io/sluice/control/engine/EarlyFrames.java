package io.sluice.control.engine;

import io.sluice.dpdk.HugeMemory;
import io.sluice.dpdk.Mbuf;
import io.sluice.dpdk.Port;
import io.sluice.dpdk.RxQueue;

/**
 * Frames that a port holds from before it was bound to its interface. DPDK's af_packet driver opens
 * a socket and binds it later; in between, the socket hears every interface of the network
 * namespace. Those frames would seem to have come in by this port: past a firewall, and as a lesson
 * for MAC learning. Control thread, before a worker receives from the port.
 */
final class EarlyFrames {
    private static final String DRIVER = "net_af_packet";
    private static final int BURST = 64;
    // More than a ring holds; an end for an interface that is never silent.
    private static final int MAX_BURSTS = 1024;

    private EarlyFrames() {}

    static void discard(Port port, int queues) {
        if (!port.driver().equals(DRIVER)) {
            return;
        }
        long list = HugeMemory.allocate(BURST * Long.BYTES);
        try {
            for (int queue = 0; queue < queues; queue++) {
                discard(port.rxQueue(queue), list);
            }
        } finally {
            HugeMemory.free(list, BURST * Long.BYTES);
        }
    }

    private static void discard(RxQueue queue, long list) {
        for (int burst = 0; burst < MAX_BURSTS; burst++) {
            int count = queue.receive(list, BURST);
            if (count == 0) {
                return;
            }
            Mbuf.freeBulk(list, count);
        }
    }
}
