package io.sluice.fastpath;

import io.sluice.conntrack.ConnTable;
import io.sluice.conntrack.TcpSegment;
import io.sluice.conntrack.TcpWindow;
import io.sluice.conntrack.Tracker;
import io.sluice.dpdk.Mbuf;
import io.sluice.packet.Checksum;
import io.sluice.packet.Ipv4;
import io.sluice.packet.Ipv6;
import io.sluice.packet.Memory;
import io.sluice.packet.OrdinaryIpv6;
import io.sluice.packet.OrdinaryPacket;
import io.sluice.packet.Tcp;
import io.sluice.packet.TupleKey;
import io.sluice.packet.Udp;

/**
 * What packets of cached ways have done to them: they are noted in their connections, rewritten,
 * and sent. Frames are those of an {@link OrdinaryPacket} or {@link OrdinaryIpv6}, as their entry's
 * key says. Used by one worker's thread; allocates nothing.
 */
final class CachedWays {
    private final ConnTable table;
    private final FlowCache cache;
    private final Ways ways;
    private final Outputs outputs;
    private final TcpSegment segment = new TcpSegment();

    CachedWays(ConnTable table, FlowCache cache, Ways ways, Outputs outputs) {
        this.table = table;
        this.cache = cache;
        this.ways = ways;
        this.outputs = outputs;
    }

    /**
     * Notes packets in their connections, as long as their cached ways are valid.
     *
     * @param slots of the burst; packets from {@code from} until {@code end} have been looked for
     * @param generation that ways are valid in
     * @param generationOnMacs that ways which rest on learned addresses are valid in
     * @return the first packet that has no valid way: nothing was done for it; those before it are
     *     to {@link #leave}
     */
    int take(long slots, int from, int end, int generation, int generationOnMacs, int nowMs) {
        for (int i = from; i < end; i++) {
            long slot = slot(slots, i);
            long entry = Memory.pointer(Memory.getLong(slot + SlotLayout.ENTRY));
            if (entry == FlowCache.MISS) {
                return i;
            }
            int flags = Memory.getInt(entry + CacheLayout.FLAGS);
            int valid = (flags & CacheLayout.ON_LEARNED_MACS) != 0 ? generationOnMacs : generation;
            if (Memory.getInt(entry + CacheLayout.GENERATION) != valid) {
                return i;
            }
            long frame = Memory.pointer(Memory.getLong(slot + SlotLayout.FRAME));
            if ((flags & CacheLayout.UNUSUAL) != 0) {
                if (!takeUnusual(slot, entry, frame, nowMs)) {
                    return i;
                }
                continue;
            }
            if ((flags & CacheLayout.CONNECTIONS_MASK) != 0) {
                int connection = Memory.getInt(entry + CacheLayout.CONNECTION);
                int version = Memory.getInt(entry + CacheLayout.VERSION);
                int ipBytes = Memory.getShortBe(frame + OrdinaryPacket.TOTAL_LENGTH);
                long line = Memory.pointer(Memory.getLong(slot + SlotLayout.LINE));
                if (!table.isUnchanged(connection, line, version, nowMs)
                        || ((flags & CacheLayout.TCP_OR_FURTHER) != 0
                                && !passFurther(
                                        entry,
                                        line,
                                        frame + OrdinaryPacket.PORTS,
                                        ipBytes,
                                        ipBytes - Ipv4.MIN_HEADER_LENGTH,
                                        nowMs))) {
                    return i;
                }
                Tracker.touch(line, ipBytes, nowMs);
            }
        }
        return end;
    }

    private static void rewrite(long entry, long frame) {
        int deltas = Memory.getInt(entry + CacheLayout.DELTAS);
        Memory.putLong(
                frame + OrdinaryPacket.ADDRESSES,
                Memory.getLong(entry + CacheLayout.NEW_ADDRESSES));
        Memory.putInt(frame + OrdinaryPacket.PORTS, Memory.getInt(entry + CacheLayout.NEW_PORTS));
        if (deltas != 0) {
            long ipChecksum = frame + OrdinaryPacket.IP_CHECKSUM;
            Memory.putShort(
                    ipChecksum, Checksum.apply(Memory.getShort(ipChecksum), deltas & 0xFFFF));
            int protocol = Memory.getByte(frame + OrdinaryPacket.PROTOCOL);
            changeL4Checksum(frame + OrdinaryPacket.PORTS, protocol, deltas >>> 16);
        }
    }

    private static void changeL4Checksum(long l4, int protocol, int delta) {
        boolean udp = protocol == Ipv4.PROTO_UDP;
        long at = l4 + (udp ? Udp.CHECKSUM : Tcp.CHECKSUM);
        int before = Memory.getShort(at);
        Memory.putShort(at, udp ? Checksum.applyUdp(before, delta) : Checksum.apply(before, delta));
    }

    /** The same for one packet whose way has extras, or which is of IPv6; rewrites it, too. */
    private boolean takeUnusual(long slot, long entry, long frame, int nowMs) {
        int flags = Memory.getInt(entry + CacheLayout.FLAGS);
        boolean ipv6 = (flags & CacheLayout.IPV6) != 0;
        long extras = Memory.getLong(way(entry) + WayLayout.EXTRAS);
        boolean allowed =
                ipv6
                        ? isForAddresses(entry, frame) && WayExtras.allowIpv6(extras, frame)
                        : WayExtras.allow(extras, frame);
        if (!allowed) {
            return false;
        }
        if ((flags & CacheLayout.CONNECTIONS_MASK) != 0) {
            int connection = Memory.getInt(entry + CacheLayout.CONNECTION);
            int version = Memory.getInt(entry + CacheLayout.VERSION);
            long line = Memory.pointer(Memory.getLong(slot + SlotLayout.LINE));
            int headerBytes = ipv6 ? Ipv6.HEADER_LENGTH : Ipv4.MIN_HEADER_LENGTH;
            int l4Bytes =
                    ipv6
                            ? Memory.getShortBe(frame + OrdinaryIpv6.PAYLOAD_LENGTH)
                            : Memory.getShortBe(frame + OrdinaryPacket.TOTAL_LENGTH) - headerBytes;
            int ipBytes = headerBytes + l4Bytes;
            long l4 = frame + (ipv6 ? OrdinaryIpv6.PORTS : OrdinaryPacket.PORTS);
            if (!table.isUnchanged(connection, line, version, nowMs)
                    || ((flags & CacheLayout.TCP_OR_FURTHER) != 0
                            && !passFurther(entry, line, l4, ipBytes, l4Bytes, nowMs))) {
                return false;
            }
            Tracker.touch(line, ipBytes, nowMs);
        }
        if (ipv6) {
            rewriteIpv6(entry, frame);
            WayExtras.writeIpv6(extras, frame);
        } else {
            rewrite(entry, frame);
            WayExtras.write(extras, frame);
        }
        return true;
    }

    private long way(long entry) {
        return ways.address(Memory.getInt(entry + CacheLayout.WAY));
    }

    private static long slot(long slots, int i) {
        return Memory.pointer(slots + ((long) i << SlotLayout.SHIFT));
    }

    private static long entry(long slots, int i) {
        return Memory.pointer(Memory.getLong(slot(slots, i) + SlotLayout.ENTRY));
    }

    /**
     * Rewrites, counts and sends, for the packets from here that go the same way.
     *
     * @return the first that goes another
     */
    int leave(long slots, int from, int end) {
        int number = Memory.getInt(entry(slots, from) + CacheLayout.WAY);
        long way = ways.address(number);
        int at =
                Memory.getShort(way + WayLayout.UNUSUAL) == 0
                        ? finish(slots, from, end, number, way)
                        : finishUnusual(slots, from, end, number, way);
        int output = Memory.getInt(way + WayLayout.OUTPUT);
        if (output >= 0) {
            outputs.send(output, slot(slots, from), at - from);
        } else {
            for (int i = from; i < at; i++) {
                outputs.drop(-1 - output, Memory.getLong(slot(slots, i) + SlotLayout.MBUF));
            }
        }
        return at;
    }

    private static int finish(long slots, int from, int end, int number, long way) {
        long keepLow = Memory.getLong(way + WayLayout.KEEP_LOW);
        long setLow = Memory.getLong(way + WayLayout.SET_LOW);
        int keepHigh = Memory.getInt(way + WayLayout.KEEP_HIGH);
        int setHigh = Memory.getInt(way + WayLayout.SET_HIGH);
        int frameBytes = 0;
        int ipBytes = 0;
        int at = from;
        long entry = entry(slots, from);
        do {
            long slot = slot(slots, at);
            long frame = Memory.pointer(Memory.getLong(slot + SlotLayout.FRAME));
            long mbuf = Memory.pointer(Memory.getLong(slot + SlotLayout.MBUF));
            Memory.putLong(frame, (Memory.getLong(frame) & keepLow) | setLow);
            Memory.putInt(
                    frame + Long.BYTES, (Memory.getInt(frame + Long.BYTES) & keepHigh) | setHigh);
            rewrite(entry, frame);
            frameBytes += Memory.getInt(mbuf + Mbuf.PKT_LEN);
            ipBytes += Memory.getShortBe(frame + OrdinaryPacket.TOTAL_LENGTH);
            at++;
            if (at < end) {
                entry = entry(slots, at);
            }
        } while (at < end && Memory.getInt(entry + CacheLayout.WAY) == number);
        count(way, at - from, frameBytes, ipBytes);
        return at;
    }

    /** The same for a way that has extras or is of IPv6, whose packets are rewritten already. */
    private static int finishUnusual(long slots, int from, int end, int number, long way) {
        boolean ipv6 = Memory.getShort(way + WayLayout.UNUSUAL) == WayLayout.IPV6;
        int lengthAt = ipv6 ? OrdinaryIpv6.PAYLOAD_LENGTH : OrdinaryPacket.TOTAL_LENGTH;
        long setLow = Memory.getLong(way + WayLayout.SET_LOW);
        long keepLow = Memory.getLong(way + WayLayout.KEEP_LOW);
        int keepHigh = Memory.getInt(way + WayLayout.KEEP_HIGH);
        int setHigh = Memory.getInt(way + WayLayout.SET_HIGH);
        int frameBytes = 0;
        int ipBytes = 0;
        int at = from;
        do {
            long frame = Memory.getLong(slot(slots, at) + SlotLayout.FRAME);
            long mbuf = Memory.getLong(slot(slots, at) + SlotLayout.MBUF);
            Memory.putLong(frame, (Memory.getLong(frame) & keepLow) | setLow);
            Memory.putInt(
                    frame + Long.BYTES, (Memory.getInt(frame + Long.BYTES) & keepHigh) | setHigh);
            frameBytes += Memory.getInt(mbuf + Mbuf.PKT_LEN);
            ipBytes += Memory.getShortBe(frame + lengthAt) + (ipv6 ? Ipv6.HEADER_LENGTH : 0);
            at++;
        } while (at < end && Memory.getInt(entry(slots, at) + CacheLayout.WAY) == number);
        count(way, at - from, frameBytes, ipBytes);
        return at;
    }

    private static void count(long way, int packets, int frameBytes, int ipBytes) {
        add(way + WayLayout.PACKETS, packets);
        add(way + WayLayout.FRAME_BYTES, frameBytes);
        add(way + WayLayout.IP_BYTES, ipBytes);
    }

    private static void add(long address, long more) {
        Memory.putLong(address, Memory.getLong(address) + more);
    }

    /** Whether the entry was made for the frame's addresses: its key has a hash of them only. */
    private boolean isForAddresses(long entry, long frame) {
        long wide = cache.wideLine(entry);
        long differs = 0;
        for (int at = 0; at < WideLayout.ADDRESSES_BYTES; at += Long.BYTES) {
            differs |=
                    Memory.getLong(frame + OrdinaryIpv6.ADDRESSES + at)
                            ^ Memory.getLong(wide + WideLayout.ADDRESSES + at);
        }
        return differs == 0;
    }

    private void rewriteIpv6(long entry, long frame) {
        long wide = cache.wideLine(entry);
        for (int at = 0; at < WideLayout.ADDRESSES_BYTES; at += Long.BYTES) {
            Memory.putLong(
                    frame + OrdinaryIpv6.ADDRESSES + at,
                    Memory.getLong(wide + WideLayout.NEW_ADDRESSES + at));
        }
        Memory.putInt(frame + OrdinaryIpv6.PORTS, Memory.getInt(entry + CacheLayout.NEW_PORTS));
        int delta = Memory.getInt(entry + CacheLayout.DELTAS) >>> 16;
        if (delta != 0) {
            changeL4Checksum(frame + OrdinaryIpv6.PORTS, protocol(entry), delta);
        }
    }

    private static int protocol(long entry) {
        return TupleKey.protocol(Memory.getLong(entry + CacheLayout.PORTS_AND_SCOPE));
    }

    /**
     * Checks all further connections, moves the windows of TCP's, then touches the further ones.
     *
     * @param line of the first connection, which was checked
     * @param l4 address of the TCP or UDP header
     * @return false when one has changed, or the packet is more than a step in its window: then it
     *     was not counted, and the slow path may move windows by it once more
     */
    private boolean passFurther(
            long entry, long line, long l4, int ipBytes, int l4Bytes, int nowMs) {
        int flags = Memory.getInt(entry + CacheLayout.FLAGS);
        int further = (flags & CacheLayout.CONNECTIONS_MASK) - 1;
        long second = cache.secondLine(entry);
        for (int i = 0; i < further; i++) {
            int connection = Memory.getInt(second + ((long) i << 3));
            int version = Memory.getInt(second + ((long) i << 3) + Integer.BYTES);
            if (!table.isUnchanged(connection, table.line(connection), version, nowMs)) {
                return false;
            }
        }
        if (protocol(entry) == Ipv4.PROTO_TCP && !moveWindows(entry, line, further, l4, l4Bytes)) {
            return false;
        }
        for (int i = 0; i < further; i++) {
            int connection = Memory.getInt(second + ((long) i << 3));
            Tracker.touch(table.line(connection), ipBytes, nowMs);
        }
        return true;
    }

    private boolean moveWindows(long entry, long line, int further, long tcp, int tcpBytes) {
        // All of the header is there: the packet is ordinary.
        segment.read(tcp, tcpBytes, tcpBytes);
        int first = Memory.getInt(entry + CacheLayout.CONNECTION);
        if (!TcpWindow.pass(table, first, line, segment)) {
            return false;
        }
        long second = cache.secondLine(entry);
        for (int i = 0; i < further; i++) {
            int connection = Memory.getInt(second + ((long) i << 3));
            if (!TcpWindow.pass(table, connection, table.line(connection), segment)) {
                return false;
            }
        }
        return true;
    }
}
