package io.sluice.fastpath;

import io.sluice.dpdk.Mbuf;
import io.sluice.dpdk.Mempool;
import io.sluice.packet.Memory;

/**
 * Where the packet at work is to go. It is sent when the next one is known or nothing comes any
 * more, so that the last, which is mostly the only one, needs no copy. Used by one thread.
 */
final class Departure {
    static final int NOWHERE = -1;

    /** Bytes of a packet that is not cut. */
    static final int WHOLE = Integer.MAX_VALUE;

    private final PacketSink outputs;
    private final Mempool pool;
    private final Trace trace;
    // How the packet is to leave where steps were taken back after it was sent.
    private final SlowPacket leaving = new SlowPacket();
    private final SlowPacket branch = new SlowPacket();
    private boolean leavesAsItWas;
    private int port = NOWHERE;
    // Of the packet that goes to the port.
    private int maxBytes = WHOLE;
    private int dropReason;
    private Narrator narrator;

    Departure(PacketSink outputs, Mempool pool, Trace trace) {
        this.outputs = outputs;
        this.pool = pool;
        this.trace = trace;
    }

    void narrateTo(Narrator listener) {
        narrator = listener;
    }

    /** Forgets what was noted for another packet. */
    void begin() {
        port = NOWHERE;
        leavesAsItWas = false;
        dropReason = DropReason.FLOW.ordinal();
    }

    boolean hasPort(int number) {
        return outputs.hasPort(number);
    }

    int dropReason() {
        return dropReason;
    }

    /** Why the packet ends, should no step send it. */
    void drop(DropReason reason) {
        if (narrator != null) {
            narrator.lose(reason);
        }
        dropReason = reason.ordinal();
    }

    void dropFor(int reason) {
        dropReason = reason;
    }

    /** Sends the packet, as it is now, to a port that may be its own. */
    void to(SlowPacket packet, int number) {
        to(packet, number, WHOLE);
    }

    /** Sends so many bytes at most of the packet as it is now. */
    void to(SlowPacket packet, int number, int bytes) {
        settle(packet);
        if (narrator != null) {
            narrator.sendTo(packet, number);
        }
        if (bytes != WHOLE) {
            trace.notCacheable();
        }
        port = number;
        maxBytes = bytes;
    }

    /** Before the packet changes: sends a copy of it as it is now where it was to go. */
    void settle(SlowPacket packet) {
        if (port == NOWHERE) {
            return;
        }
        trace.notCacheable();
        if (leavesAsItWas) {
            sendAsItWas(packet);
        } else {
            long copy = copy(packet);
            if (copy != 0) {
                send(copy);
            }
        }
        port = NOWHERE;
    }

    /** The packet's own frame is left alone: it may have what the fields cannot bring back. */
    private void sendAsItWas(SlowPacket packet) {
        leavesAsItWas = false;
        long copy = Mbuf.copy(packet.mbuf, pool);
        if (copy == 0) {
            count(DropReason.NO_MBUF);
            return;
        }
        branch.copyFrom(packet, copy);
        branch.copyFields(leaving);
        if (branch.writeFrame()) {
            send(copy);
        } else {
            outputs.drop(DropReason.NO_HEADROOM.ordinal(), copy);
        }
    }

    /** Sends another packet where this one came from. */
    void sendBack(SlowPacket packet, long mbuf) {
        if (narrator != null) {
            narrator.answer();
        }
        outputs.send(packet.inPort, mbuf);
    }

    /** Makes the packet what it was before, except that it leaves as it is now. */
    void takeBack(SlowPacket packet, SlowPacket before) {
        if (port != NOWHERE && !leavesAsItWas) {
            leaving.copyFields(packet);
            leavesAsItWas = true;
        }
        packet.copyFields(before);
    }

    /** After the last step: the packet becomes what it is to leave as. */
    private void becomeLeaving(SlowPacket packet) {
        if (leavesAsItWas) {
            packet.copyFields(leaving);
            leavesAsItWas = false;
        }
    }

    /** A copy of the packet as it is now; 0, and counted, when there is no buffer. */
    long copy(SlowPacket packet) {
        if (!packet.writeFrame()) {
            count(DropReason.NO_HEADROOM);
            return 0;
        }
        long copy = Mbuf.copy(packet.mbuf, pool);
        if (copy == 0) {
            count(DropReason.NO_MBUF);
        }
        return copy;
    }

    /** Counts something else than the packet itself that was lost. */
    void count(DropReason reason) {
        if (narrator != null) {
            narrator.lose(reason);
        }
        outputs.count(reason.ordinal(), 1);
    }

    /** Sends the packet's last copy; returns the port or, below 0, minus one minus the reason. */
    int finish(SlowPacket packet) {
        becomeLeaving(packet);
        boolean written = port == NOWHERE || packet.writeFrame();
        if (!written) {
            drop(DropReason.NO_HEADROOM);
        }
        if (port == NOWHERE || !written) {
            if (narrator != null) {
                narrator.drop(DropReason.values()[dropReason]);
            }
            outputs.drop(dropReason, packet.mbuf);
            return -1 - dropReason;
        }
        send(packet.mbuf);
        return port;
    }

    private void send(long mbuf) {
        if (maxBytes < Memory.getInt(mbuf + Mbuf.PKT_LEN)) {
            cut(mbuf, maxBytes);
        }
        outputs.send(port, mbuf);
    }

    /** Leaves so many bytes of a longer frame, and no buffer without a byte. */
    static void cut(long mbuf, int bytes) {
        long last = mbuf;
        int left = bytes;
        int buffers = 1;
        while (left > Memory.getShort(last + Mbuf.DATA_LEN)) {
            left -= Memory.getShort(last + Mbuf.DATA_LEN);
            last = Memory.getLong(last + Mbuf.NEXT);
            buffers++;
        }
        long rest = Memory.getLong(last + Mbuf.NEXT);
        Memory.putShort(last + Mbuf.DATA_LEN, left);
        Memory.putLong(last + Mbuf.NEXT, 0);
        Memory.putShort(mbuf + Mbuf.NB_SEGS, buffers);
        Memory.putInt(mbuf + Mbuf.PKT_LEN, bytes);
        if (rest != 0) {
            Mbuf.free(rest);
        }
    }
}
