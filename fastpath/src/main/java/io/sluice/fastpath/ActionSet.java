package io.sluice.fastpath;

import java.util.Arrays;

/**
 * The actions that {@code write_actions} has gathered for a packet, in the order in which they are
 * done when the tables are passed (ovs-actions(7), "Action Sets"). Used by one thread; reused.
 */
final class ActionSet {
    private static final int NOWHERE = -1;
    private static final int NO_ROOM = -2;
    private static final int POP = 0;
    private static final int PUSH = 1;
    private static final int TTL = 2;
    private static final int FIRST_SET = 3;
    private static final int MAX_SETS = 64;
    private static final int GROUP = FIRST_SET + MAX_SETS;
    private static final int OUTPUT = GROUP + 1;
    private static final int RESUBMIT = OUTPUT + 1;
    private static final int CT = RESUBMIT + 1;
    private static final int SIZE = CT + 1;

    private final Step[] steps = new Step[SIZE];
    private int sets;
    private boolean used;

    boolean isEmpty() {
        return !used;
    }

    void clear() {
        if (used) {
            Arrays.fill(steps, null);
            sets = 0;
            used = false;
        }
    }

    /**
     * Adds the steps; of each kind, and of each field that is set, the last one stays.
     *
     * @return false when there is no room for one more field
     */
    boolean write(Step[] written) {
        for (Step step : written) {
            if (!write(step)) {
                return false;
            }
        }
        return true;
    }

    private boolean write(Step step) {
        int slot =
                switch (step.code()) {
                    case POP_VLAN -> POP;
                    case PUSH_VLAN -> PUSH;
                    case DEC_TTL -> TTL;
                    case GROUP -> GROUP;
                    case RESUBMIT, GOTO_TABLE -> RESUBMIT;
                    case CT -> CT;
                    case SET, MOVE, SET_VLAN_VID, SET_VLAN_PCP -> setSlot();
                    case NOTHING -> NOWHERE;
                    default -> OUTPUT;
                };
        if (slot == NO_ROOM) {
            return false;
        }
        if (slot >= 0) {
            steps[slot] = step;
            used = true;
        }
        return true;
    }

    /** Sets are done one after the other, so that the last one of a field decides. */
    private int setSlot() {
        return sets == MAX_SETS ? NO_ROOM : FIRST_SET + sets++;
    }

    /** How many places there are to ask {@link #step} for. */
    int size() {
        return SIZE;
    }

    /** The step at this place; null when there is none, or when another makes it void. */
    Step step(int place) {
        // A group takes the place of an output, an output that of a resubmit.
        boolean isVoid =
                (place == OUTPUT && steps[GROUP] != null)
                        || (place == RESUBMIT && (steps[GROUP] != null || steps[OUTPUT] != null));
        return isVoid ? null : steps[place];
    }
}
