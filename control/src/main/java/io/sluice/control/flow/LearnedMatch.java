package io.sluice.control.flow;

import io.sluice.fastpath.LearnedFlow.Part;
import io.sluice.fastpath.Match;
import io.sluice.fastpath.SubField;

/** What is known of the packets that a learned flow will match, as its parts are read. */
final class LearnedMatch {
    private final Match.Builder match = Match.builder();

    void add(Part part) {
        if (part instanceof Part.MatchValue value) {
            SubField to = value.to();
            match.and(
                    to.field(),
                    to.shiftedHigh(value.high(), value.low()),
                    to.shiftedLow(value.low()),
                    to.maskHigh(),
                    to.maskLow());
        }
    }

    Match soFar() {
        return match.build();
    }
}
