package io.sluice.conntrack;

import io.sluice.packet.IpAddress;
import io.sluice.packet.Memory;
import io.sluice.packet.TupleKey;

/** Reads fields of an event at an address, as {@link EventLayout} has them. */
final class EventRecord {
    static final int ADDRESS_BYTES = 16;

    private static final int IPV4_IN_IPV6 = 0xFFFF;

    private EventRecord() {}

    static long sequence(long event) {
        return Memory.getLong(event + EventLayout.SEQUENCE);
    }

    static int type(long event) {
        return Memory.getByte(event + EventLayout.TYPE);
    }

    static int protocol(long event) {
        return Memory.getByte(event + EventLayout.PROTOCOL);
    }

    /** A word of {@link ConnState}. */
    static int state(long event) {
        int flags = Memory.getByte(event + EventLayout.FLAGS);
        int seen = (flags & EventLayout.FLAG_SEEN_REPLY) != 0 ? ConnState.SEEN_REPLY : 0;
        return ConnState.withKind(seen, Memory.getInt(event + EventLayout.KIND));
    }

    /** Whether a connection has ended whose end is logged whatever filters say. */
    static boolean isLoggedEnd(long event) {
        return type(event) == EventType.DESTROY.code()
                && (Memory.getByte(event + EventLayout.FLAGS) & EventLayout.FLAG_LOGGED) != 0;
    }

    static void putIpv4(long address, int value) {
        Memory.putLong(address, 0);
        Memory.putIntBe(address + Long.BYTES, IPV4_IN_IPV6);
        Memory.putIntBe(address + Long.BYTES + Integer.BYTES, value);
    }

    static void putBe(long address, long value) {
        Memory.putLong(address, Long.reverseBytes(value));
    }

    static long getBe(long address) {
        return Long.reverseBytes(Memory.getLong(address));
    }

    static boolean isIpv6(long event) {
        return (Memory.getByte(event + EventLayout.FLAGS) & EventLayout.FLAG_IPV6) != 0;
    }

    /**
     * Ports, zone, protocol and version of IP of a direction as {@link TupleKey} has them.
     *
     * @param ports {@link EventLayout#TUPLE_PORTS} or that of the reply
     * @param zone the same for the zone
     */
    static long key(long event, int ports, int zone) {
        int both =
                TupleKey.ports(
                        Memory.getShort(event + ports),
                        Memory.getShort(event + ports + Short.BYTES));
        long key = TupleKey.portsAndScope(both, Memory.getShort(event + zone), protocol(event));
        return isIpv6(event) ? TupleKey.ofIpv6(key) : key;
    }

    /** Source and destination there, of IPv4, as {@link TupleKey} has them. */
    static long addresses(long address) {
        return TupleKey.addresses(ipv4(address), ipv4(address + ADDRESS_BYTES));
    }

    private static int ipv4(long address) {
        return Memory.getIntBe(address + Long.BYTES + Integer.BYTES);
    }

    private static IpAddress address(long event, int at) {
        return isIpv6(event)
                ? IpAddress.ofIpv6(getBe(event + at), getBe(event + at + Long.BYTES))
                : IpAddress.ofIpv4(ipv4(event + at));
    }

    /**
     * The tuple of a direction.
     *
     * @param addresses {@link EventLayout#TUPLE_ADDRESSES} or that of the reply
     * @param ports the same for ports
     */
    static Tuple tuple(long event, int addresses, int ports) {
        return new Tuple(
                address(event, addresses),
                address(event, addresses + ADDRESS_BYTES),
                Memory.getShort(event + ports),
                Memory.getShort(event + ports + Short.BYTES));
    }
}
