package io.sluice.fastpath;

import io.sluice.packet.Ethernet;
import io.sluice.packet.Ipv4;
import io.sluice.packet.Memory;
import io.sluice.packet.OrdinaryPacket;
import io.sluice.packet.Tcp;

/**
 * What few ways have: TOS, TTL or TCP flags that the rules looked at, and TOS or TTL that they
 * changed. One word of {@link WayLayout}; the frame is that of an {@link OrdinaryPacket}.
 * Stateless.
 */
final class WayExtras {
    static final long NONE = 0;

    private static final int TOS = Ethernet.HEADER_LENGTH + Ipv4.TOS;
    private static final int TTL = Ethernet.HEADER_LENGTH + Ipv4.TTL;
    private static final int PROTOCOL = OrdinaryPacket.PROTOCOL;
    private static final int TCP_FLAGS = OrdinaryPacket.PORTS + Tcp.DATA_OFFSET;
    private static final int TCP_FLAGS_MASK = 0xFFF;

    private WayExtras() {}

    /**
     * The word.
     *
     * @param exact bits of WayLayout
     * @param ttl the exact one, or the least
     * @param ttlLess how much less it becomes
     */
    static long of(int exact, int tos, int ttl, int newTos, int tcpFlags, int ttlLess) {
        return exact
                | (long) tos << 8
                | (long) ttl << 16
                | (long) newTos << 24
                | (long) tcpFlags << 32
                | (long) (ttlLess & 0xFF) << 48
                | 1L << 56;
    }

    /** Whether a packet of the way's cache entry may take the way. */
    static boolean allow(long extras, long frame) {
        int exact = (int) extras;
        int ttl = Memory.getByte(frame + TTL);
        int wayTtl = (int) (extras >>> 16) & 0xFF;
        if ((exact & WayLayout.EXACT_TTL) != 0 ? ttl != wayTtl : ttl < wayTtl) {
            return false;
        }
        if ((exact & WayLayout.EXACT_TOS) != 0
                && Memory.getByte(frame + TOS) != ((int) (extras >>> 8) & 0xFF)) {
            return false;
        }
        return (exact & WayLayout.EXACT_TCP_FLAGS) == 0
                || Memory.getByte(frame + PROTOCOL) != Ipv4.PROTO_TCP
                || (Memory.getShortBe(frame + TCP_FLAGS) & TCP_FLAGS_MASK)
                        == ((int) (extras >>> 32) & TCP_FLAGS_MASK);
    }

    /** Writes TOS and TTL; the checksum's difference is part of the entry's. */
    static void write(long extras, long frame) {
        int ttl = Memory.getByte(frame + TTL);
        Memory.putByte(frame + TTL, ttl - ((int) (extras >>> 48) & 0xFF));
        if (((int) extras & WayLayout.EXACT_TOS) != 0) {
            Memory.putByte(frame + TOS, (int) (extras >>> 24) & 0xFF);
        }
    }
}
