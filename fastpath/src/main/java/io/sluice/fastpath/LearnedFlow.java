package io.sluice.fastpath;

import java.util.List;
import java.util.Optional;

/**
 * The flow that {@code learn} makes from a packet.
 *
 * @param table where it is installed
 * @param idleTimeoutSeconds 0: none
 * @param hardTimeoutSeconds 0: none
 * @param finIdleTimeoutSeconds what the idle timeout becomes at a TCP FIN or RST; 0: nothing
 * @param finHardTimeoutSeconds what the hard timeout becomes then; 0: nothing
 * @param deleteLearned whether deleting the flow with the {@code learn} deletes what it has learned
 * @param limit how many flows may be learned; 0: any number
 * @param result a bit of the packet that becomes 1 when the flow is there or may be learned, or 0
 */
public record LearnedFlow(
        int table,
        int priority,
        long cookie,
        int idleTimeoutSeconds,
        int hardTimeoutSeconds,
        int finIdleTimeoutSeconds,
        int finHardTimeoutSeconds,
        boolean deleteLearned,
        int limit,
        Optional<SubField> result,
        List<Part> parts) {
    public LearnedFlow {
        parts = List.copyOf(parts);
    }

    /** One match field or action of the learned flow. */
    public sealed interface Part {
        /** Matches bits with the value that the packet has in the source. */
        record MatchField(SubField to, SubField from) implements Part {}

        /** Matches bits with a value. */
        record MatchValue(SubField to, long high, long low) implements Part {}

        /** Sets bits to what the packet has in the source. */
        record LoadField(SubField to, SubField from) implements Part {}

        /** Sets bits to a value. */
        record LoadValue(SubField to, long high, long low) implements Part {}

        /** Sends to the port whose number the packet has in the source. */
        record Output(SubField from) implements Part {}
    }
}
