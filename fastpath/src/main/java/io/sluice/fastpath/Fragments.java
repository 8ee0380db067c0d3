package io.sluice.fastpath;

import io.sluice.conntrack.ConnTable;
import io.sluice.conntrack.Fragment;
import io.sluice.conntrack.FragmentList;
import io.sluice.conntrack.FragmentOutcome;
import io.sluice.conntrack.FragmentTable;
import io.sluice.dpdk.Mbuf;
import io.sluice.packet.Ipv6;
import io.sluice.packet.Memory;

/**
 * Has fragments that flows send to {@code ct()} wait, as they came, until their datagram is whole.
 * Then all of them go through the tables, in the order of their bytes, as if they had come together
 * ({@link Datagram}). Used by the worker's thread; the fragments that wait are all workers'.
 */
final class Fragments {
    private final FragmentTable table;
    private final FragmentProbe probe;
    private final SlowPath path;
    private final Outputs outputs;
    private final boolean verifies;
    private final Fragment fragment = new Fragment();
    private final FragmentList whole = new FragmentList();
    private final FragmentList lost = new FragmentList();
    private final Datagram datagram = new Datagram(whole);
    private final SlowPacket part = new SlowPacket();

    Fragments(
            DatapathSettings settings,
            ConnTable connections,
            FragmentProbe probe,
            SlowPath path,
            Outputs outputs) {
        table = connections.fragments();
        verifies = settings.verify() != Checksums.Verify.NONE;
        this.probe = probe;
        this.path = path;
        this.outputs = outputs;
    }

    void adopt(Snapshot snapshot) {
        probe.adopt(snapshot);
    }

    /**
     * Takes a parsed fragment over, and sends what it completes.
     *
     * @return false when it is to go through the tables by itself
     */
    boolean take(SlowPacket packet, int nowMs) {
        if (!table.settings().isEnabled(packet.isIpv6())
                || (verifies && !Checksums.isHeaderRight(packet))) {
            return false;
        }
        long zones = probe.zones(packet, nowMs);
        if (zones == FragmentProbe.NOWHERE) {
            return false;
        }
        if (zones == FragmentProbe.NO_BUFFER) {
            outputs.drop(DropReason.NO_MBUF.ordinal(), packet.mbuf);
            return true;
        }
        read(packet, (int) zones);
        FragmentOutcome outcome = table.add(fragment, nowMs, whole, lost);
        dropLost();
        if (outcome == FragmentOutcome.COMPLETE) {
            leave(nowMs);
        } else if (outcome != FragmentOutcome.HELD) {
            outputs.drop(reason(outcome).ordinal(), packet.mbuf);
        }
        return true;
    }

    private void read(SlowPacket packet, int zones) {
        Headers headers = packet.headers;
        fragment.ipv6 = packet.isIpv6();
        fragment.zones = zones;
        if (fragment.ipv6) {
            System.arraycopy(packet.key, FlowKey.WIDE, fragment.addresses, 0, FlowKey.WIDE_WORDS);
            fragment.protocol = 0;
        } else {
            fragment.addresses[0] = packet.addresses();
            fragment.addresses[1] = 0;
            fragment.addresses[2] = 0;
            fragment.addresses[3] = 0;
            fragment.protocol = packet.protocol;
        }
        fragment.identification = headers.identification;
        fragment.startByte = headers.fragmentOffset;
        fragment.endByte = headers.fragmentOffset + headers.fragmentBytes;
        fragment.more = headers.moreFragments;
        fragment.packetBytes = packet.ipBytes;
        // A payload's length has no IPv6 header in it, nor has the whole's a fragment header.
        int before = packet.ipBytes - headers.fragmentBytes;
        fragment.headerBytes =
                fragment.ipv6 ? before - Ipv6.HEADER_LENGTH - Ipv6.EXTENSION_UNIT : before;
        fragment.mbuf = packet.mbuf;
        fragment.port = packet.inPort;
        fragment.dataOffset = (int) (headers.fragmentAt - packet.frame);
        fragment.buffers = Memory.getShort(packet.mbuf + Mbuf.NB_SEGS);
    }

    private void dropLost() {
        for (int i = 0; i < lost.count(); i++) {
            outputs.drop(reason(lost.why(i)).ordinal(), lost.mbuf(i));
        }
    }

    private static DropReason reason(FragmentOutcome outcome) {
        return switch (outcome) {
            case DUPLICATE -> DropReason.FRAGMENT_DUPLICATE;
            case OVERLAP -> DropReason.FRAGMENT_OVERLAP;
            case MALFORMED -> DropReason.FRAGMENT_MALFORMED;
            case TOO_SMALL -> DropReason.FRAGMENT_TOO_SMALL;
            case EXPIRED -> DropReason.FRAGMENT_TIMEOUT;
            case PURGED, HELD, COMPLETE -> DropReason.FRAGMENT_FULL;
        };
    }

    /** Takes all fragments of the datagram through the tables. */
    private void leave(int nowMs) {
        int malformed = part.parse(whole.mbuf(0), whole.port(0), whole.bytes());
        if (malformed != SlowPacket.NOT_MALFORMED) {
            // Together they say something else than the first one by itself.
            for (int i = 0; i < whole.count(); i++) {
                outputs.drop(malformed, whole.mbuf(i));
            }
            return;
        }
        datagram.begin();
        part.datagram = datagram;
        path.process(part, nowMs);
        datagram.endFirst();
        for (int i = 1; i < whole.count(); i++) {
            // What was well-formed when it came still is.
            part.parse(whole.mbuf(i), whole.port(i));
            part.datagram = datagram;
            path.process(part, nowMs);
        }
    }

    /** Drops those whose time is over; about every millisecond. */
    void expire(int nowMs) {
        table.expire(nowMs, lost);
        if (lost.count() != 0) {
            dropLost();
            outputs.flush();
        }
    }

    /** Drops all that wait: the worker ends. */
    void giveUp() {
        boolean more = true;
        while (more) {
            more = table.giveUp(lost);
            dropLost();
        }
        outputs.flush();
    }
}
