package io.sluice.fastpath;

import io.sluice.dpdk.Mbuf;
import io.sluice.packet.Memory;
import java.util.Arrays;
import java.util.Optional;

/**
 * A packet on its way from a worker to control, with all that is known of it. Belongs to one of the
 * two threads at a time ({@link Upcalls}); used again and again.
 */
public final class Upcall {
    private final long[] key = new long[Field.WORDS];
    private byte[] data;
    private int dataBytes;
    private int frameBytes;
    private Action.Controller action;
    private int table;
    private long cookie;
    private LearnedFlow learned;
    private Flow teacher;

    Upcall(int dataRoomBytes) {
        data = new byte[dataRoomBytes];
    }

    /** Worker. */
    void setPacketIn(SlowPacket packet, Action.Controller controller, int inTable, long ofFlow) {
        action = controller;
        learned = null;
        table = inTable;
        cookie = ofFlow;
        System.arraycopy(packet.key, 0, key, 0, key.length);
        // As it is now: tags may have come or gone since it was received.
        frameBytes = Memory.getInt(packet.mbuf + Mbuf.PKT_LEN);
        dataBytes = Math.min(frameBytes, controller.maxBytes());
        if (dataBytes > data.length) {
            // A frame of several buffers; this upcall is ready for the next one then.
            data = new byte[dataBytes];
        }
        copySegments(packet.mbuf);
    }

    private void copySegments(long firstSegment) {
        int copied = 0;
        for (long mbuf = firstSegment; mbuf != 0 && copied < dataBytes; ) {
            int bytes = Math.min(Memory.getShort(mbuf + Mbuf.DATA_LEN), dataBytes - copied);
            long from =
                    Memory.getLong(mbuf + Mbuf.BUF_ADDR) + Memory.getShort(mbuf + Mbuf.DATA_OFF);
            Memory.copy(from, data, copied, bytes);
            copied += bytes;
            mbuf = Memory.getLong(mbuf + Mbuf.NEXT);
        }
        dataBytes = copied;
    }

    /** Worker. */
    void setLearn(SlowPacket packet, LearnedFlow flow, Flow ofFlow) {
        teacher = ofFlow;
        action = null;
        learned = flow;
        System.arraycopy(packet.key, 0, key, 0, key.length);
        frameBytes = packet.frameBytes;
        dataBytes = 0;
    }

    void handTo(UpcallHandler handler) {
        if (learned != null) {
            handler.learn(this, learned);
        } else {
            handler.packetIn(this);
        }
    }

    /** A copy of the packet's fields, {@link Field#WORDS} longs. */
    public long[] key() {
        return key.clone();
    }

    /** A copy of the frame's first bytes, as many as were to be sent up. */
    public byte[] data() {
        return Arrays.copyOf(data, dataBytes);
    }

    /** Of the whole frame. */
    public int frameBytes() {
        return frameBytes;
    }

    /** What sent the packet up, of a packet-in. */
    public Action.Controller action() {
        return action;
    }

    /** The flow with the {@code learn}, itself or in a group; empty for a packet sent by hand. */
    public Optional<Flow> teacher() {
        return Optional.ofNullable(teacher);
    }

    /** The flow's table, of a packet-in. */
    public int table() {
        return table;
    }

    /** The flow's cookie, of a packet-in. */
    public long cookie() {
        return cookie;
    }
}
