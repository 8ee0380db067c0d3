package io.sluice.fastpath;

import io.sluice.packet.Ethernet;
import io.sluice.packet.Ipv4;
import io.sluice.packet.Ipv6;
import io.sluice.packet.Memory;
import io.sluice.packet.OrdinaryIpv6;
import io.sluice.packet.OrdinaryPacket;
import io.sluice.packet.Tcp;

/**
 * What few ways have: TOS, TTL or TCP flags that the rules looked at, and TOS or TTL that they
 * changed. One word of {@link WayLayout}; the frame is that of an {@link OrdinaryPacket}, if
 * nothing else is said. Stateless.
 */
final class WayExtras {
    static final long NONE = 0;

    private static final int TOS = Ethernet.HEADER_LENGTH + Ipv4.TOS;
    private static final int TTL = Ethernet.HEADER_LENGTH + Ipv4.TTL;
    private static final int PROTOCOL = OrdinaryPacket.PROTOCOL;
    private static final int NEXT_HEADER = Ethernet.HEADER_LENGTH + Ipv6.NEXT_HEADER;
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
        return allow(
                extras,
                Memory.getByte(frame + TOS),
                Memory.getByte(frame + TTL),
                Memory.getByte(frame + PROTOCOL),
                frame + OrdinaryPacket.PORTS);
    }

    /** The same of an {@link OrdinaryIpv6}. */
    static boolean allowIpv6(long extras, long frame) {
        return extras == NONE
                || allow(
                        extras,
                        Memory.getIntBe(frame + OrdinaryIpv6.VERSION_CLASS_LABEL)
                                        >>> Ipv6.CLASS_SHIFT
                                & 0xFF,
                        Memory.getByte(frame + OrdinaryIpv6.HOP_LIMIT),
                        Memory.getByte(frame + NEXT_HEADER),
                        frame + OrdinaryIpv6.PORTS);
    }

    private static boolean allow(long extras, int tos, int ttl, int protocol, long l4) {
        int exact = (int) extras;
        int wayTtl = (int) (extras >>> 16) & 0xFF;
        if ((exact & WayLayout.EXACT_TTL) != 0 ? ttl != wayTtl : ttl < wayTtl) {
            return false;
        }
        if ((exact & WayLayout.EXACT_TOS) != 0 && tos != ((int) (extras >>> 8) & 0xFF)) {
            return false;
        }
        return (exact & WayLayout.EXACT_TCP_FLAGS) == 0
                || protocol != Ipv4.PROTO_TCP
                || (Memory.getShortBe(l4 + Tcp.DATA_OFFSET) & TCP_FLAGS_MASK)
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

    /** The same of an {@link OrdinaryIpv6}: traffic class and hop limit. */
    static void writeIpv6(long extras, long frame) {
        if (extras == NONE) {
            return;
        }
        long hopLimit = frame + OrdinaryIpv6.HOP_LIMIT;
        Memory.putByte(hopLimit, Memory.getByte(hopLimit) - ((int) (extras >>> 48) & 0xFF));
        if (((int) extras & WayLayout.EXACT_TOS) != 0) {
            long first = frame + OrdinaryIpv6.VERSION_CLASS_LABEL;
            int others = Memory.getIntBe(first) & ~(0xFF << Ipv6.CLASS_SHIFT);
            int trafficClass = (int) (extras >>> 24) & 0xFF;
            Memory.putIntBe(first, others | trafficClass << Ipv6.CLASS_SHIFT);
        }
    }
}
