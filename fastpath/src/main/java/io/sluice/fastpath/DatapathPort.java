package io.sluice.fastpath;

import io.sluice.dpdk.DpdkException;
import io.sluice.dpdk.Port;
import java.util.concurrent.atomic.AtomicBoolean;

/**
 * A started DPDK port under its number in flows.
 *
 * @param number 1 to 65279, as OpenFlow numbers ports
 * @param rxQueues receive queues, dealt out to the workers in turn
 * @param txQueues transmit queues: one for each worker, or one that they share
 * @param txLock held while sending when workers share a queue
 * @param linkUp when the link was last looked at; buckets of groups may watch it
 */
public record DatapathPort(
        int number,
        String name,
        Port port,
        int rxQueues,
        int txQueues,
        AtomicBoolean txLock,
        boolean linkUp) {
    public static final int MAX_NUMBER = 65279;

    public DatapathPort {
        if (number < 1 || number > MAX_NUMBER) {
            throw new IllegalArgumentException(
                    "port number " + number + " is not within 1-" + MAX_NUMBER);
        }
    }

    /** The port with its link as it is. */
    static DatapathPort of(int number, String name, Port port, int rxQueues, int txQueues) {
        return new DatapathPort(
                number, name, port, rxQueues, txQueues, new AtomicBoolean(), isUp(port));
    }

    /** The port with its link as it is now. */
    DatapathPort lookedAtAgain() {
        return new DatapathPort(number, name, port, rxQueues, txQueues, txLock, isUp(port));
    }

    /** A port whose device cannot say so any more, because it is gone, is down. */
    private static boolean isUp(Port port) {
        try {
            return port.link().up();
        } catch (DpdkException e) {
            return false;
        }
    }
}
