package io.sluice.fastpath;

import io.sluice.conntrack.ConnTable;
import io.sluice.conntrack.CtState;
import io.sluice.conntrack.Expectations;
import io.sluice.conntrack.NewConnection;
import io.sluice.conntrack.Tracker;
import io.sluice.conntrack.Zones;
import io.sluice.natlb.BucketCounts;
import io.sluice.packet.TupleKey;

/**
 * The action {@code ct()}: tracks the packet, commits and marks its connection, translates. Brings
 * together what conntrack remembers and what nat-lb chooses, which do not know each other. Used by
 * the worker's thread.
 */
class ConnectionSteps {
    private static final int REFUSED = -1;
    private static final int INVALID = CtState.TRACKED | CtState.INVALID;

    private final Tracker tracker;
    private final Zones zones;
    private final Trace trace;
    private final BucketCounts buckets;
    private final Checksums.Verify verify;
    private final Translator translator;
    private final IcmpErrors errors;
    private final RelatedSteps related;
    private final NewConnection fresh = new NewConnection();
    private DropReason refusal = DropReason.FLOW;
    // Counted and not added yet: most packets are tracked in the same zone as those before them.
    private int countedZone;
    private long countedPackets;
    private long countedBytes;

    ConnectionSteps(
            Tracker tracker,
            Zones zones,
            Translations translations,
            Trace trace,
            Checksums.Verify verify) {
        this.tracker = tracker;
        this.verify = verify;
        this.zones = zones;
        this.trace = trace;
        buckets = translations.buckets();
        translator = new Translator(tracker, zones, translations, trace.isDry());
        errors = new IcmpErrors(tracker);
        related = new RelatedSteps(tracker, trace.isDry());
    }

    /** Why the last {@link #apply} refused. */
    DropReason refusal() {
        return refusal;
    }

    /** The last packet was refused for another's reason: the one that it is a part of. */
    int refuseAs(DropReason reason) {
        refusal = reason;
        return REFUSED;
    }

    /**
     * Does what the action says, and attaches the connection to the packet.
     *
     * @param zone of the original direction: the action's own, or where its field led
     * @param replyZone of the reply direction, mostly the same
     * @return the packet's ct_state, or a negative number when the connection could not be made
     */
    int apply(SlowPacket packet, Action.Ct ct, int zone, int replyZone, int nowMs) {
        int state = attached(packet, zone, replyZone);
        if (state == 0) {
            state = track(packet, zone, replyZone, nowMs);
        }
        if (packet.connection == ConnTable.NONE
                && ct.nat()
                && (state & (CtState.NEW | CtState.RELATED)) == CtState.NEW
                && translator.translateInbound(packet, nowMs)) {
            state |= CtState.DESTINATION_NAT;
        }
        boolean mayCommit = ct.commit() && (state & CtState.INVALID) == 0;
        if (mayCommit && ct.force() && (state & CtState.REPLY) != 0) {
            state = end(packet);
            mayCommit = (state & CtState.INVALID) == 0;
        }
        // A packet without a connection may be translated by the mapping that it is sent to.
        boolean inbound = packet.connection == ConnTable.NONE && packet.translated;
        if (mayCommit && packet.connection == ConnTable.NONE) {
            int made = make(packet, ct, nowMs);
            if (made == REFUSED) {
                return REFUSED;
            }
            // The next packet of the connection goes another way: it is found, and not made.
            trace.notCacheable();
            if (made == ConnTable.CLASH_ORIGINAL) {
                state = track(packet, zone, replyZone, nowMs);
                if (packet.connection == ConnTable.NONE && (state & CtState.INVALID) == 0) {
                    // It has ended meanwhile; or, of two zones, this is its other direction.
                    return refuse(zone, ConnTable.CLASH_ORIGINAL);
                }
            }
        }
        if (packet.connection != ConnTable.NONE) {
            if (ct.log() && ct.commit()) {
                tracker.setLogged(packet.connection);
            }
            if (ct.commit() && remember(packet, ct)) {
                // Flows that this packet has passed may have matched what it had before.
                trace.notCacheable();
            }
            if (ct.nat() || inbound) {
                int translated =
                        packet.isError() ? errors.translate(packet) : translator.translate(packet);
                if (translated == IcmpErrors.REDIRECT) {
                    refusal = DropReason.NAT_REDIRECT;
                    return REFUSED;
                }
                state |= translated;
            }
            DropReason why = related.help(packet, nowMs);
            if (why != null) {
                refusal = why;
                return REFUSED;
            }
        }
        packet.ctBits = state;
        return state;
    }

    /** Sets the connection's mark and label as the action says; whether that changed anything. */
    private boolean remember(SlowPacket packet, Action.Ct ct) {
        if (ct.exec().isEmpty()) {
            return false;
        }
        long[] key = packet.key;
        int connection = packet.connection;
        int markMask = (int) ct.maskLow(Field.CT_MARK);
        boolean changed =
                markMask != 0
                        && tracker.setMark(connection, (int) ct.low(Field.CT_MARK, key), markMask);
        long maskHigh = ct.maskHigh(Field.CT_LABEL);
        long maskLow = ct.maskLow(Field.CT_LABEL);
        if ((maskHigh | maskLow) != 0) {
            long high = ct.high(Field.CT_LABEL, key);
            long low = ct.low(Field.CT_LABEL, key);
            changed |= tracker.setLabel(connection, high, low, maskHigh, maskLow);
        }
        return changed;
    }

    /** The state that an earlier ct() of these zones found, connection or not; 0 without one. */
    private int attached(SlowPacket packet, int zone, int replyZone) {
        if (packet.connectionZone == zone && packet.replyZone == replyZone) {
            return packet.ctBits;
        }
        int connection = packet.connection;
        if (connection == ConnTable.NONE) {
            return 0;
        }
        int wanted = ConnTable.isReply(connection) ? replyZone : zone;
        if (tracker.zone(connection) != wanted) {
            return 0;
        }
        // Found where only the packet's own direction was asked for, or both were.
        packet.connectionZone = zone;
        packet.replyZone = replyZone;
        return packet.ctBits;
    }

    /** Finds the packet's connection and attaches it; returns its ct_state. */
    int track(SlowPacket packet, int zone, int replyZone, int nowMs) {
        packet.connection = ConnTable.NONE;
        packet.connectionZone = zone;
        packet.replyZone = replyZone;
        packet.translated = false;
        packet.expectation = Expectations.NONE;
        packet.helped = false;
        if (!packet.isTrackable() || isCorrupt(packet, nowMs)) {
            trace.notCacheable();
            return packet.isError() ? trackError(packet, zone, replyZone, nowMs) : INVALID;
        }
        int state =
                tracker.track(
                        packet.addresses(),
                        packet.portsAndZone(zone),
                        replyZone,
                        packet.key,
                        FlowKey.WIDE,
                        packet.segment(),
                        packet.ipBytes,
                        nowMs);
        packet.connection = tracker.reference();
        translator.noteMaking(packet.connection == ConnTable.NONE);
        boolean reply = (state & CtState.REPLY) != 0;
        int itsZone = reply ? replyZone : zone;
        countPacket(itsZone, packet.ipBytes);
        trace.trackedIn(itsZone);
        if (packet.connection == ConnTable.NONE) {
            // The way rests on there being no connection, which no version tells.
            trace.notCacheable();
            if ((state & CtState.NEW) != 0) {
                state |= related.find(packet, zone, replyZone, nowMs);
            }
        } else {
            trace.touches(packet.connection, tracker.version());
            if (!tracker.isCertain()) {
                trace.notCacheable();
            }
        }
        return state;
    }

    /**
     * Whether the packet has wrong checksums and is one of those that are verified. That must not
     * depend on the flow cache: packets that might take a cached way are let through.
     */
    private boolean isCorrupt(SlowPacket packet, int nowMs) {
        return verify != Checksums.Verify.NONE
                && !Checksums.areRight(packet)
                && (verify == Checksums.Verify.ALL
                        || !packet.isOnlyData()
                        || !tracker.isRoutine(
                                packet.addresses(),
                                packet.portsAndZone(packet.connectionZone),
                                packet.replyZone,
                                packet.key,
                                FlowKey.WIDE,
                                nowMs));
    }

    private int trackError(SlowPacket packet, int zone, int replyZone, int nowMs) {
        boolean corrupt = verify != Checksums.Verify.NONE && !Checksums.areRight(packet);
        if (!corrupt) {
            packet.connection = errors.connectionOf(packet, zone, replyZone, nowMs);
        }
        int state =
                packet.connection == ConnTable.NONE ? INVALID : IcmpErrors.state(packet.connection);
        countPacket((state & CtState.REPLY) != 0 ? replyZone : zone, packet.ipBytes);
        return state;
    }

    /** Ends the packet's connection; returns the state of a packet that comes after its end. */
    private int end(SlowPacket packet) {
        tracker.end(packet.connection);
        packet.connection = ConnTable.NONE;
        // By the one that has ended, which is not the one that may begin.
        packet.translated = false;
        trace.notCacheable();
        return tracker.stateOfFirst(packet.portsAndZone(packet.connectionZone), packet.segment());
    }

    void countPacket(int zone, int bytes) {
        if (zone != countedZone) {
            fold();
            countedZone = zone;
        }
        countedPackets++;
        countedBytes += bytes;
    }

    Translator translator() {
        return translator;
    }

    /** The zone that a packet was tracked in last. */
    int lastZone() {
        return countedZone;
    }

    /** Adds what was counted to the zones' counters. */
    void fold() {
        if (countedPackets != 0) {
            zones.countPackets(countedZone, countedPackets, countedBytes);
            countedPackets = 0;
            countedBytes = 0;
        }
    }

    void countRefused(int zone, Zones.Refusal why) {
        zones.countRefused(zone, why);
    }

    /** Makes the packet's connection; returns its reference, CLASH_ORIGINAL or REFUSED. */
    private int make(SlowPacket packet, Action.Ct ct, int nowMs) {
        int zone = packet.connectionZone;
        fresh.addresses = packet.addresses();
        fresh.portsAndZone = packet.portsAndZone(zone);
        // From the start, so that whoever hears of its beginning hears of them.
        fresh.mark = (int) ct.low(Field.CT_MARK, packet.key);
        fresh.labelHigh = ct.high(Field.CT_LABEL, packet.key);
        fresh.labelLow = ct.low(Field.CT_LABEL, packet.key);
        fresh.logged = ct.log();
        fresh.bucket = packet.bucket;
        if (!related.begin(packet, ct, fresh)) {
            // Mostly another packet of the same connection was sooner.
            return ConnTable.CLASH_ORIGINAL;
        }
        int made =
                fresh.master.isThere()
                        ? translator.makeExpected(packet, fresh, ct.nat(), related, nowMs)
                        : translator.make(packet, fresh, ct.range(), nowMs);
        related.end(packet, fresh, made >= 0);
        if (made >= 0) {
            packet.connection = made;
            if (packet.bucket != 0 && !trace.isDry()) {
                buckets.begin(packet.bucket);
            }
            // Of several that are made in a bucket, the first is its connection.
            packet.bucket = 0;
            return made;
        }
        if (made == ConnTable.CLASH_ORIGINAL) {
            return made;
        }
        return refuse(zone, made);
    }

    private int refuse(int zone, int failure) {
        countRefused(zone, Zones.Refusal.of(failure));
        refusal = reason(failure);
        return REFUSED;
    }

    private static DropReason reason(int failure) {
        return switch (failure) {
            case ConnTable.CLASH_ORIGINAL, ConnTable.CLASH_REPLY -> DropReason.NAT_CLASH;
            case ConnTable.TABLE_FULL -> DropReason.CT_TABLE_FULL;
            case ConnTable.BUCKET_FULL -> DropReason.CT_BUCKET_FULL;
            case ConnTable.ZONE_LIMIT -> DropReason.CT_ZONE_LIMIT;
            case Translator.BLOCK_LIMIT -> DropReason.NAT_BLOCK_LIMIT;
            default -> DropReason.NAT_EXHAUSTED;
        };
    }

    /** Detaches the packet from what the last {@code ct()} found. */
    static void forget(SlowPacket packet) {
        packet.connection = ConnTable.NONE;
        packet.connectionZone = -1;
        packet.replyZone = -1;
        packet.ctBits = 0;
        packet.translated = false;
        packet.expectation = Expectations.NONE;
    }

    /**
     * The zone that the packet's connection, or the one that it may begin, is of: its original
     * direction's, for replies too.
     */
    int zone(SlowPacket packet) {
        return packet.connection == ConnTable.NONE
                ? packet.connectionZone
                : tracker.zone(packet.connection & ~1);
    }

    /** Sets the ct fields of the packet to what its last {@code ct()} found. */
    void writeFields(SlowPacket packet, int state) {
        FlowKey.setConnection(packet.key, state, zone(packet), mark(packet));
        if (packet.connection != ConnTable.NONE) {
            tracker.readLabel(packet.connection, packet.key, FlowKey.LABEL);
        } else {
            related.writeMetadata(packet);
        }
        writeTuple(packet, state);
    }

    /** Sets the ct fields of the packet to 0. */
    static void clearFields(SlowPacket packet) {
        FlowKey.clearConnection(packet.key);
    }

    /** Notes the tuple of the connection, or of the packet that may begin one, in its key. */
    private void writeTuple(SlowPacket packet, int state) {
        if ((state & CtState.INVALID) != 0) {
            FlowKey.clearConnectionTuple(packet.key);
        } else if (related.writeTuple(packet)) {
            return;
        } else if (packet.connection == ConnTable.NONE) {
            long addresses = packet.isIpv6() ? 0 : packet.addresses();
            ConnectionTuple.write(packet.key, addresses, packet.ports(), packet.protocol);
            if (packet.isIpv6()) {
                System.arraycopy(
                        packet.key, FlowKey.WIDE, packet.key, FlowKey.CT_WIDE, FlowKey.WIDE_WORDS);
            }
        } else {
            int connection = packet.connection;
            long ports = tracker.originalPorts(connection);
            long addresses = packet.isIpv6() ? 0 : tracker.originalAddresses(connection);
            ConnectionTuple.write(
                    packet.key, addresses, TupleKey.ports(ports), TupleKey.protocol(ports));
            if (packet.isIpv6()) {
                tracker.readOriginalWide(connection, packet.key, FlowKey.CT_WIDE);
            }
        }
    }

    /** ct_mark of the attached connection; 0 without one. */
    int mark(SlowPacket packet) {
        return packet.connection == ConnTable.NONE ? 0 : tracker.mark(packet.connection);
    }

    /** The number of the bucket that the attached connection was made in; 0: none. */
    int bucket(SlowPacket packet) {
        return tracker.bucket(packet.connection);
    }

    boolean isSteady(int connection) {
        return tracker.isSteady(connection);
    }
}
