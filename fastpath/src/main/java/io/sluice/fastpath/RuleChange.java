package io.sluice.fastpath;

import java.util.List;

/**
 * The difference between two states of the flow tables. Lists are not copied: who hands them over
 * leaves them alone.
 *
 * @param removed flows that are published, the very objects
 * @param groups all groups after the change; the same list as before when none has changed
 */
public record RuleChange(List<Flow> removed, List<Flow> added, List<Group> groups) {}
