package io.sluice.fastpath;

import java.util.List;

/**
 * The difference between two states of the flow tables, and all groups, meters and limits after it.
 * Lists are not copied: who hands them over leaves them alone.
 *
 * @param removed flows that are published, the very objects
 * @param reached limits of {@code learn} that no further flow may be learned under, as far as flows
 *     ask for them with {@code result_dst}
 */
public record RuleChange(
        List<Flow> removed,
        List<Flow> added,
        List<Group> groups,
        List<Meter> meters,
        List<LearnLimit> reached) {}
