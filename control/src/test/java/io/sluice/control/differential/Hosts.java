package io.sluice.control.differential;

import io.sluice.packet.FrameBuilder;
import java.nio.ByteBuffer;
import java.util.HexFormat;
import java.util.List;

/** The two ends of a sequence's connections: a client and a server that no other sequence has. */
final class Hosts {
    /** By DSCP: the default zone, the first, some, and the last. */
    static final List<Integer> ZONES = List.of(0, 1, 5, 4094, 65535);

    static final int CLIENT = 0;
    static final int SERVER = 1;

    /**
     * Whence packets to the client come too: a router on the way. The next is one to the server.
     */
    static final int ROUTER_TO_CLIENT = 2;

    private static final int ECT1 = 1;
    private static final int MAX_INDEX = 0xFFFE;
    // Of clients, servers, and routers to each.
    private static final long[] IPV6_NETWORKS = {
        0x20010db8_00010000L, 0x20010db8_00020000L, 0x20010db8_00030000L, 0x20010db8_00040000L
    };
    private static final int[] IPV4_NETWORKS = {10 << 24, 0xAC10 << 16, 0xC612 << 16, 0xC613 << 16};

    private final int number;
    private final boolean ipv6;

    Hosts(long index, boolean ipv6) {
        number = (int) (index % MAX_INDEX) + 1;
        this.ipv6 = ipv6;
    }

    boolean isIpv6() {
        return ipv6;
    }

    /**
     * A packet.
     *
     * @param from CLIENT or SERVER; or a router: ROUTER_TO_CLIENT plus CLIENT or SERVER
     * @param dscp the number of the zone
     * @param marks whether it sets its connection's mark
     * @param ports the rest of the tuple, as dumps write it; null when there is no tuple
     */
    Packet packet(
            int from, int dscp, boolean marks, int protocol, byte[] l4, String ports, String what) {
        int tos = (dscp << 2) | (marks ? ECT1 : 0);
        byte[] frame = frame(from, tos).ip(protocol, l4);
        String arrow = destination(from) == SERVER ? ">" : "<";
        int zone = ZONES.get(dscp);
        return new Packet(
                "zone %-5d %s %s%s".formatted(zone, arrow, what, marks ? " (sets mark)" : ""),
                HexFormat.of().formatHex(frame),
                zone,
                ports == null ? "" : addresses(from) + ports,
                0);
    }

    private FrameBuilder frame(int from, int tos) {
        FrameBuilder frame = new FrameBuilder().tos(tos);
        int to = destination(from);
        return ipv6
                ? frame.ipv6(IPV6_NETWORKS[from], number, IPV6_NETWORKS[to], number)
                : frame.ip(address(from), address(to));
    }

    private static int destination(int from) {
        return from < ROUTER_TO_CLIENT ? 1 - from : from - ROUTER_TO_CLIENT;
    }

    private int address(int host) {
        return IPV4_NETWORKS[host] + number;
    }

    private String addresses(int from) {
        return "src=%s,dst=%s".formatted(text(from), text(1 - from));
    }

    private String text(int host) {
        if (ipv6) {
            return "2001:db8:%d::%x".formatted(host + 1, number);
        }
        int address = address(host);
        return "%d.%d.%d.%d"
                .formatted(
                        address >>> 24,
                        (address >>> 16) & 0xFF,
                        (address >>> 8) & 0xFF,
                        address & 0xFF);
    }

    /** Puts the checksum of a transport header with pseudo header in its place. */
    byte[] withChecksum(int from, int protocol, byte[] l4, int place) {
        // Zeros do not change the sum: an IPv4 frame's 8 bytes, or an IPv6 frame's 32.
        byte[] addresses = frame(from, 0).ip(protocol, new byte[0]);
        int at = ipv6 ? 22 : 26;
        int sum = sum(protocol + l4.length, addresses, at, ipv6 ? 32 : 8);
        ByteBuffer.wrap(l4).putShort(place, (short) ~sum(sum, l4, 0, l4.length));
        return l4;
    }

    static byte[] withChecksum(byte[] message, int place) {
        ByteBuffer.wrap(message).putShort(place, (short) ~sum(0, message, 0, message.length));
        return message;
    }

    private static int sum(int start, byte[] bytes, int offset, int length) {
        int sum = start;
        for (int i = 0; i < length; i++) {
            sum += (bytes[offset + i] & 0xFF) << ((i & 1) == 0 ? 8 : 0);
            sum = (sum & 0xFFFF) + (sum >>> 16);
        }
        return sum;
    }
}
