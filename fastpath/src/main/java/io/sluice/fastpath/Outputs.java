package io.sluice.fastpath;

import io.sluice.dpdk.Mbuf;
import io.sluice.dpdk.TxQueue;
import io.sluice.packet.Memory;
import io.sluice.packet.MemorySource;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLongArray;

/**
 * Where a worker's packets leave: a list for each port, sent when full and after each burst, and
 * the list of those to free. Used by the worker's thread; the counters may be read by any.
 */
final class Outputs implements PacketSink {
    /** Packets that a port's list holds before they are sent. */
    private static final int BATCH = 64;

    /** One port's list. */
    private static final class Lane {
        final TxQueue queue;
        // Null where this worker has the queue for itself.
        final AtomicBoolean lock;
        final long list;
        int count;

        Lane(TxQueue queue, AtomicBoolean lock, long list) {
            this.queue = queue;
            this.lock = lock;
            this.list = list;
        }
    }

    private final int worker;
    private final MemorySource memory;
    private final AtomicLongArray drops = new AtomicLongArray(DropReason.values().length);
    private final long freeList;
    private int freeCount;
    // By port number; null where there is no port.
    private Lane[] lanes = {};
    private Lane[] present = {};
    // Lists are kept when ports go, for ports that come.
    private long[] spareLists = {};

    Outputs(int worker, MemorySource memory) {
        this.worker = worker;
        this.memory = memory;
        freeList = memory.allocate(BATCH * (long) Long.BYTES);
    }

    /** Takes over the ports of a new snapshot; nothing may be waiting. */
    void adopt(List<DatapathPort> ports) {
        flush();
        int highest = ports.stream().mapToInt(DatapathPort::number).max().orElse(0);
        Lane[] next = new Lane[highest + 1];
        Lane[] all = new Lane[ports.size()];
        growSpareLists(all.length);
        for (int i = 0; i < all.length; i++) {
            DatapathPort port = ports.get(i);
            boolean shared = port.txQueues() <= worker || port.txQueues() == 1;
            TxQueue queue = port.port().txQueue(worker % port.txQueues());
            all[i] = new Lane(queue, shared ? port.txLock() : null, spareLists[i]);
            next[port.number()] = all[i];
        }
        lanes = next;
        present = all;
    }

    private void growSpareLists(int count) {
        int had = spareLists.length;
        if (count > had) {
            spareLists = Arrays.copyOf(spareLists, count);
            for (int i = had; i < count; i++) {
                spareLists[i] = memory.allocate(BATCH * (long) Long.BYTES);
            }
        }
    }

    @Override
    public boolean hasPort(int port) {
        return port >= 0 && port < lanes.length && lanes[port] != null;
    }

    @Override
    public void send(int port, long mbuf) {
        if (!hasPort(port)) {
            drop(DropReason.NO_PORT.ordinal(), mbuf);
            return;
        }
        Lane lane = lanes[port];
        if (lane.count == BATCH) {
            flush(lane);
        }
        Memory.putLong(Memory.pointer(lane.list) + ((long) lane.count << 3), mbuf);
        lane.count++;
    }

    /** Sends the packets of {@code count} slots, at most a batch, from this one on. */
    void send(int port, long firstSlot, int count) {
        if (!hasPort(port)) {
            for (int i = 0; i < count; i++) {
                drop(DropReason.NO_PORT.ordinal(), mbuf(firstSlot, i));
            }
            return;
        }
        Lane lane = lanes[port];
        if (lane.count + count > BATCH) {
            flush(lane);
        }
        long next = Memory.pointer(lane.list) + ((long) lane.count << 3);
        for (int i = 0; i < count; i++) {
            Memory.putLong(Memory.pointer(next + ((long) i << 3)), mbuf(firstSlot, i));
        }
        lane.count += count;
    }

    private static long mbuf(long firstSlot, int i) {
        long slot = Memory.pointer(firstSlot + ((long) i << SlotLayout.SHIFT));
        return Memory.getLong(slot + SlotLayout.MBUF);
    }

    @Override
    public void drop(int reason, long mbuf) {
        count(reason, 1);
        free(mbuf);
    }

    @Override
    public void count(int reason, int packets) {
        drops.setOpaque(reason, drops.getPlain(reason) + packets);
    }

    private void free(long mbuf) {
        Memory.putLong(freeList + ((long) freeCount << 3), mbuf);
        if (++freeCount == BATCH) {
            freeAll();
        }
    }

    private void freeAll() {
        Mbuf.freeBulk(freeList, freeCount);
        freeCount = 0;
    }

    /** Sends and frees everything that waits. */
    void flush() {
        for (Lane lane : present) {
            if (lane.count != 0) {
                flush(lane);
            }
        }
        if (freeCount != 0) {
            freeAll();
        }
    }

    private void flush(Lane lane) {
        int count = lane.count;
        lane.count = 0;
        int sent = lane.lock == null ? lane.queue.send(lane.list, count) : sendLocked(lane, count);
        if (sent < count) {
            count(DropReason.TX_FULL.ordinal(), count - sent);
            Mbuf.freeBulk(lane.list + ((long) sent << 3), count - sent);
        }
    }

    private static int sendLocked(Lane lane, int count) {
        while (!lane.lock.compareAndSet(false, true)) {
            Thread.onSpinWait();
        }
        try {
            return lane.queue.send(lane.list, count);
        } finally {
            // Pairs with the compare-and-set of the next worker.
            lane.lock.setRelease(false);
        }
    }

    /** Any thread. */
    long drops(DropReason reason) {
        return drops.getOpaque(reason.ordinal());
    }
}
