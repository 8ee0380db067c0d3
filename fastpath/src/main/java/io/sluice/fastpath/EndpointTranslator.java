package io.sluice.fastpath;

import io.sluice.conntrack.ConnTable;
import io.sluice.conntrack.NewConnection;
import io.sluice.conntrack.Tracker;
import io.sluice.natlb.EndpointMapping;
import io.sluice.natlb.EndpointMappings;
import io.sluice.natlb.NatRange;
import io.sluice.natlb.NatSearch;
import io.sluice.packet.Ipv4;
import io.sluice.packet.TupleHash;
import io.sluice.packet.TupleKey;

/**
 * Endpoint-independent mapping and filtering (RFC 4787) as {@code ct()} does them: connections of
 * one inside address and port, and packets that come in without one. Used by the worker's thread.
 */
final class EndpointTranslator {
    private static final int SOURCE = 0;
    private static final int DESTINATION = 1;
    // Where addresses lie among those of a packet of IPv6.
    private static final int SRC = FlowKey.WIDE;
    private static final int DST = FlowKey.WIDE + 2;

    private final Translator translator;
    private final Tracker tracker;
    private final EndpointMappings mappings;
    private final NatSearch search;
    private final boolean dry;
    private final BlockTranslator.Maker withNewMapping = this::makeWithNewMapping;
    private final EndpointMapping mapping = new EndpointMapping();
    private final long[] wide = new long[FlowKey.WIDE_WORDS];

    /**
     * @param translator of the same search
     * @param dry finds what another would, and changes nothing
     */
    EndpointTranslator(
            Translator translator,
            Tracker tracker,
            EndpointMappings mappings,
            NatSearch search,
            boolean dry) {
        this.translator = translator;
        this.tracker = tracker;
        this.mappings = mappings;
        this.search = search;
        this.dry = dry;
    }

    /** Which protocols have mappings: those of which RFC 4787 and RFC 5382 speak. */
    static boolean isMapped(SlowPacket packet) {
        return packet.headers.hasPorts()
                && (packet.protocol == Ipv4.PROTO_UDP || packet.protocol == Ipv4.PROTO_TCP);
    }

    private void begin(SlowPacket packet) {
        mapping.ipv6 = packet.isIpv6();
        mapping.zone = packet.connectionZone;
        mapping.protocol = packet.protocol;
        mapping.block = 0;
    }

    private void setInside(long high, long low, int port) {
        mapping.insideHigh = high;
        mapping.insideLow = low;
        mapping.insidePort = port;
    }

    private void setOutside(long high, long low, int port) {
        mapping.outsideHigh = high;
        mapping.outsideLow = low;
        mapping.outsidePort = port;
    }

    static long srcHigh(SlowPacket packet) {
        return packet.isIpv6() ? packet.key[SRC] : 0;
    }

    static long srcLow(SlowPacket packet) {
        return packet.isIpv6()
                ? packet.key[SRC + 1]
                : TupleKey.source(packet.addresses()) & 0xFFFFFFFFL;
    }

    private static long dstHigh(SlowPacket packet) {
        return packet.isIpv6() ? packet.key[DST] : 0;
    }

    private static long dstLow(SlowPacket packet) {
        return packet.isIpv6()
                ? packet.key[DST + 1]
                : TupleKey.destination(packet.addresses()) & 0xFFFFFFFFL;
    }

    /**
     * Translates a packet without a connection whose destination is the outside of a mapping that
     * lets it in; once in each zone.
     *
     * @return whether it did
     */
    boolean translateInbound(SlowPacket packet, int nowMs) {
        if (!mappings.areUsed() || packet.translated || !isMapped(packet)) {
            return false;
        }
        begin(packet);
        setOutside(dstHigh(packet), dstLow(packet), TupleKey.destinationPort(packet.ports()));
        long peerHigh = srcHigh(packet);
        long peerLow = srcLow(packet);
        boolean found =
                dry
                        ? mappings.view().findInbound(mapping, peerHigh, peerLow, nowMs)
                        : mappings.findInbound(mapping, peerHigh, peerLow, nowMs);
        if (!found) {
            return false;
        }
        setDestination(packet, mapping.insideHigh, mapping.insideLow, mapping.insidePort);
        packet.translated = true;
        return true;
    }

    private void setDestination(SlowPacket packet, long high, long low, int port) {
        if (packet.isIpv6()) {
            System.arraycopy(packet.key, FlowKey.WIDE, wide, 0, FlowKey.WIDE_WORDS);
            wide[2] = high;
            wide[3] = low;
            packet.setWide(wide);
        } else {
            int source = TupleKey.source(packet.addresses());
            packet.setAddresses(TupleKey.addresses(source, (int) low));
        }
        packet.setPorts(TupleKey.ports(TupleKey.sourcePort(packet.ports()), port));
    }

    /**
     * Gives the connection of a packet that {@link #translateInbound} has translated the original
     * destination that the packet had, and has it hold the mapping.
     *
     * @return false when the mapping is gone meanwhile, or the packet has been changed
     */
    boolean beginInbound(SlowPacket packet, NewConnection fresh, int nowMs) {
        begin(packet);
        setInside(dstHigh(packet), dstLow(packet), TupleKey.destinationPort(packet.ports()));
        if (!holdIfThere(fresh, DESTINATION, nowMs)) {
            return false;
        }
        int ports = TupleKey.ports(TupleKey.sourcePort(packet.ports()), mapping.outsidePort);
        fresh.portsAndZone = TupleKey.withPorts(fresh.portsAndZone, ports);
        if (packet.isIpv6()) {
            fresh.wide[2] = mapping.outsideHigh;
            fresh.wide[3] = mapping.outsideLow;
            fresh.addresses = TupleHash.wide(fresh.wide, 0);
        } else {
            fresh.addresses =
                    TupleKey.addresses(
                            TupleKey.source(packet.addresses()), (int) mapping.outsideLow);
        }
        return true;
    }

    /** Whether there is a mapping of this inside; the connection holds it then. */
    private boolean holdIfThere(NewConnection fresh, int which, int nowMs) {
        if (dry) {
            return mappings.view().find(mapping, nowMs);
        }
        fresh.hold[which] = mappings.acquire(mapping, nowMs);
        return fresh.hold[which] != 0;
    }

    /** Gives the packet the destination back that it had before {@link #translateInbound}. */
    static void undoInbound(SlowPacket packet, NewConnection fresh) {
        if (packet.isIpv6()) {
            packet.setWide(fresh.wide);
        } else {
            packet.setAddresses(fresh.addresses);
        }
        packet.setPorts(TupleKey.ports(fresh.portsAndZone));
    }

    /** Lets go of what a connection was to hold that was not made. */
    void letGo(NewConnection fresh, int nowMs) {
        for (int which = 0; which < fresh.hold.length; which++) {
            if (fresh.hold[which] != 0) {
                mappings.release(fresh.hold[which], nowMs);
                fresh.hold[which] = 0;
            }
        }
    }

    /**
     * Makes a connection by the mapping of its source, which it makes if there is none. The search
     * has begun.
     *
     * @param blocks for ranges that have some
     */
    int make(
            BlockTranslator blocks,
            NatRange range,
            SlowPacket packet,
            NewConnection fresh,
            int nowMs) {
        begin(packet);
        setInside(srcHigh(packet), srcLow(packet), TupleKey.sourcePort(packet.ports()));
        mapping.filtering = range.filtering();
        if (holdIfThere(fresh, SOURCE, nowMs)) {
            return makeHolding(packet, fresh, nowMs);
        }
        if (!dry) {
            mappings.sweep(false, nowMs);
        }
        return range.hasBlocks()
                ? blocks.makeMapped(withNewMapping, range, mapping, packet, fresh, nowMs)
                : makeWithNewMapping(range, packet, fresh, nowMs);
    }

    private int makeWithNewMapping(
            NatRange range, SlowPacket packet, NewConnection fresh, int nowMs) {
        int zoneEpoch = translator.epoch(packet);
        while (search.next()) {
            translator.setReply(range.side(), packet, fresh);
            setOutside(outsideHigh(fresh), outsideLow(), TupleKey.sourcePort(search.ports()));
            // Also connections without a mapping may be in the way, towards this peer.
            boolean clashes = tracker.isTaken(fresh.replyAddresses, fresh.replyPortsAndZone, nowMs);
            int claimed = clashes ? EndpointMappings.TAKEN : claim(nowMs);
            if (claimed == EndpointMappings.FULL) {
                search.giveBack();
                mappings.sweep(true, nowMs);
                return ConnTable.TABLE_FULL;
            }
            if (claimed != EndpointMappings.TAKEN) {
                fresh.hold[SOURCE] = claimed;
                int made = makeHolding(packet, fresh, nowMs);
                if (made < 0 && !dry) {
                    letGo(fresh, nowMs);
                    mappings.removeUnused(claimed, nowMs);
                }
                return made;
            }
            if (clashes) {
                // Nobody would tell of its end: the note is of mappings.
                search.giveBack();
            }
            long replies =
                    EndpointMappings.repliesToAny(
                            mapping.ipv6, mapping.outsideHigh, mapping.outsideLow);
            int ports = TupleKey.ports(0, mapping.outsidePort);
            search.taken(
                    replies, TupleKey.withPorts(fresh.replyPortsAndZone, ports), zoneEpoch, nowMs);
        }
        return Translator.EXHAUSTED;
    }

    private static long outsideHigh(NewConnection fresh) {
        return TupleKey.isIpv6(fresh.portsAndZone) ? fresh.wide[Translator.REPLY_DST] : 0;
    }

    private long outsideLow() {
        return mapping.ipv6 ? search.addressLow() : search.addressLow() & 0xFFFFFFFFL;
    }

    private int claim(int nowMs) {
        if (!dry) {
            return mappings.claim(mapping, nowMs);
        }
        return mappings.view().isTaken(mapping, nowMs) ? EndpointMappings.TAKEN : 0;
    }

    /** Makes the connection by the mapping that it holds. */
    private int makeHolding(SlowPacket packet, NewConnection fresh, int nowMs) {
        int held = fresh.hold[SOURCE];
        Translator.setReplySource(packet, fresh, mapping);
        if (!dry && mapping.filtering == NatRange.Filtering.ADDRESS_DEPENDENT) {
            fresh.hold[SOURCE] = mappings.permit(held, dstHigh(packet), dstLow(packet), nowMs);
        }
        return tracker.commit(fresh, packet.segment(), packet.ipBytes, nowMs);
    }
}
