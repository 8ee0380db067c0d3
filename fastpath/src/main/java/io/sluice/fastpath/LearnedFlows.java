package io.sluice.fastpath;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** Makes flows of what {@code learn} saw. */
public final class LearnedFlows {
    private LearnedFlows() {}

    /**
     * What a {@code learn} says, and the flow that it makes of one packet.
     *
     * @param teacher whose action it was; empty: of a packet sent by hand
     */
    public record Lesson(LearnedFlow teaching, Optional<Flow> teacher, Flow flow) {
        /** The lesson of a packet with this key. */
        public static Lesson of(LearnedFlow teaching, Optional<Flow> teacher, long[] key) {
            return new Lesson(teaching, teacher, LearnedFlows.flow(teaching, key));
        }
    }

    /** The flow that the packet teaches. */
    public static Flow flow(LearnedFlow learned, long[] key) {
        Match.Builder match = Match.builder();
        List<Action> actions = new ArrayList<>();
        if (learned.finIdleTimeoutSeconds() != 0 || learned.finHardTimeoutSeconds() != 0) {
            actions.add(
                    new Action.FinTimeout(
                            learned.finIdleTimeoutSeconds(), learned.finHardTimeoutSeconds()));
        }
        for (LearnedFlow.Part part : learned.parts()) {
            switch (part) {
                case LearnedFlow.Part.MatchField field ->
                        add(match, field.to(), field.from().getHigh(key), field.from().get(key));
                case LearnedFlow.Part.MatchValue value ->
                        add(match, value.to(), value.high(), value.low());
                case LearnedFlow.Part.LoadField load ->
                        actions.add(set(load.to(), load.from().getHigh(key), load.from().get(key)));
                case LearnedFlow.Part.LoadValue load ->
                        actions.add(set(load.to(), load.high(), load.low()));
                case LearnedFlow.Part.Output output ->
                        actions.add(
                                new Action.Output(Action.Output.portOf(output.from().get(key))));
            }
        }
        return new Flow(
                learned.table(),
                learned.priority(),
                learned.cookie(),
                match.build(),
                actions,
                FlowOptions.timeouts(learned.idleTimeoutSeconds(), learned.hardTimeoutSeconds()));
    }

    private static void add(Match.Builder match, SubField to, long high, long low) {
        match.and(
                to.field(),
                to.shiftedHigh(high, low),
                to.shiftedLow(low),
                to.maskHigh(),
                to.maskLow());
    }

    private static Action set(SubField to, long high, long low) {
        return new Action.Set(
                to.field(),
                to.shiftedHigh(high, low) & to.maskHigh(),
                to.shiftedLow(low) & to.maskLow(),
                to.maskHigh(),
                to.maskLow());
    }
}
