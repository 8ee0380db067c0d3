package io.sluice.conntrack;

import io.sluice.packet.Icmp;
import io.sluice.packet.Icmpv6;
import io.sluice.packet.Ipv4;
import io.sluice.packet.Memory;
import io.sluice.packet.TupleHash;
import io.sluice.packet.TupleKey;

/**
 * What {@code ct()} does to one packet: finds its connection, moves the connection's state, and
 * says the packet's {@code ct_state}. One for each worker, used by that thread; the answers are
 * fields, so that nothing is allocated. {@link DryTracker} says the same and changes nothing.
 */
public class Tracker {
    private final ConnTable table;
    private final ConnOwner owner;
    final ConnMetadata metadata;
    private final RelatedConnections related;

    private final TcpConnection tcp = new TcpConnection();
    private final SctpConnection sctp = new SctpConnection();

    private int reference = ConnTable.NONE;
    private int version;
    private int nowMs;
    private boolean moved;
    private boolean certain;

    public Tracker(ConnTable table, ConnOwner owner) {
        this.table = table;
        this.owner = owner;
        related = new RelatedConnections(table);
        metadata = new ConnMetadata(table);
    }

    /** Helpers and expected connections. */
    public RelatedConnections related() {
        return related;
    }

    /** See {@link ConnOwner#newBlockEventWriter}. */
    public BlockEventWriter newBlockEventWriter() {
        return owner.newBlockEventWriter();
    }

    /** The connection of the packet last tracked or committed, or {@link ConnTable#NONE}. */
    public int reference() {
        return reference;
    }

    /** The version of that direction's line that the last answer rests on. */
    public int version() {
        return version;
    }

    /** Whether a cached way may rest on the answer for as long as that version is the same. */
    public boolean isCertain() {
        return certain;
    }

    /** What the line's version is now. */
    public static int version(long line) {
        return Memory.getIntAcquire(line + ConnLayout.VERSION);
    }

    /** The same in one zone, where the connection may be found in either direction. */
    public final int track(
            long addresses,
            long portsAndZone,
            long[] wide,
            int at,
            Segment segment,
            int lengthBytes,
            int nowMs) {
        int zone = TupleKey.scope(portsAndZone);
        return track(addresses, portsAndZone, zone, wide, at, segment, lengthBytes, nowMs);
    }

    /**
     * Tracks a packet that no {@code ct()} of these zones has seen yet.
     *
     * @param portsAndZone as {@link TupleKey} has them, with the zone where the packet may be one
     *     of the original direction
     * @param replyZone where it may be one of the reply direction; the same zone mostly
     * @param wide of IPv6 only: in four longs from {@code at} on the source and destination
     * @param segment a {@link TcpSegment} for TCP, {@link SctpChunks} for SCTP; else not looked at
     * @param lengthBytes of the IP packet
     * @return bits of {@link CtState}; {@link #reference} is the connection when it is a known one
     */
    public int track(
            long addresses,
            long portsAndZone,
            int replyZone,
            long[] wide,
            int at,
            Segment segment,
            int lengthBytes,
            int nowMs) {
        this.nowMs = nowMs;
        int found = find(addresses, portsAndZone, replyZone, nowMs);
        if (found != ConnTable.NONE && isOther(found, portsAndZone, wide, at)) {
            // Two of some 2^32 connections may share a hash: packets of the second have none.
            reference = ConnTable.NONE;
            return CtState.TRACKED | CtState.INVALID;
        }
        if (found != ConnTable.NONE) {
            int zone = TupleKey.scope(portsAndZone);
            boolean further = zone != replyZone && ConnTable.isReply(found);
            certain = !further || table.zonePairs().note(zone, replyZone);
            int verdict =
                    switch (TupleKey.protocol(portsAndZone)) {
                        case Ipv4.PROTO_TCP -> moveTcp(found, (TcpSegment) segment);
                        case Ipv4.PROTO_SCTP -> moveSctp(found, (SctpChunks) segment);
                        default -> move(found);
                    };
            if (verdict != TcpTracker.REOPEN) {
                int state = answer(found, verdict, lengthBytes, nowMs);
                if (further) {
                    certain &= find(addresses, portsAndZone, replyZone, nowMs) == found;
                }
                return state;
            }
            // Its end is told before the beginning of the next one.
            table.reclaim(owner, found >>> 1, nowMs);
        }
        reference = ConnTable.NONE;
        return stateOfFirst(portsAndZone, segment);
    }

    int find(long addresses, long portsAndZone, int nowMs) {
        long hash = TupleHash.secret(addresses, portsAndZone);
        return table.find(addresses, portsAndZone, hash, nowMs);
    }

    /**
     * Where each direction has a zone of its own, the connection is found in it in that direction
     * only: as nf_conntrack's resolve_normal_ct does, in the original's zone first, then in the
     * reply's.
     */
    final int find(long addresses, long portsAndZone, int replyZone, int nowMs) {
        int found = find(addresses, portsAndZone, nowMs);
        boolean isThere = found != ConnTable.NONE && !ConnTable.isReply(found);
        if (isThere || TupleKey.scope(portsAndZone) == replyZone) {
            return found;
        }
        int reply = find(addresses, TupleKey.withScope(portsAndZone, replyZone), nowMs);
        return reply != ConnTable.NONE && ConnTable.isReply(reply) ? reply : ConnTable.NONE;
    }

    /** Whether what was found by an IPv6 packet's key is not of its addresses. */
    boolean isOther(int found, long portsAndZone, long[] wide, int at) {
        return TupleKey.isIpv6(portsAndZone) && !table.hasWide(found, wide, at);
    }

    /**
     * Whether a packet with this key that is of UDP, or only acknowledges or carries data, moves
     * nothing of a known connection but its windows and counters. Parameters as of {@link #track}.
     */
    public boolean isRoutine(
            long addresses, long portsAndZone, int replyZone, long[] wide, int at, int nowMs) {
        int found = find(addresses, portsAndZone, replyZone, nowMs);
        if (found == ConnTable.NONE || isOther(found, portsAndZone, wide, at)) {
            return false;
        }
        int word = Memory.getIntAcquire(table.original(found) + ConnLayout.STATE);
        boolean movesOnReply = ConnTable.isReply(found) && (word & ConnState.SEEN_REPLY) == 0;
        return !movesOnReply && isSteady(found);
    }

    private int answer(int found, int verdict, int lengthBytes, int nowMs) {
        if (verdict == TcpTracker.INVALID) {
            reference = ConnTable.NONE;
            return CtState.TRACKED | CtState.INVALID;
        }
        reference = found;
        long line = table.line(found);
        if (verdict == TcpTracker.ACCEPT_QUIETLY) {
            count(line, lengthBytes);
        } else {
            touch(line, lengthBytes, nowMs);
        }
        if (moved) {
            // Not before: the event counts the packet that moved it.
            moved = false;
            owner.events().changed(found, nowMs);
        }
        // The version first: a change after it makes a way that rests on it invalid. So does an end
        // that came before it: an ended line's version is no live one's.
        version = version(line) & -ConnLayout.VERSION_STEP;
        return CtState.TRACKED | stateBits(found);
    }

    private int stateBits(int found) {
        int relation = related.isRelated(found) ? CtState.RELATED : 0;
        if (ConnTable.isReply(found)) {
            return CtState.ESTABLISHED | CtState.REPLY | relation;
        }
        int word = Memory.getIntAcquire(table.original(found) + ConnLayout.STATE);
        return relation | ((word & ConnState.SEEN_REPLY) != 0 ? CtState.ESTABLISHED : CtState.NEW);
    }

    final boolean mayBegin(long portsAndZone, Segment segment) {
        return switch (TupleKey.protocol(portsAndZone)) {
            case Ipv4.PROTO_TCP -> mayBeginTcp(TupleKey.scope(portsAndZone), (TcpSegment) segment);
            case Ipv4.PROTO_SCTP -> SctpTracker.begin(sctp, (SctpChunks) segment);
            case Ipv4.PROTO_ICMP -> Icmp.isQuery((TupleKey.ports(portsAndZone) >>> 16) & 0xFF);
            case Ipv4.PROTO_ICMPV6 -> Icmpv6.isQuery((TupleKey.ports(portsAndZone) >>> 16) & 0xFF);
            default -> true;
        };
    }

    private boolean mayBeginTcp(int zone, TcpSegment segment) {
        int kind = TcpState.kind(segment.flags);
        return segment.hasPossibleFlags()
                && TcpState.next(false, kind, TcpState.NONE.ordinal()) >= 0
                && (kind == TcpState.SYN || table.zones().isTcpLoose(zone));
    }

    /**
     * One packet more in the direction whose line this is. Counts past the high bits that {@link
     * LineCounters} keeps for something else.
     */
    public static void touch(long line, int lengthBytes, int nowMs) {
        Memory.putInt(line + ConnLayout.LAST_SEEN_MS, nowMs);
        count(line, lengthBytes);
    }

    /** The same, for a packet that does not make the connection live longer. */
    private static void count(long line, int lengthBytes) {
        Memory.putLong(line + ConnLayout.PACKETS, Memory.getLong(line + ConnLayout.PACKETS) + 1);
        Memory.putLong(
                line + ConnLayout.BYTES, Memory.getLong(line + ConnLayout.BYTES) + lengthBytes);
    }

    /** Moves the state of a connection that is not TCP's: the packet is of it. */
    private int move(int found) {
        if (ConnTable.isReply(found)) {
            int seen = ConnState.SEEN_REPLY;
            long address = table.original(found) + ConnLayout.STATE;
            int word = Memory.getIntAcquire(address);
            // Again when the word has changed meanwhile: addStatus is the other who may.
            while ((word & seen) == 0) {
                int replied = ConnState.withKind(word, kindOfReplied(ConnState.kind(word)));
                if (Memory.compareAndSetInt(address, word, replied | seen)) {
                    table.bumpVersion(found);
                    moved = true;
                }
                word = Memory.getIntAcquire(address);
            }
        }
        return TcpTracker.ACCEPT;
    }

    private static int kindOfReplied(int kind) {
        if (kind == Timeouts.Kind.UDP_UNREPLIED.ordinal()) {
            return Timeouts.Kind.UDP_REPLIED.ordinal();
        }
        boolean gre = kind == Timeouts.Kind.GRE_UNREPLIED.ordinal();
        return gre ? Timeouts.Kind.GRE_REPLIED.ordinal() : kind;
    }

    /** Moves the state and tags of a connection; says what {@link SctpTracker#track} says. */
    private int moveSctp(int found, SctpChunks chunks) {
        long lock = table.stateLock(found);
        SpinLock.lock(lock);
        try {
            sctp.load(table, found);
            int before = sctp.word;
            int verdict = SctpTracker.track(sctp, found & 1, chunks);
            if (verdict != TcpTracker.INVALID && sctp.store(table, found)) {
                moved = isVisible(before, sctp.word);
                table.bumpVersion(found);
            }
            if (ConnState.isClosed(sctp.word)) {
                table.leaveBucket(found);
            }
            return verdict;
        } finally {
            SpinLock.unlock(lock);
        }
    }

    private static boolean isVisible(int before, int after) {
        return ((before ^ after) & (ConnState.KIND_MASK | ConnState.SEEN_REPLY)) != 0;
    }

    /** Moves the state and windows of a connection; says what {@link TcpTracker#track} says. */
    private int moveTcp(int found, TcpSegment segment) {
        long lock = table.stateLock(found);
        SpinLock.lock(lock);
        try {
            tcp.load(table, found);
            int before = tcp.word;
            boolean liberal = table.zones().isTcpLiberal(Lifetime.zone(table.original(found)));
            boolean changed = related.toSender(found, segment);
            int verdict = TcpTracker.track(tcp, found & 1, segment, liberal);
            if (changed) {
                segment.toReceiver();
            }
            if (verdict == TcpTracker.REOPEN) {
                table.kill(found, EndReason.of(EndReason.ofExpired(before)));
            } else if (verdict != TcpTracker.INVALID && tcp.store(table, found)) {
                moved = isVisible(before, tcp.word);
                table.bumpVersion(found);
            }
            if (verdict == TcpTracker.ACCEPT_AND_END) {
                table.kill(found, EndReason.RST);
            }
            if (verdict == TcpTracker.ACCEPT_AND_END || ConnState.isClosed(tcp.word)) {
                table.leaveBucket(found);
            }
            return verdict;
        } finally {
            SpinLock.unlock(lock);
        }
    }

    /**
     * Makes a connection for a packet that {@link #track} called new.
     *
     * @return its original reference, which is {@link #reference} then too; or the negative reason
     */
    public int commit(NewConnection fresh, Segment segment, int lengthBytes, int nowMs) {
        this.nowMs = nowMs;
        int state = firstState(fresh, segment, tcp, sctp);
        state |= fresh.logged ? ConnState.LOGGED : 0;
        int made = table.insert(owner, fresh, state, lengthBytes, nowMs);
        reference = Math.max(made, ConnTable.NONE);
        if (made >= 0) {
            version = version(table.line(made));
        }
        return made;
    }

    /**
     * The word of {@link ConnState} that a connection begins with.
     *
     * @param tcp becomes the connection's first state if it is TCP's; {@code sctp} likewise
     */
    static int firstState(
            NewConnection fresh, Segment segment, TcpConnection tcp, SctpConnection sctp) {
        fresh.tcp = null;
        fresh.sctp = null;
        return switch (TupleKey.protocol(fresh.portsAndZone)) {
            case Ipv4.PROTO_TCP -> {
                TcpTracker.begin(tcp, (TcpSegment) segment);
                fresh.tcp = tcp;
                yield tcp.word;
            }
            case Ipv4.PROTO_SCTP -> {
                SctpTracker.begin(sctp, (SctpChunks) segment);
                fresh.sctp = sctp;
                yield sctp.word;
            }
            case Ipv4.PROTO_GRE -> Timeouts.Kind.GRE_UNREPLIED.ordinal();
            case Ipv4.PROTO_UDP -> Timeouts.Kind.UDP_UNREPLIED.ordinal();
            case Ipv4.PROTO_ICMP -> Timeouts.Kind.ICMP.ordinal();
            case Ipv4.PROTO_ICMPV6 -> Timeouts.Kind.ICMPV6.ordinal();
            default -> Timeouts.Kind.OTHER.ordinal();
        };
    }

    /**
     * The ct_state of a packet that belongs to no connection: new, or invalid when none can begin
     * with it.
     */
    public int stateOfFirst(long portsAndZone, Segment segment) {
        return mayBegin(portsAndZone, segment)
                ? CtState.TRACKED | CtState.NEW
                : CtState.TRACKED | CtState.INVALID;
    }

    /** Whether a live connection has this key. */
    public final boolean isTaken(long addresses, long portsAndZone, int nowMs) {
        return find(addresses, portsAndZone, nowMs) != ConnTable.NONE;
    }

    /**
     * Finds the connection that a packet is about and not of, such as an ICMP error. Nothing of the
     * connection changes: its state, counters and time to live are as before. Parameters as of
     * {@link #track}, of a packet that goes the same way.
     *
     * @return the reference of the direction that has this key, or {@link ConnTable#NONE}
     */
    public int findRelated(
            long addresses, long portsAndZone, int replyZone, long[] wide, int at, int nowMs) {
        this.nowMs = nowMs;
        int found = find(addresses, portsAndZone, replyZone, nowMs);
        boolean other = found != ConnTable.NONE && isOther(found, portsAndZone, wide, at);
        return other ? ConnTable.NONE : found;
    }

    /** Ends the connection at once ({@code ct(commit,force)}). */
    public void end(int ended) {
        table.kill(ended, EndReason.REPLACED);
        table.reclaim(owner, ended >>> 1, nowMs);
    }

    /** Sets bits of the mark; false when they were so already. */
    public boolean setMark(int connection, int value, int mask) {
        return told(connection, metadata.setMark(connection, value, mask));
    }

    /** Has the connection's end logged, whatever the log's filter says. */
    public void setLogged(int connection) {
        metadata.setLogged(connection);
    }

    public int mark(int connection) {
        return metadata.mark(connection);
    }

    /**
     * Sets bits of the label; false when they were so already.
     *
     * @param high of the upper 64 bits, where maskHigh is 1; {@code low} likewise
     */
    public boolean setLabel(int connection, long high, long low, long maskHigh, long maskLow) {
        return told(connection, metadata.setLabel(connection, high, low, maskHigh, maskLow));
    }

    private boolean told(int connection, boolean changed) {
        if (changed) {
            owner.events().changed(connection, nowMs);
        }
        return changed;
    }

    /** Writes the label, the upper 64 bits first, where all is 0 for a connection without one. */
    public void readLabel(int connection, long[] to, int at) {
        metadata.readLabel(connection, to, at);
    }

    /** Where packets of this direction come from and go to before translation. */
    public long addresses(int connection) {
        return Memory.getLong(table.line(connection) + ConnLayout.ADDRESSES);
    }

    /** The same of IPv6: source and destination, four longs. */
    public void readWide(int connection, long[] to, int at) {
        table.readWide(connection, to, at);
    }

    /** The ports of packets of this direction before translation; the scope is the zone. */
    public long ports(int connection) {
        return Memory.getLong(table.line(connection) + ConnLayout.PORTS_AND_SCOPE);
    }

    /** The bucket that the connection was made in ({@link NewConnection#bucket}); 0: none. */
    public int bucket(int connection) {
        return table.bucket(connection);
    }

    /** The zone where packets of this direction find the connection. */
    public final int zone(int connection) {
        return TupleKey.scope(ports(connection));
    }

    /** The addresses of the connection's first packet, as TupleKey has them. */
    public final long originalAddresses(int connection) {
        return addresses(connection & ~1);
    }

    /** The same of IPv6: source and destination, four longs. */
    public final void readOriginalWide(int connection, long[] to, int at) {
        readWide(connection & ~1, to, at);
    }

    /** The ports and protocol of the connection's first packet; the scope is its zone. */
    public final long originalPorts(int connection) {
        return ports(connection & ~1);
    }

    /** Where packets of this direction come from and go to after translation. */
    public final long translatedAddresses(int connection) {
        return TupleKey.invertAddresses(addresses(connection ^ 1));
    }

    /** The same of IPv6: source and destination, four longs. */
    public final void readTranslatedWide(int connection, long[] to, int at) {
        readWide(connection ^ 1, to, at);
        NewConnection.exchange(to, at);
    }

    /** The ports of packets of this direction after translation; the scope is the zone. */
    public final long translatedPorts(int connection) {
        return TupleKey.invertPorts(ports(connection ^ 1));
    }

    /**
     * Whether the TCP connection is one of which packets that only acknowledge or carry data move
     * nothing but the window, so that their way may be cached; true for other protocols. Never
     * where a helper looks into packets.
     */
    public boolean isSteady(int connection) {
        long original = table.original(connection);
        long portsAndZone = Memory.getLong(original + ConnLayout.PORTS_AND_SCOPE);
        if (related.helper(connection) != Helper.NONE) {
            return false;
        }
        return ConnState.isSteady(
                TupleKey.protocol(portsAndZone), Memory.getInt(original + ConnLayout.STATE));
    }
}
