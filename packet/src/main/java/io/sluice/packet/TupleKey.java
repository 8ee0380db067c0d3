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
 *                 bits 56-63  0
 * </pre>
 *
 * <p>For ICMP queries bits 0-15 hold the identifier and bits 16-31 type and code, as loaded. Other
 * protocols have no ports: 0.
 */
public final class TupleKey {
    private static final int SCOPE_SHIFT = 32;
    private static final int PROTOCOL_SHIFT = 48;

    private TupleKey() {}

    public static long portsAndScope(int ports, int scope, int protocol) {
        return (ports & 0xFFFFFFFFL)
                | ((long) scope << SCOPE_SHIFT)
                | ((long) protocol << PROTOCOL_SHIFT);
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

    /** Source and destination exchanged. */
    public static long invertAddresses(long addresses) {
        return Long.rotateLeft(addresses, 32);
    }

    /** Ports exchanged, or for ICMP the type of the answer; the rest stays. */
    public static long invertPorts(long portsAndScope) {
        int ports = ports(portsAndScope);
        int inverse =
                protocol(portsAndScope) == Ipv4.PROTO_ICMP
                        ? invertIcmp(ports)
                        : Integer.rotateLeft(ports, 16);
        return (portsAndScope & 0xFFFFFFFF00000000L) | (inverse & 0xFFFFFFFFL);
    }

    private static int invertIcmp(int ports) {
        int type = (ports >>> 16) & 0xFF;
        return (ports & 0xFF00FFFF) | (Icmp.inverseType(type) & 0xFF) << 16;
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
