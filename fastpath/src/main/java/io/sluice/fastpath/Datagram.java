package io.sluice.fastpath;

import io.sluice.conntrack.ConnTable;
import io.sluice.conntrack.CtState;
import io.sluice.conntrack.FragmentList;

/**
 * A packet whose fragments are all here, while they go through the tables one after the other. The
 * first stands for the whole: what {@code ct()} finds, makes and translates is noted, and which
 * buckets it went through, and the others, which have no ports, get the same from the same {@code
 * ct()} and groups of theirs. Used by the worker's thread; reused.
 */
final class Datagram {
    /** Of the first fragment; the others follow no further. */
    private static final int MAX_VERDICTS = 16;

    private static final int INVALID = CtState.TRACKED | CtState.INVALID;
    private static final int NONE = -1;

    private final FragmentList fragments;

    // What each ct() of the first fragment came to.
    private final int[] zone = new int[MAX_VERDICTS];
    private final int[] replyZone = new int[MAX_VERDICTS];
    private final int[] state = new int[MAX_VERDICTS];
    private final DropReason[] refusal = new DropReason[MAX_VERDICTS];
    private final int[] connection = new int[MAX_VERDICTS];
    private final boolean[] translated = new boolean[MAX_VERDICTS];
    private final boolean[] moved = new boolean[MAX_VERDICTS];
    private final long[] addresses = new long[MAX_VERDICTS];
    private final long[] wide = new long[MAX_VERDICTS * FlowKey.WIDE_WORDS];
    private final long[] wideBefore = new long[FlowKey.WIDE_WORDS];
    // The key with the fields that it wrote, if it did.
    private final long[][] fields = new long[MAX_VERDICTS][Field.WORDS];
    private final boolean[] hasFields = new boolean[MAX_VERDICTS];
    private int count;

    // Which bucket the first fragment went through, of each group that it came to.
    private final LiveGroup[] groups = new LiveGroup[MAX_VERDICTS];
    private final int[] buckets = new int[MAX_VERDICTS];
    private int choices;

    private boolean first;
    // What the last ct() has noted or followed, or NONE.
    private int last;

    Datagram(FragmentList fragments) {
        this.fragments = fragments;
    }

    /** The first fragment is the next packet that {@link #apply} sees. */
    void begin() {
        count = 0;
        choices = 0;
        first = true;
    }

    /** The others are. */
    void endFirst() {
        first = false;
    }

    /** As {@link ConnectionSteps#apply}. */
    int apply(
            ConnectionSteps steps,
            SlowPacket packet,
            Action.Ct ct,
            int wantedZone,
            int wantedReplyZone,
            int nowMs) {
        if (!first) {
            return follow(steps, packet, wantedZone, wantedReplyZone);
        }
        long addressesBefore = packet.isIpv6() ? 0 : packet.addresses();
        System.arraycopy(packet.key, FlowKey.WIDE, wideBefore, 0, FlowKey.WIDE_WORDS);
        int result = steps.apply(packet, ct, wantedZone, wantedReplyZone, nowMs);
        last = NONE;
        if (count < MAX_VERDICTS) {
            int at = count++;
            last = at;
            hasFields[at] = false;
            zone[at] = wantedZone;
            replyZone[at] = wantedReplyZone;
            state[at] = result;
            refusal[at] = steps.refusal();
            connection[at] = packet.connection;
            translated[at] = packet.translated;
            note(at, packet, addressesBefore);
        }
        return result;
    }

    private void note(int at, SlowPacket packet, long addressesBefore) {
        if (packet.isIpv6()) {
            int from = at * FlowKey.WIDE_WORDS;
            System.arraycopy(packet.key, FlowKey.WIDE, wide, from, FlowKey.WIDE_WORDS);
            moved[at] = false;
            for (int word = 0; word < FlowKey.WIDE_WORDS; word++) {
                moved[at] |= wide[from + word] != wideBefore[word];
            }
        } else {
            addresses[at] = packet.addresses();
            moved[at] = addresses[at] != addressesBefore;
        }
    }

    /** Does to another fragment what the first one's ct() of these zones did. */
    private int follow(ConnectionSteps steps, SlowPacket packet, int itsZone, int itsReplyZone) {
        packet.connectionZone = itsZone;
        packet.replyZone = itsReplyZone;
        int at = find(packet.followed, itsZone, itsReplyZone);
        last = at;
        if (at == NONE) {
            packet.connection = ConnTable.NONE;
            packet.translated = false;
            packet.ctBits = INVALID;
            return INVALID;
        }
        boolean again = at < packet.followed;
        packet.followed = Math.max(packet.followed, at + 1);
        packet.connection = connection[at];
        packet.translated = translated[at];
        if (state[at] < 0) {
            return steps.refuseAs(refusal[at]);
        }
        packet.ctBits = state[at];
        if (moved[at] && !again) {
            move(packet, at);
        }
        return state[at];
    }

    /** As {@link ConnectionSteps#writeFields}, after the last {@link #apply}. */
    void writeFields(ConnectionSteps steps, SlowPacket packet, int itsState) {
        if (first || last == NONE || !hasFields[last]) {
            steps.writeFields(packet, itsState);
        } else {
            FlowKey.copyConnection(fields[last], packet.key);
        }
        if (first && last != NONE) {
            System.arraycopy(packet.key, 0, fields[last], 0, Field.WORDS);
            hasFields[last] = true;
        }
    }

    /** As {@link BucketChooser#choose}: turns and the like are the datagram's. */
    int choose(BucketChooser chooser, LiveGroup group, SlowPacket packet, int nowMs) {
        for (int i = 0; i < choices && !first; i++) {
            if (groups[i] == group) {
                return buckets[i];
            }
        }
        int bucket = chooser.choose(group, packet, nowMs);
        if (first && choices < MAX_VERDICTS) {
            groups[choices] = group;
            buckets[choices++] = bucket;
        }
        return bucket;
    }

    private void move(SlowPacket packet, int at) {
        if (packet.isIpv6()) {
            int from = at * FlowKey.WIDE_WORDS;
            System.arraycopy(wide, from, packet.key, FlowKey.WIDE, FlowKey.WIDE_WORDS);
        } else {
            packet.setAddresses(addresses[at]);
        }
    }

    /** The next of the first one's in these zones; else the last one before. */
    private int find(int from, int itsZone, int itsReplyZone) {
        for (int at = from; at < count; at++) {
            if (zone[at] == itsZone && replyZone[at] == itsReplyZone) {
                return at;
            }
        }
        for (int at = Math.min(from, count) - 1; at >= 0; at--) {
            if (zone[at] == itsZone && replyZone[at] == itsReplyZone) {
                return at;
            }
        }
        return NONE;
    }

    /**
     * The sum or remainder ({@link Checksums#over}) of what is transported.
     *
     * @param lengthBytes from the transport header on, which lies in the first fragment
     */
    long over(SlowPacket packet, int lengthBytes, boolean crc) {
        Headers headers = packet.headers;
        int before = (int) (headers.transportAt - headers.fragmentAt);
        int bytes = Math.min(fragments.dataBytes(0) - before, lengthBytes);
        int start = (int) (headers.transportAt - packet.frame);
        long result = crc ? 0xFFFFFFFFL : 0;
        result = Checksums.over(result, packet.mbuf, start, bytes, crc);
        int left = lengthBytes - bytes;
        for (int i = 1; left > 0 && i < fragments.count(); i++) {
            bytes = Math.min(fragments.dataBytes(i), left);
            start = fragments.dataOffset(i);
            result = Checksums.over(result, fragments.mbuf(i), start, bytes, crc);
            left -= bytes;
        }
        return result;
    }
}
