package io.sluice.fastpath;

import java.util.List;

/**
 * The difference between two states of the flow tables, and all groups and meters after it. Lists
 * are not copied: who hands them over leaves them alone.
 *
 * @param removed flows that are published, the very objects
 */
public record RuleChange(
        List<Flow> removed, List<Flow> added, List<Group> groups, List<Meter> meters) {}
