package io.sluice.conntrack;

import io.sluice.packet.Memory;
import io.sluice.packet.MemorySource;

/**
 * What is remembered of a connection's last segment for the few connections where it matters: those
 * that got a segment which was let through without being believed (a SYN on an open connection), or
 * one that did not end at the highest end. One slot for every eight connections: a connection whose
 * note was overwritten has none, and then its next packets are judged by its window alone.
 *
 * <pre>
 *  0  4  number of the record plus one; 0: the slot was never used
 *  4  4  end of the last segment
 *  8  4  its acknowledgment, when an ACK answered the first SYN
 * 12  4  of a SYN: window (bits 0-15), scale or 15 (16-19), SACK permitted (20)
 * </pre>
 *
 * <p>Used under the state lock of the connection; those of one slot have the same.
 */
final class TcpNotes {
    private static final int SLOT_SHIFT = 4;
    private static final int CONNECTIONS_EACH = 8;

    private static final int END = 4;
    private static final int ACK = 8;
    private static final int SYN = 12;

    private final long base;
    private final int slots;

    /**
     * @param locks how many state locks there are; a record's is its number modulo that
     */
    TcpNotes(int capacity, int locks, MemorySource memory) {
        int wanted = Math.ceilDiv(capacity, CONNECTIONS_EACH);
        slots = Math.ceilDiv(wanted, locks) * locks;
        base = memory.allocate((long) slots << SLOT_SHIFT);
    }

    private long slot(int record) {
        return Memory.pointer(base + ((long) (record % slots) << SLOT_SHIFT));
    }

    /** Reads the connection's note; false when it has none any more. */
    boolean read(int record, TcpConnection into) {
        long slot = slot(record);
        if (Memory.getInt(slot) != record + 1) {
            return false;
        }
        into.lastEnd = Memory.getInt(slot + END);
        into.lastAck = Memory.getInt(slot + ACK);
        into.lastSyn = Memory.getInt(slot + SYN);
        return true;
    }

    /** What {@link TcpConnection#lastSyn} is for a SYN. */
    static int syn(int window, int scale, boolean sackPermitted) {
        return window | (scale & 0xF) << 16 | (sackPermitted ? 1 << 20 : 0);
    }

    static int synWindow(int syn) {
        return syn & 0xFFFF;
    }

    /** 0-14, or 15: none was offered. */
    static int synScale(int syn) {
        return syn >>> 16 & 0xF;
    }

    static boolean synSackPermitted(int syn) {
        return (syn >>> 20 & 1) != 0;
    }

    void write(int record, TcpConnection from) {
        long slot = slot(record);
        Memory.putInt(slot, record + 1);
        Memory.putInt(slot + END, from.lastEnd);
        Memory.putInt(slot + ACK, from.lastAck);
        Memory.putInt(slot + SYN, from.lastSyn);
    }
}
