package io.sluice.fastpath;

import io.sluice.packet.Checksum;
import io.sluice.packet.Crc32c;
import io.sluice.packet.Icmp;
import io.sluice.packet.Ipv4;
import io.sluice.packet.Ipv6;
import io.sluice.packet.Memory;
import io.sluice.packet.Sctp;
import io.sluice.packet.Tcp;
import io.sluice.packet.Udp;

/**
 * Brings the packet that an ICMP or ICMPv6 error carries up to date with its {@link QuotedPacket}:
 * addresses, ports or identifier, and those of its checksums that are there, by differences. They
 * may be wrong, and are as wrong afterwards. Stateless.
 */
final class QuotedWriter {
    private QuotedWriter() {}

    /** Returns what all changes add to the checksum of the message around it; 0 for none. */
    static int write(QuotedPacket quoted) {
        if (quoted.isWritten()) {
            return 0;
        }
        return quoted.ipv6 ? writeIpv6(quoted) : writeIpv4(quoted);
    }

    private static int writeIpv4(QuotedPacket quoted) {
        long ip = quoted.networkAt;
        int pseudo = Checksum.delta(quoted.writtenAddresses, quoted.addresses);
        Memory.putLong(ip + Ipv4.SRC, quoted.addresses);
        int header = Checksum.addDeltas(pseudo, apply(ip + Ipv4.CHECKSUM, pseudo));
        return Checksum.addDeltas(header, writeTransport(quoted, pseudo));
    }

    private static int writeIpv6(QuotedPacket quoted) {
        int source = writeWide(quoted, 0, Ipv6.SRC);
        int destination = writeWide(quoted, 2, Ipv6.DST);
        int both = Checksum.addDeltas(source, destination);
        return Checksum.addDeltas(both, writeTransport(quoted, quoted.routed ? source : both));
    }

    private static int writeWide(QuotedPacket quoted, int word, int place) {
        int delta = 0;
        for (int i = word; i < word + 2; i++) {
            long is = Long.reverseBytes(quoted.wide[i]);
            long was = Long.reverseBytes(quoted.writtenWide[i]);
            long offset = place + (long) (i - word) * Long.BYTES;
            Memory.putLong(quoted.networkAt + offset, is);
            delta = Checksum.addDeltas(delta, Checksum.delta(was, is));
        }
        return delta;
    }

    /**
     * @param pseudo what the change of the addresses adds to checksums over the pseudo header
     * @return what the changes here add to the checksum around it
     */
    private static int writeTransport(QuotedPacket quoted, int pseudo) {
        long at = quoted.transportAt;
        int bytes = quoted.transportBytes;
        int was = quoted.writtenPorts;
        int is = quoted.ports;
        int first = Checksum.delta(was & 0xFFFFFFFFL, is & 0xFFFFFFFFL);
        int all = Checksum.addDeltas(pseudo, first);
        return switch (quoted.protocol) {
            case Ipv4.PROTO_TCP -> {
                Memory.putInt(at, is);
                boolean isThere = bytes >= Tcp.MIN_HEADER_LENGTH;
                yield Checksum.addDeltas(first, isThere ? apply(at + Tcp.CHECKSUM, all) : 0);
            }
            case Ipv4.PROTO_UDP -> {
                Memory.putInt(at, is);
                boolean isThere = bytes >= Udp.HEADER_LENGTH;
                yield Checksum.addDeltas(first, isThere ? applyUdp(at + Udp.CHECKSUM, all) : 0);
            }
            case Ipv4.PROTO_SCTP -> {
                Memory.putInt(at, is);
                yield Checksum.addDeltas(first, changeCrc(quoted, was ^ is));
            }
            case Ipv4.PROTO_ICMP -> quoted.ipv6 ? 0 : writeIdentifier(quoted, first, first);
            case Ipv4.PROTO_ICMPV6 -> quoted.ipv6 ? writeIdentifier(quoted, first, all) : 0;
            default -> 0;
        };
    }

    private static int writeIdentifier(QuotedPacket quoted, int first, int all) {
        long at = quoted.transportAt;
        Memory.putShort(at + Icmp.IDENTIFIER, quoted.ports & 0xFFFF);
        return Checksum.addDeltas(first, apply(at + Icmp.CHECKSUM, all));
    }

    /** Changes a checksum; returns what its own change adds to one over it. */
    private static int apply(long checksum, int delta) {
        int was = Memory.getShort(checksum);
        return put(checksum, was, Checksum.apply(was, delta));
    }

    private static int applyUdp(long checksum, int delta) {
        int was = Memory.getShort(checksum);
        return put(checksum, was, Checksum.applyUdp(was, delta));
    }

    private static int put(long checksum, int was, int is) {
        Memory.putShort(checksum, is);
        return Checksum.delta(was, is);
    }

    /** SCTP's checksum is over all that was sent, but how it changes needs only the length. */
    private static int changeCrc(QuotedPacket quoted, int portsChange) {
        int length = quoted.sentTransportBytes;
        if (quoted.transportBytes < Sctp.HEADER_LENGTH || length < Sctp.HEADER_LENGTH) {
            return 0;
        }
        long at = quoted.transportAt + Sctp.CHECKSUM;
        int was = Memory.getInt(at);
        int is = was ^ Crc32c.delta(portsChange, length);
        Memory.putInt(at, is);
        return Checksum.delta(was & 0xFFFFFFFFL, is & 0xFFFFFFFFL);
    }
}
