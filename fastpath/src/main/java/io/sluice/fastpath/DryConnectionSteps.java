package io.sluice.fastpath;

import io.sluice.conntrack.ConnTable;
import io.sluice.conntrack.CtState;
import io.sluice.conntrack.DryTracker;
import io.sluice.conntrack.Expectations;
import io.sluice.conntrack.Zones;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;

/** {@code ct()} that only looks; states may be given by hand. Used by one thread. */
final class DryConnectionSteps extends ConnectionSteps {
    private final Deque<Integer> givenStates = new ArrayDeque<>();
    private boolean given;

    DryConnectionSteps(
            DryTracker tracker,
            Zones zones,
            Translations translations,
            Trace trace,
            Checksums.Verify verify) {
        super(tracker, zones, translations, trace, verify);
    }

    /** The next lookups are to say these states, one after the other; those after them look. */
    void give(List<Integer> states) {
        givenStates.clear();
        givenStates.addAll(states);
        given = false;
    }

    /** Whether the last lookup's answer was given. */
    boolean wasGiven() {
        return given;
    }

    @Override
    int track(SlowPacket packet, int zone, int replyZone, int nowMs) {
        int found = super.track(packet, zone, replyZone, nowMs);
        given = !givenStates.isEmpty();
        if (!given) {
            return found;
        }
        int state = givenStates.removeFirst();
        if ((state & (CtState.NEW | CtState.INVALID)) != 0) {
            packet.connection = ConnTable.NONE;
        }
        if ((state & CtState.RELATED) == 0) {
            packet.expectation = Expectations.NONE;
        }
        return state;
    }

    @Override
    void countPacket(int zone, int bytes) {}

    @Override
    void countRefused(int zone, Zones.Refusal why) {}
}
