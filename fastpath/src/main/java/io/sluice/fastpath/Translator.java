package io.sluice.fastpath;

import io.sluice.conntrack.ConnTable;
import io.sluice.conntrack.CtState;
import io.sluice.conntrack.NewConnection;
import io.sluice.conntrack.Tracker;
import io.sluice.conntrack.Zones;
import io.sluice.natlb.BlockEvents;
import io.sluice.natlb.EndpointMapping;
import io.sluice.natlb.NatCounters;
import io.sluice.natlb.NatRange;
import io.sluice.natlb.NatSearch;
import io.sluice.packet.Memory;
import io.sluice.packet.TupleHash;
import io.sluice.packet.TupleKey;
import java.util.Optional;

/**
 * Translation as {@code ct()} does it: gives a new connection its reply tuple, and packets what
 * their connection says. Used by the worker's thread.
 */
final class Translator {
    /** No reply tuple of the range is free; beside the reasons of {@link ConnTable}. */
    static final int EXHAUSTED = Integer.MIN_VALUE;

    /** The client has as many port blocks as it may have. */
    static final int BLOCK_LIMIT = EXHAUSTED + 1;

    /** Another source port where the packet's own would clash, and nothing else. */
    private static final NatRange OTHER_SOURCE_PORT =
            new NatRange(NatRange.Side.SOURCE, 0, 0, 0, 0, NatRange.Pick.DEFAULT);

    // After the first: tries when another worker took a tuple between the check and the insert.
    private static final int MAX_RACES = 4;

    // Where the reply's addresses lie among those of a new connection of IPv6.
    private static final int REPLY_SRC = 4;
    static final int REPLY_DST = 6;

    private final Tracker tracker;
    private final Zones zones;
    private final NatSearch search;
    private final EndpointTranslator endpoints;
    private final BlockTranslator blocks;
    private final BlockTranslator.Maker firstFree = this::makeFirstFree;
    // Null where nothing is counted.
    private final NatCounters counters;
    private final long[] wide = new long[FlowKey.WIDE_WORDS];

    // What the last packet became: guesses for the next one.
    private final NatSearch guess;
    private boolean making;
    private NatRange lastRange;
    private long guessedAddresses;
    private long guessedPorts;

    /**
     * @param dry finds what another would, and changes and counts nothing
     */
    Translator(Tracker tracker, Zones zones, Translations shared, boolean dry) {
        this.tracker = tracker;
        this.zones = zones;
        search = new NatSearch(shared.maps(), dry);
        endpoints = new EndpointTranslator(this, tracker, shared.mappings(), search, dry);
        BlockEvents events = dry ? null : new OwnBlockEvents(tracker.newBlockEventWriter());
        blocks = new BlockTranslator(search, shared.blocks(), events, dry);
        guess = new NatSearch(shared.maps(), true);
        counters = dry ? null : shared.newCounters();
    }

    /**
     * Makes the connection whose original direction is in {@code fresh}.
     *
     * @param range passed over when it is not of the packet's kind of addresses
     * @return its reference, a negative reason of {@link ConnTable}, or {@link #EXHAUSTED}
     */
    int make(SlowPacket packet, NewConnection fresh, Optional<NatRange> range, int nowMs) {
        begin(packet, fresh);
        boolean inbound = packet.translated;
        if (inbound && !endpoints.beginInbound(packet, fresh, nowMs)) {
            return ConnTable.CLASH_REPLY;
        }
        int made = makeTranslated(packet, fresh, range, nowMs);
        if (made < 0) {
            endpoints.letGo(fresh, nowMs);
        }
        if (inbound && made == ConnTable.CLASH_ORIGINAL) {
            EndpointTranslator.undoInbound(packet, fresh);
        }
        // The connection may say more of the packet than its mapping did.
        packet.translated &= made < 0;
        return made;
    }

    /** The tuple of the reply without translation. */
    private static void begin(SlowPacket packet, NewConnection fresh) {
        fresh.replyAddresses = TupleKey.invertAddresses(fresh.addresses);
        setReplyPorts(packet, fresh, TupleKey.ports(fresh.portsAndZone));
        if (packet.isIpv6()) {
            System.arraycopy(packet.key, FlowKey.WIDE, fresh.wide, 0, FlowKey.WIDE_WORDS);
            System.arraycopy(fresh.wide, 0, fresh.wide, REPLY_DST, 2);
            System.arraycopy(fresh.wide, 2, fresh.wide, REPLY_SRC, 2);
            fresh.replyAddresses = TupleHash.wide(fresh.wide, REPLY_SRC);
        }
        fresh.hold[0] = 0;
        fresh.hold[1] = 0;
    }

    /**
     * Makes a connection that was expected: where {@code nat} asks for it, its packets are
     * translated as those of its master that go the same way, and to the port that the helper said.
     * Its source port gives way where it would clash.
     *
     * @return its reference, a negative reason of {@link ConnTable}, or {@link #EXHAUSTED}
     */
    int makeExpected(
            SlowPacket packet, NewConnection fresh, boolean nat, RelatedSteps related, int nowMs) {
        begin(packet, fresh);
        // Before the master, which says whether it was the expectation's still.
        int port = related.translatedPort(packet);
        int master = related.master(packet);
        if (nat && master == ConnTable.NONE) {
            // It has ended meanwhile: untranslated, the packet would show its source outside.
            return ConnTable.CLASH_ORIGINAL;
        }
        if (nat) {
            followMaster(packet, fresh, master, port);
        }
        int made = tracker.commit(fresh, packet.segment(), packet.ipBytes, nowMs);
        if (!nat || made != ConnTable.CLASH_REPLY) {
            return made;
        }
        long ports = TupleKey.invertPorts(fresh.replyPortsAndZone);
        if (packet.isIpv6()) {
            System.arraycopy(fresh.wide, REPLY_DST, wide, 0, 2);
            System.arraycopy(fresh.wide, REPLY_SRC, wide, 2, 2);
            search.begin(OTHER_SOURCE_PORT, wide, 0, ports);
        } else {
            long addresses = TupleKey.invertAddresses(fresh.replyAddresses);
            search.begin(OTHER_SOURCE_PORT, addresses, ports);
        }
        return makeFirstFree(OTHER_SOURCE_PORT, packet, fresh, nowMs);
    }

    /** As Netfilter's nf_nat_follow_master, with the directions told by the master's tuples. */
    private void followMaster(
            SlowPacket packet, NewConnection fresh, int master, int translatedPort) {
        boolean toItsDestination;
        if (packet.isIpv6()) {
            tracker.readWide(master, wide, 0);
            boolean fromItsSource = wide[0] == fresh.wide[0] && wide[1] == fresh.wide[1];
            toItsDestination = wide[2] == fresh.wide[2] && wide[3] == fresh.wide[3];
            tracker.readTranslatedWide(master, wide, 0);
            if (fromItsSource) {
                System.arraycopy(wide, 0, fresh.wide, REPLY_DST, 2);
            }
            if (toItsDestination) {
                System.arraycopy(wide, 2, fresh.wide, REPLY_SRC, 2);
            }
            fresh.replyAddresses = TupleHash.wide(fresh.wide, REPLY_SRC);
        } else {
            long before = tracker.addresses(master);
            long after = tracker.translatedAddresses(master);
            int source = TupleKey.source(fresh.addresses);
            int destination = TupleKey.destination(fresh.addresses);
            boolean fromItsSource = source == TupleKey.source(before);
            toItsDestination = destination == TupleKey.destination(before);
            fresh.replyAddresses =
                    TupleKey.addresses(
                            toItsDestination ? TupleKey.destination(after) : destination,
                            fromItsSource ? TupleKey.source(after) : source);
        }
        if (toItsDestination) {
            int source = TupleKey.sourcePort(TupleKey.ports(fresh.portsAndZone));
            setReplyPorts(packet, fresh, TupleKey.ports(source, translatedPort));
        }
    }

    /** Whether a packet without a connection was translated by the mapping it is sent to. */
    boolean translateInbound(SlowPacket packet, int nowMs) {
        return endpoints.translateInbound(packet, nowMs);
    }

    private int makeTranslated(
            SlowPacket packet, NewConnection fresh, Optional<NatRange> range, int nowMs) {
        if (range.isEmpty() || !range.get().isFor(packet.isIpv6())) {
            lastRange = null;
            return tracker.commit(fresh, packet.segment(), packet.ipBytes, nowMs);
        }
        NatRange wanted = range.get();
        lastRange = wanted.mapsEndpoints() || wanted.hasBlocks() ? null : wanted;
        begin(wanted, packet);
        int made;
        if (wanted.mapsEndpoints() && EndpointTranslator.isMapped(packet)) {
            made = endpoints.make(blocks, wanted, packet, fresh, nowMs);
        } else if (wanted.hasBlocks() && search.searchesPorts()) {
            made = blocks.make(firstFree, wanted, packet, fresh, nowMs);
        } else {
            made = makeFirstFree(wanted, packet, fresh, nowMs);
        }
        if (made == EXHAUSTED && wanted.side() == NatRange.Side.DESTINATION) {
            made = makeWithOtherSourcePort(wanted, packet, fresh, nowMs);
        }
        count(packet.connectionZone, wanted, made);
        return made;
    }

    /** Notes whether the packet at work begins a connection. */
    void noteMaking(boolean makes) {
        making = makes;
    }

    /**
     * Guesses the reply tuple of another packet, if the last one began a connection: that the same
     * range serves it, and that its first choice is free.
     *
     * @param tuple the second word of its key, of IPv4, in any scope
     * @return whether {@link #guessedAddresses} and {@link #guessedPorts} are the guess
     */
    boolean guess(long addresses, long tuple, int zone) {
        if (!making || TupleKey.isIpv6(tuple)) {
            return false;
        }
        long ports = TupleKey.withScope(tuple, zone);
        long after = addresses;
        if (lastRange != null && lastRange.isFor(false)) {
            guess.begin(lastRange, addresses, ports);
            if (!guess.next()) {
                return false;
            }
            after = guess.addresses();
            ports = TupleKey.withPorts(ports, guess.ports());
        }
        guessedAddresses = TupleKey.invertAddresses(after);
        guessedPorts = TupleKey.invertPorts(ports);
        return true;
    }

    long guessedAddresses() {
        return guessedAddresses;
    }

    /** The guess's ports, zone and protocol. */
    long guessedPorts() {
        return guessedPorts;
    }

    private void count(int zone, NatRange range, int made) {
        if (counters == null) {
            return;
        }
        if (made >= 0) {
            counters.count(zone, range, NatCounters.Outcome.CREATED);
        } else if (made == EXHAUSTED) {
            boolean gaveUp = search.gaveUp() || (range.hasBlocks() && blocks.gaveUp());
            counters.count(
                    zone,
                    range,
                    gaveUp ? NatCounters.Outcome.GAVE_UP : NatCounters.Outcome.EXHAUSTED);
        } else if (made == BLOCK_LIMIT) {
            counters.count(zone, range, NatCounters.Outcome.BLOCK_LIMIT);
        }
    }

    /** The packet may have its inside destination already, which the connection has not. */
    private void begin(NatRange range, SlowPacket packet) {
        long ports = packet.portsAndZone(packet.connectionZone);
        if (packet.isIpv6()) {
            search.begin(range, packet.key, FlowKey.WIDE, ports);
        } else {
            search.begin(range, packet.addresses(), ports);
        }
    }

    int epoch(SlowPacket packet) {
        return Memory.getInt(zones.epochAddress(packet.replyZone));
    }

    private int makeFirstFree(NatRange range, SlowPacket packet, NewConnection fresh, int nowMs) {
        int zoneEpoch = epoch(packet);
        int clashes = 0;
        while (search.next()) {
            setReply(range.side(), packet, fresh);
            // The first is mostly free. After that, looking costs less than trying.
            boolean looksTaken =
                    clashes > 0
                            && tracker.isTaken(
                                    fresh.replyAddresses, fresh.replyPortsAndZone, nowMs);
            int made =
                    looksTaken
                            ? ConnTable.CLASH_REPLY
                            : tracker.commit(fresh, packet.segment(), packet.ipBytes, nowMs);
            if (made >= 0) {
                return made;
            }
            if (made != ConnTable.CLASH_REPLY || (!looksTaken && clashes++ == MAX_RACES)) {
                search.giveBack();
                return made;
            }
            search.taken(fresh.replyAddresses, fresh.replyPortsAndZone, zoneEpoch, nowMs);
        }
        return EXHAUSTED;
    }

    /**
     * The same server port answers this client port already, for another destination: the source
     * port gives way, as in Netfilter and Open vSwitch.
     */
    private int makeWithOtherSourcePort(
            NatRange range, SlowPacket packet, NewConnection fresh, int nowMs) {
        begin(range, packet);
        search.next();
        setReply(range.side(), packet, fresh);
        long ports = TupleKey.withPorts(fresh.portsAndZone, search.ports());
        if (packet.isIpv6()) {
            System.arraycopy(fresh.wide, REPLY_DST, wide, 0, 2);
            System.arraycopy(fresh.wide, REPLY_SRC, wide, 2, 2);
            search.begin(OTHER_SOURCE_PORT, wide, 0, ports);
        } else {
            search.begin(OTHER_SOURCE_PORT, search.addresses(), ports);
        }
        return makeFirstFree(OTHER_SOURCE_PORT, packet, fresh, nowMs);
    }

    /**
     * What the search says is the tuple of packets after translation; the reply's is its mirror.
     */
    void setReply(NatRange.Side side, SlowPacket packet, NewConnection fresh) {
        setReplyPorts(packet, fresh, search.ports());
        if (!packet.isIpv6()) {
            fresh.replyAddresses = TupleKey.invertAddresses(search.addresses());
            return;
        }
        int at = side == NatRange.Side.SOURCE ? REPLY_DST : REPLY_SRC;
        fresh.wide[at] = search.addressHigh();
        fresh.wide[at + 1] = search.addressLow();
        fresh.replyAddresses = TupleHash.wide(fresh.wide, REPLY_SRC);
    }

    /** The same of what a mapping says of the packet's source. */
    static void setReplySource(SlowPacket packet, NewConnection fresh, EndpointMapping mapping) {
        int destinationPort = TupleKey.destinationPort(packet.ports());
        setReplyPorts(packet, fresh, TupleKey.ports(mapping.outsidePort, destinationPort));
        if (packet.isIpv6()) {
            fresh.wide[REPLY_DST] = mapping.outsideHigh;
            fresh.wide[REPLY_DST + 1] = mapping.outsideLow;
            fresh.replyAddresses = TupleHash.wide(fresh.wide, REPLY_SRC);
        } else {
            int destination = TupleKey.destination(packet.addresses());
            fresh.replyAddresses = TupleKey.addresses(destination, (int) mapping.outsideLow);
        }
    }

    private static void setReplyPorts(SlowPacket packet, NewConnection fresh, int ports) {
        long inverse = TupleKey.invertPorts(TupleKey.withPorts(fresh.portsAndZone, ports));
        fresh.replyPortsAndZone = TupleKey.withScope(inverse, packet.replyZone);
    }

    /**
     * Translates the packet as its connection says, once in each zone.
     *
     * @return the bits of {@link CtState} that say what has changed
     */
    int translate(SlowPacket packet) {
        if (packet.translated) {
            return 0;
        }
        packet.translated = true;
        int changed = packet.isIpv6() ? translateWide(packet) : translateAddresses(packet);
        return changed | translatePorts(packet);
    }

    private int translateAddresses(SlowPacket packet) {
        long before = packet.addresses();
        long after = tracker.translatedAddresses(packet.connection);
        if (after == before) {
            return 0;
        }
        packet.setAddresses(after);
        return bits(
                TupleKey.source(after) != TupleKey.source(before),
                TupleKey.destination(after) != TupleKey.destination(before));
    }

    private int translateWide(SlowPacket packet) {
        tracker.readTranslatedWide(packet.connection, wide, 0);
        int changed = bits(differs(packet, 0), differs(packet, 2));
        if (changed != 0) {
            packet.setWide(wide);
        }
        return changed;
    }

    private boolean differs(SlowPacket packet, int at) {
        int inKey = FlowKey.WIDE + at;
        return wide[at] != packet.key[inKey] || wide[at + 1] != packet.key[inKey + 1];
    }

    private int translatePorts(SlowPacket packet) {
        int before = packet.ports();
        int after = TupleKey.ports(tracker.translatedPorts(packet.connection));
        if (after == before) {
            return 0;
        }
        packet.setPorts(after);
        if (!packet.headers.hasPorts()) {
            // The identifier is the asking side's: the source's, and in answers the destination's.
            boolean answer = ConnTable.isReply(packet.connection);
            return bits(!answer, answer);
        }
        return bits(
                TupleKey.sourcePort(after) != TupleKey.sourcePort(before),
                TupleKey.destinationPort(after) != TupleKey.destinationPort(before));
    }

    private static int bits(boolean source, boolean destination) {
        return (source ? CtState.SOURCE_NAT : 0) | (destination ? CtState.DESTINATION_NAT : 0);
    }
}
