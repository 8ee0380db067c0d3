package io.sluice.fastpath;

import io.sluice.conntrack.ConnTable;
import io.sluice.conntrack.CtState;
import io.sluice.conntrack.Tracker;
import io.sluice.packet.Icmp;
import io.sluice.packet.TupleHash;
import io.sluice.packet.TupleKey;

/**
 * What {@code ct()} does to ICMP and ICMPv6 errors, as Netfilter does it: an error belongs to the
 * connection whose packet it quotes, whoever sends it, in the direction of that connection's
 * packets to where it goes; the connection does not notice. Translation changes the quoted packet
 * back to what its sender had sent, and the error around it accordingly. Used by the worker's
 * thread.
 */
final class IcmpErrors {
    /** What {@link #translate} answers instead of a state: the packet is not to be sent. */
    static final int REDIRECT = -1;

    private final Tracker tracker;
    private final long[] wide = new long[FlowKey.WIDE_WORDS];

    IcmpErrors(Tracker tracker) {
        this.tracker = tracker;
    }

    /**
     * The reference of the error's connection and direction, or {@link ConnTable#NONE}.
     *
     * @param zone where connections are whose original direction the error has
     * @param replyZone where those are whose reply direction it has
     */
    int connectionOf(SlowPacket packet, int zone, int replyZone, int nowMs) {
        if (!goesToSender(packet)) {
            return ConnTable.NONE;
        }
        QuotedPacket quoted = packet.quoted;
        long ports = TupleKey.portsAndScope(quoted.ports, zone, quoted.protocol);
        long addresses;
        if (quoted.ipv6) {
            ports = TupleKey.ofIpv6(ports);
            System.arraycopy(quoted.wide, 0, wide, 2, 2);
            System.arraycopy(quoted.wide, 2, wide, 0, 2);
            addresses = TupleHash.wide(wide, 0);
        } else {
            addresses = TupleKey.invertAddresses(quoted.addresses);
        }
        ports = TupleKey.invertPorts(ports);
        return tracker.findRelated(addresses, ports, replyZone, wide, 0, nowMs);
    }

    /** The ct_state of an error with this connection. */
    static int state(int connection) {
        int direction = ConnTable.isReply(connection) ? CtState.REPLY : 0;
        return CtState.TRACKED | CtState.RELATED | direction;
    }

    /** Whoever else got it could be anybody's victim, and is not part of the connection. */
    private static boolean goesToSender(SlowPacket packet) {
        QuotedPacket quoted = packet.quoted;
        if (quoted.ipv6) {
            return packet.key[FlowKey.WIDE + 2] == quoted.wide[0]
                    && packet.key[FlowKey.WIDE + 3] == quoted.wide[1];
        }
        return TupleKey.destination(FlowKey.addresses(packet.key))
                == TupleKey.source(quoted.addresses);
    }

    /**
     * Translates an error with a connection, once in each zone.
     *
     * @return bits of {@link CtState}; or {@link #REDIRECT}, where it is an ICMP redirect about a
     *     connection that is translated: the router that it names is no neighbour of who would get
     *     it
     */
    int translate(SlowPacket packet) {
        if (packet.translated) {
            return 0;
        }
        packet.translated = true;
        QuotedPacket quoted = packet.quoted;
        // Packets of the other direction are quoted, as they left here; they came in like this.
        int other = packet.connection ^ 1;
        int ports = TupleKey.ports(tracker.ports(other));
        boolean source = TupleKey.sourcePort(ports) != TupleKey.sourcePort(quoted.ports);
        boolean destination =
                TupleKey.destinationPort(ports) != TupleKey.destinationPort(quoted.ports);
        if (quoted.ipv6) {
            tracker.readWide(other, wide, 0);
            source |= wide[0] != quoted.wide[0] || wide[1] != quoted.wide[1];
            destination |= wide[2] != quoted.wide[2] || wide[3] != quoted.wide[3];
        } else {
            long was = quoted.addresses;
            long is = tracker.addresses(other);
            source |= TupleKey.source(is) != TupleKey.source(was);
            destination |= TupleKey.destination(is) != TupleKey.destination(was);
        }
        if (!source && !destination) {
            return 0;
        }
        if (!quoted.ipv6 && FlowKey.transport(packet.key) >>> 16 == Icmp.REDIRECT) {
            return REDIRECT;
        }
        quoted.ports = ports;
        setAddresses(packet, tracker.addresses(other), source, destination);
        return (destination ? CtState.SOURCE_NAT : 0) | (source ? CtState.DESTINATION_NAT : 0);
    }

    /**
     * Sets all addresses. The error's source becomes the quoted destination where that changes,
     * even if a router sent the error; else it stays what it is.
     *
     * @param addresses that the quoted packet is to have if it is IPv4; else they are in {@link
     *     #wide}
     */
    private void setAddresses(
            SlowPacket packet, long addresses, boolean source, boolean destination) {
        QuotedPacket quoted = packet.quoted;
        if (quoted.ipv6) {
            System.arraycopy(wide, 0, quoted.wide, 0, wide.length);
            if (source) {
                System.arraycopy(wide, 0, packet.key, FlowKey.WIDE + 2, 2);
            }
            if (destination) {
                System.arraycopy(wide, 2, packet.key, FlowKey.WIDE, 2);
            }
            return;
        }
        quoted.addresses = addresses;
        long outer = FlowKey.addresses(packet.key);
        int from = destination ? TupleKey.destination(addresses) : TupleKey.source(outer);
        int to = source ? TupleKey.source(addresses) : TupleKey.destination(outer);
        FlowKey.setAddresses(packet.key, TupleKey.addresses(from, to));
    }
}
