package io.sluice.fastpath;

import io.sluice.conntrack.ConnTable;
import io.sluice.conntrack.Expectations;
import io.sluice.conntrack.SctpChunks;
import io.sluice.conntrack.Segment;
import io.sluice.conntrack.TcpSegment;
import io.sluice.dpdk.Mbuf;
import io.sluice.packet.Icmp;
import io.sluice.packet.Icmpv6;
import io.sluice.packet.Ipv4;
import io.sluice.packet.Memory;
import io.sluice.packet.Tcp;
import io.sluice.packet.TupleHash;
import io.sluice.packet.TupleKey;
import io.sluice.packet.Vlan;
import java.util.Arrays;

/**
 * A packet on the slow path: its flow key, which is the truth about every field that flows can
 * match or change, and where the fields lie in the frame. Changes are made to the key and reach the
 * frame all at once ({@link #writeFrame}), so that a checksum changes by one difference, exactly as
 * on the cached way. Used by the worker's thread; reused.
 */
final class SlowPacket {
    static final int NOT_MALFORMED = -1;

    /** Headers are looked for so far into the frame, so that they lie whole in a copy's buffer. */
    private static final int MAX_HEADER_BYTES = 1024;

    private static final int MAX_ADDED_BYTES = VlanTags.MOST * Vlan.LENGTH;

    // The words of the key with all fields that lie in the frame, and some that do not.
    private static final int FIRST = Field.ETH_DST.word();
    private static final int END = Field.ARP_THA.word() + 1;

    long mbuf;
    long frame;

    /** As the frame was received: {@link #length} says what it will be. */
    int frameBytes;

    int inPort;

    /** Fields as flows match them. */
    final long[] key = new long[Field.WORDS];

    /** The key as the frame has it. */
    final long[] written = new long[Field.WORDS];

    final Headers headers = new Headers();

    /** Of an ICMP or ICMPv6 error: the packet that it is about. */
    final QuotedPacket quoted = new QuotedPacket();

    final VlanTags vlan = new VlanTags(this);

    /** The IP protocol; 0 when the packet is not IP. */
    int protocol;

    /** Whether connections can be looked up: a whole packet; see {@link #isTrackable}. */
    boolean trackable;

    /** Of a TCP packet only. */
    final TcpSegment tcp = new TcpSegment();

    /** Of an SCTP packet only. */
    final SctpChunks sctp = new SctpChunks();

    int ipBytes;

    // What the last ct() attached: the connection or NONE, the zones where it was looked for in its
    // original and its reply direction, mostly one, and the packet's ct_state.
    int connection;
    int connectionZone;
    int replyZone;
    int ctBits;
    boolean translated;

    // Of a packet without a connection: what it was expected as, if it was.
    long expectation;
    // A helper has looked into it.
    boolean helped;

    /** Of the bucket that a connection of this packet would be made in; 0: none. */
    int bucket;

    /** Of a fragment whose datagram is whole: what {@code ct()} does to that; else null. */
    Datagram datagram;

    // Of such a fragment that is not the first: how far it has followed what was done to that.
    int followed;

    // Of an ICMP query or its answer, as loaded: no flow matches it, but translations change it.
    private int identifier;
    private int writtenIdentifier;
    private boolean writtenBeyondRewrite;
    private boolean frameChanged;

    /**
     * Reads the headers.
     *
     * @return NOT_MALFORMED, or the ordinal of the reason to drop the packet
     */
    int parse(long packet, int port) {
        return parse(packet, port, 0);
    }

    /**
     * Reads the headers of the first fragment of a datagram that is there whole.
     *
     * @param wholeBytes of all fragments together; 0: as of any packet
     */
    int parse(long packet, int port, int wholeBytes) {
        mbuf = packet;
        inPort = port;
        frame = Memory.getLong(packet + Mbuf.BUF_ADDR) + Memory.getShort(packet + Mbuf.DATA_OFF);
        frameBytes = Memory.getInt(packet + Mbuf.PKT_LEN);
        Arrays.fill(key, 0);
        headers.clear();
        headers.wholeBytes = wholeBytes;
        quoted.clear();
        vlan.clear();
        protocol = 0;
        trackable = false;
        ipBytes = 0;
        connection = ConnTable.NONE;
        connectionZone = -1;
        replyZone = -1;
        ctBits = 0;
        translated = false;
        expectation = Expectations.NONE;
        helped = false;
        bucket = 0;
        datagram = null;
        followed = 0;
        identifier = 0;
        writtenIdentifier = 0;
        writtenBeyondRewrite = false;
        frameChanged = false;
        FlowKey.setInPort(key, port);
        int malformed = FrameParser.parse(this, frame + readable(packet));
        noteWritten();
        return malformed;
    }

    /** How far headers are looked for. */
    private static int readable(long packet) {
        int contiguous = Memory.getShort(packet + Mbuf.DATA_LEN);
        // Tags may be added before the copy is made, whose first buffer has room for no more.
        int inCopy = Memory.getShort(packet + Mbuf.BUF_LEN) - Mbuf.HEADROOM - MAX_ADDED_BYTES;
        return Math.min(contiguous, Math.min(inCopy, MAX_HEADER_BYTES));
    }

    void readIdentifier(int loaded) {
        identifier = loaded;
        writtenIdentifier = loaded;
    }

    /** The packet as the other is now, in another buffer with the bytes of the other's frame. */
    void copyFrom(SlowPacket other, long otherMbuf) {
        copyFields(other);
        System.arraycopy(other.written, FIRST, written, FIRST, END - FIRST);
        mbuf = otherMbuf;
        frame = Memory.getLong(mbuf + Mbuf.BUF_ADDR) + Memory.getShort(mbuf + Mbuf.DATA_OFF);
        headers.copyFrom(other.headers, frame - other.frame);
        quoted.copyFrom(other.quoted, frame - other.frame);
        vlan.copyFrom(other.vlan);
        frameBytes = other.frameBytes;
        protocol = other.protocol;
        trackable = other.trackable;
        tcp.copyFrom(other.tcp);
        sctp.copyFrom(other.sctp);
        ipBytes = other.ipBytes;
        writtenIdentifier = other.writtenIdentifier;
        writtenBeyondRewrite = other.writtenBeyondRewrite;
        frameChanged = other.frameChanged;
    }

    /** Takes over all that steps can change, but not what is in the frame already. */
    void copyFields(SlowPacket other) {
        System.arraycopy(other.key, 0, key, 0, key.length);
        vlan.copyTags(other.vlan);
        inPort = other.inPort;
        connection = other.connection;
        connectionZone = other.connectionZone;
        replyZone = other.replyZone;
        ctBits = other.ctBits;
        translated = other.translated;
        expectation = other.expectation;
        helped = other.helped;
        bucket = other.bucket;
        datagram = other.datagram;
        followed = other.followed;
        identifier = other.identifier;
        quoted.copyTuple(other.quoted);
    }

    /** What connection tracking wants to know of the transport header, if anything. */
    Segment segment() {
        return protocol == Ipv4.PROTO_SCTP ? sctp : tcp;
    }

    boolean isIpv6() {
        return headers.network == Headers.Network.IPV6;
    }

    /** Source and destination as {@link TupleKey} has them. */
    long addresses() {
        return isIpv6() ? TupleHash.wide(key, FlowKey.WIDE) : FlowKey.addresses(key);
    }

    /** The second word of the packet's {@link TupleKey} in this zone. */
    long portsAndZone(int zone) {
        long word = TupleKey.portsAndScope(ports(), zone, protocol);
        return isIpv6() ? TupleKey.ofIpv6(word) : word;
    }

    /** Ports, or identifier, type and code of a query, as {@link TupleKey} has them. */
    int ports() {
        return isIcmpWithoutReply() ? 0 : firstBytes(key, identifier);
    }

    /**
     * What the transported header begins with: ports as {@link TupleKey} has them, or type, code
     * and identifier; 0 without a header that we know.
     */
    int firstBytes() {
        return firstBytes(key, identifier);
    }

    /** The same, as the frame has it. */
    int writtenFirstBytes() {
        return firstBytes(written, writtenIdentifier);
    }

    private int firstBytes(long[] from, int itsIdentifier) {
        if (headers.transport == 0) {
            return 0;
        }
        if (headers.hasPorts()) {
            return Integer.reverseBytes(FlowKey.transport(from));
        }
        int typeAndCode = FlowKey.transport(from);
        return itsIdentifier | (typeAndCode & 0xFF0000) | (typeAndCode << 24);
    }

    private boolean isIcmpWithoutReply() {
        int type = FlowKey.transport(key) >>> 16;
        return switch (headers.transport) {
            case Ipv4.PROTO_ICMP -> Icmp.inverseType(type) < 0;
            case Ipv4.PROTO_ICMPV6 -> Icmpv6.inverseType(type) < 0;
            default -> false;
        };
    }

    /** Whether the packet has, as it is now, a whole tuple that connections are looked up by. */
    boolean isTrackable() {
        return trackable && !isIcmpWithoutReply();
    }

    /** Whether it is UDP, or TCP that only acknowledges and carries data. */
    boolean isOnlyData() {
        int moving = Tcp.FIN | Tcp.SYN | Tcp.RST | Tcp.ACK;
        return headers.transport == Ipv4.PROTO_UDP
                || (headers.transport == Ipv4.PROTO_TCP
                        && ((int) Field.TCP_FLAGS.get(written) & moving) == Tcp.ACK);
    }

    /** Whether the packet is, as it is now, an ICMP or ICMPv6 error that quotes a packet. */
    boolean isError() {
        int type = FlowKey.transport(key) >>> 16;
        return trackable
                && quoted.isThere()
                && (isIpv6() ? Icmpv6.isError(type) : Icmp.isError(type));
    }

    /** Gives the packet other IPv4 addresses, as {@link TupleKey} has them. */
    void setAddresses(long newAddresses) {
        FlowKey.setAddresses(key, newAddresses);
    }

    /** Gives it other IPv6 addresses: source and destination in four longs. */
    void setWide(long[] newAddresses) {
        System.arraycopy(newAddresses, 0, key, FlowKey.WIDE, FlowKey.WIDE_WORDS);
    }

    /** Gives it other ports, or another identifier, as {@link TupleKey} has them. */
    void setPorts(int newPorts) {
        if (headers.hasPorts()) {
            FlowKey.setTransport(key, Integer.reverseBytes(newPorts));
        } else if (headers.transport != 0) {
            identifier = newPorts & 0xFFFF;
        }
    }

    /**
     * Whether the packet has the field at all, so that an action can set it. Fields of the packet's
     * way through the tables, as registers, every packet has.
     */
    boolean has(Field field) {
        return switch (field) {
            case VLAN_TPID, INNER_VLAN_TCI, INNER_VLAN_TPID -> vlan.count() > 0;
            case NW_SRC, NW_DST ->
                    headers.network == Headers.Network.IPV4
                            || headers.network == Headers.Network.ARP;
            case NW_PROTO -> headers.network != Headers.Network.OTHER;
            case NW_TOS, NW_TTL, NW_FRAG -> headers.isIp();
            case IPV6_SRC, IPV6_DST, IPV6_LABEL -> headers.network == Headers.Network.IPV6;
            case TP_SRC, TP_DST -> headers.transport != 0 && !isPartOfSctp();
            case TCP_FLAGS -> headers.transport == Ipv4.PROTO_TCP;
            case ND_TARGET -> headers.targetAt != 0;
            case ARP_SHA -> headers.network == Headers.Network.ARP || headers.sourceLinkAt != 0;
            case ARP_THA -> headers.network == Headers.Network.ARP || headers.targetLinkAt != 0;
            default -> true;
        };
    }

    /** Its checksum is over the whole packet, and so cannot be kept right. */
    private boolean isPartOfSctp() {
        return headers.isPart() && headers.transport == Ipv4.PROTO_SCTP;
    }

    /** To be called when a field that actions can set was set in the key. */
    void noteSet(Field field) {
        if (field == Field.VLAN_TCI) {
            vlan.settle();
        }
    }

    /** Adds an outermost VLAN tag with VLAN and priority 0; false when there is no room for it. */
    boolean pushVlan(int tpid) {
        return vlan.push(tpid);
    }

    /** Takes the outermost VLAN tag off, if there is one. */
    void popVlan() {
        vlan.pop();
    }

    /** Sets the VLAN, 12 bits, of the outermost tag; adds a tag if there is none. */
    void setVlanVid(int vid) {
        vlan.setVid(vid);
    }

    /** Sets the priority, 3 bits, of the outermost tag; adds a tag if there is none. */
    void setVlanPcp(int pcp) {
        vlan.setPcp(pcp);
    }

    /** Bytes that the frame will have when it is written. */
    int length() {
        return frameBytes + vlan.addedBytes();
    }

    /**
     * Brings the frame up to date with the key.
     *
     * @return false, with the frame as it was, when its buffer has no room for more VLAN tags
     */
    boolean writeFrame() {
        vlan.settle();
        if (isWritten()) {
            return true;
        }
        writtenBeyondRewrite |= differsBeyondRewrite();
        if (!FrameWriter.write(this)) {
            return false;
        }
        noteWritten();
        frameChanged = true;
        return true;
    }

    /** The frame was given other data. */
    void noteFrameChanged() {
        frameChanged = true;
    }

    /** Whether the frame is not what was received any more. */
    boolean isFrameChanged() {
        return frameChanged;
    }

    private boolean isWritten() {
        return Arrays.equals(key, FIRST, END, written, FIRST, END)
                && identifier == writtenIdentifier
                && quoted.isWritten()
                && vlan.isWritten();
    }

    private void noteWritten() {
        System.arraycopy(key, FIRST, written, FIRST, END - FIRST);
        writtenIdentifier = identifier;
        quoted.noteWritten();
        vlan.noteWritten();
    }

    /** Whether the frame was given changes that a cached way cannot make. */
    boolean isWrittenBeyondRewrite() {
        return writtenBeyondRewrite;
    }

    /**
     * Whether what is to be written is more than a cached way changes: Ethernet addresses, TOS and
     * TTL, and IP addresses and ports of TCP or UDP in an untagged frame.
     */
    private boolean differsBeyondRewrite() {
        if (vlan.inFrame() != 0 || vlan.count() != 0) {
            return true;
        }
        boolean rewritable =
                headers.isIp()
                        && (headers.transport == Ipv4.PROTO_TCP
                                || headers.transport == Ipv4.PROTO_UDP);
        boolean otherTuple =
                FlowKey.differInAddresses(key, written) || firstBytes() != writtenFirstBytes();
        return (otherTuple && !rewritable) || FlowKey.differBeyondRewrite(key, written);
    }
}
