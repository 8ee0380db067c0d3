package io.sluice.fastpath;

import io.sluice.conntrack.ConnTable;
import io.sluice.conntrack.CtState;
import io.sluice.conntrack.Expectations;
import io.sluice.conntrack.Helper;
import io.sluice.conntrack.Master;
import io.sluice.conntrack.NewConnection;
import io.sluice.conntrack.RelatedConnections;
import io.sluice.conntrack.Tracker;
import io.sluice.packet.TupleKey;

/**
 * The part of {@code ct()} that is about connections which others make expected: helpers look into
 * packets, new connections that were expected are related and take over what their master has. Used
 * by the worker's thread.
 */
final class RelatedSteps {
    private final Tracker tracker;
    private final RelatedConnections related;
    private final boolean dry;
    private final Master master = new Master();
    private final Payload payload = new Payload();
    private final PayloadHelper[] helpers = new PayloadHelper[Helper.values().length];
    private final long[] label = new long[2];

    RelatedSteps(Tracker tracker, boolean dry) {
        this.tracker = tracker;
        this.dry = dry;
        related = tracker.related();
        helpers[Helper.TFTP.ordinal()] = new TftpHelper(tracker);
        helpers[Helper.FTP.ordinal()] = new FtpHelper(tracker);
    }

    /**
     * Looks whether a packet that may begin a connection was expected.
     *
     * @return bits of {@link CtState} to add
     */
    int find(SlowPacket packet, int zone, int replyZone, int nowMs) {
        if (!related.isAnyExpected()) {
            return 0;
        }
        packet.expectation =
                related.find(
                        packet.addresses(),
                        packet.portsAndZone(zone),
                        replyZone,
                        packet.key,
                        FlowKey.WIDE,
                        nowMs);
        return packet.expectation == Expectations.NONE ? 0 : CtState.RELATED;
    }

    /**
     * Says what a new connection has of this: its helper, its master, and the master's mark and
     * label where the action sets no bits of its own, as in Open vSwitch.
     *
     * @return false when what the packet was expected as is over by now
     */
    boolean begin(SlowPacket packet, Action.Ct ct, NewConnection fresh) {
        fresh.master.clear();
        if (packet.expectation == Expectations.NONE) {
            // A child has none: its master knows what is to be expected.
            boolean fits = ct.helper() != Helper.NONE && ct.helper().protocol() == packet.protocol;
            fresh.helper = fits ? ct.helper() : Helper.NONE;
            fresh.untied = ct.untied();
            return true;
        }
        fresh.helper = Helper.NONE;
        fresh.untied = false;
        if (!related.take(packet.expectation, fresh)) {
            return false;
        }
        int reference = fresh.master.reference();
        fresh.mark |= tracker.mark(reference) & ~(int) ct.maskLow(Field.CT_MARK);
        tracker.readLabel(reference, label, 0);
        fresh.labelHigh |= label[0] & ~ct.maskHigh(Field.CT_LABEL);
        fresh.labelLow |= label[1] & ~ct.maskLow(Field.CT_LABEL);
        return true;
    }

    /** The master in the direction of the packet's expected connection, after {@link #begin}. */
    int master(SlowPacket packet) {
        return related.master(packet.expectation);
    }

    int translatedPort(SlowPacket packet) {
        return related.translatedPort(packet.expectation);
    }

    /** The connection was made, or could not be. */
    void end(SlowPacket packet, NewConnection fresh, boolean made) {
        if (!fresh.master.isThere()) {
            return;
        }
        if (made) {
            related.fulfil(packet.expectation, fresh);
        } else {
            related.giveBack(packet.expectation);
        }
        packet.expectation = Expectations.NONE;
    }

    /**
     * Lets the helper of the packet's connection look into it.
     *
     * @return why the packet is to be dropped; null: it is not
     */
    DropReason help(SlowPacket packet, int nowMs) {
        PayloadHelper helper = helpers[related.helper(packet.connection).ordinal()];
        if (helper == null || packet.helped || dry || packet.isError()) {
            return null;
        }
        if (!packet.translated && related.isTranslated(packet.connection)) {
            // With a ct() that translates it: payload and headers change together.
            return null;
        }
        packet.helped = true;
        payload.find(packet);
        return helper.help(packet, payload, nowMs);
    }

    /**
     * Sets ct_mark and ct_label of a packet of no connection to those of the one that made it
     * expected.
     *
     * @return false when it was not expected
     */
    boolean writeMetadata(SlowPacket packet) {
        if (packet.expectation == Expectations.NONE) {
            return false;
        }
        int reference = related.master(packet.expectation);
        if (reference == ConnTable.NONE) {
            return false;
        }
        Field.CT_MARK.set(packet.key, Integer.toUnsignedLong(tracker.mark(reference)));
        tracker.readLabel(reference, packet.key, FlowKey.LABEL);
        return true;
    }

    /**
     * Writes the tuple of the master into the packet's key, as Open vSwitch does for related
     * connections.
     *
     * @return false when there is no master
     */
    boolean writeTuple(SlowPacket packet) {
        if (packet.connection == ConnTable.NONE) {
            if (packet.expectation == Expectations.NONE
                    || !related.readMaster(packet.expectation, master)) {
                return false;
            }
        } else if (related.isRelated(packet.connection)) {
            related.readMaster(packet.connection, master);
        } else {
            return false;
        }
        long ports = master.portsAndZone();
        boolean ipv6 = TupleKey.isIpv6(ports);
        ConnectionTuple.write(
                packet.key,
                ipv6 ? 0 : master.addresses(),
                TupleKey.ports(ports),
                TupleKey.protocol(ports));
        if (ipv6) {
            master.readWide(packet.key, FlowKey.CT_WIDE);
        }
        return true;
    }
}
