package io.sluice.packet;

/**
 * The key of a packet's five-tuple in two longs, in the byte order of the frame: two loads from the
 * headers, no swapping.
 *
 * <pre>
 * addresses:      the 8 bytes of IPv4 source and destination, as they follow each other
 * portsAndScope:  bits  0-31  the 4 bytes of source and destination port (ICMP: see below)
 *                 bits 32-47  scope: the zone in connection keys, the input port in cache keys
 *                 bits 48-55  IP protocol
 *                 bit  56     IPv6
 *                 bits 57-63  0
 * </pre>
 *
 * <p>IPv6 addresses do not fit: a hash of both ({@link TupleHash#wide}) stands in their place, and
 * who finds something by such a key compares the whole addresses, too.
 *
 * <p>For ICMP and ICMPv6 queries bits 0-15 hold the identifier and bits 16-31 type and code, as
 * loaded. Other protocols have no ports: 0.
 */
public final class TupleKey {
    private static final int SCOPE_SHIFT = 32;
    private static final int PROTOCOL_SHIFT = 48;
    private static final long SCOPE_MASK = 0xFFFFL << SCOPE_SHIFT;
    private static final long IPV6 = 1L << 56;

    private TupleKey() {}

    public static long portsAndScope(int ports, int scope, int protocol) {
        return (ports & 0xFFFFFFFFL)
                | ((long) scope << SCOPE_SHIFT)
                | ((long) protocol << PROTOCOL_SHIFT);
    }

    /** The same of an IPv6 packet. */
    public static long ofIpv6(long portsAndScope) {
        return portsAndScope | IPV6;
    }

    public static boolean isIpv6(long portsAndScope) {
        return (portsAndScope & IPV6) != 0;
    }

    /** With other ports. */
    public static long withPorts(long portsAndScope, int ports) {
        return (portsAndScope & 0xFFFFFFFF00000000L) | (ports & 0xFFFFFFFFL);
    }

    /** With another scope. */
    public static long withScope(long portsAndScope, int scope) {
        return (portsAndScope & ~SCOPE_MASK) | ((long) scope << SCOPE_SHIFT);
    }

    public static int ports(long portsAndScope) {
        return (int) portsAndScope;
    }

    public static int scope(long portsAndScope) {
        return (int) (portsAndScope >>> SCOPE_SHIFT) & 0xFFFF;
    }

    public static int protocol(long portsAndScope) {
        return (int) (portsAndScope >>> PROTOCOL_SHIFT) & 0xFF;
    }

    /** Source and destination exchanged; IPv4 only. */
    public static long invertAddresses(long addresses) {
        return Long.rotateLeft(addresses, 32);
    }

    /** Ports exchanged, or for ICMP the type of the answer; the rest stays. */
    public static long invertPorts(long portsAndScope) {
        int ports = ports(portsAndScope);
        int type = (ports >>> 16) & 0xFF;
        int inverse =
                switch (protocol(portsAndScope)) {
                    case Ipv4.PROTO_ICMP -> withType(ports, Icmp.inverseType(type));
                    case Ipv4.PROTO_ICMPV6 -> withType(ports, Icmpv6.inverseType(type));
                    default -> Integer.rotateLeft(ports, 16);
                };
        return withPorts(portsAndScope, inverse);
    }

    private static int withType(int ports, int type) {
        return (ports & 0xFF00FFFF) | (type & 0xFF) << 16;
    }

    /** The key's source address, network-order value. */
    public static int source(long addresses) {
        return Integer.reverseBytes((int) addresses);
    }

    /** The key's destination address, network-order value. */
    public static int destination(long addresses) {
        return Integer.reverseBytes((int) (addresses >>> 32));
    }

    /** From network-order values. */
    public static long addresses(int source, int destination) {
        return (Integer.reverseBytes(source) & 0xFFFFFFFFL)
                | ((long) Integer.reverseBytes(destination) << 32);
    }

    /** The source port, or the ICMP identifier, as a number. */
    public static int sourcePort(int ports) {
        return Short.reverseBytes((short) ports) & 0xFFFF;
    }

    /** The destination port, or the ICMP type times 256 plus code, as a number. */
    public static int destinationPort(int ports) {
        return Short.reverseBytes((short) (ports >>> 16)) & 0xFFFF;
    }

    public static int ports(int sourcePort, int destinationPort) {
        return (Short.reverseBytes((short) sourcePort) & 0xFFFF)
                | (Short.reverseBytes((short) destinationPort) & 0xFFFF) << 16;
    }
}
