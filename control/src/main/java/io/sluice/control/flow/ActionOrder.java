package io.sluice.control.flow;

import io.sluice.control.flow.ActionContext.Place;
import io.sluice.control.text.Word;
import io.sluice.fastpath.Action;
import java.util.List;
import java.util.Locale;

/** Which actions may stand beside and after each other, as OpenFlow's instructions want it. */
final class ActionOrder {
    /** Where each instruction stands; all other actions stand between the first two. */
    private static final List<String> INSTRUCTIONS =
            List.of("meter", "", "clear_actions", "write_actions", "write_metadata", "goto_table");

    private static final int PLAIN = 1;

    private final Place place;
    private Word first;
    private Word last;
    private int lastRank;
    private Word conjunction;
    private Word other;

    ActionOrder(Place place) {
        this.place = place;
    }

    /** Refuses the word where it cannot follow those before it. */
    void check(Word word) {
        boolean isDrop = key(word).equals("drop");
        if (last != null && (isDrop || key(first).equals("drop"))) {
            throw (isDrop ? word : first).name().error("'drop' must be the only action");
        }
        checkRank(word);
        first = first == null ? word : first;
        last = word;
    }

    private void checkRank(Word word) {
        int index = INSTRUCTIONS.indexOf(key(word));
        if (index >= 0 && place != Place.FLOW) {
            throw word.name()
                    .error("%s cannot have %s".formatted(place.text(), word.key()) + advice(word));
        }
        int rank = index < 0 ? PLAIN : index;
        if (last != null && key(last).equals("goto_table")) {
            throw last.name().error("goto_table must be the last action");
        }
        if (rank == lastRank && rank != PLAIN && last != null) {
            throw word.name().error("'%s' is given twice".formatted(word.key()));
        }
        if (last != null && rank < lastRank) {
            throw word.name()
                    .error("'%s' must stand before '%s'".formatted(word.key(), last.key()));
        }
        lastRank = rank;
    }

    private static String advice(Word word) {
        return key(word).equals("goto_table") ? "; resubmit(,TABLE) can" : "";
    }

    /** Refuses what the action, now that it is read, cannot be here. */
    void check(Word word, Action action) {
        if (place == Place.ACTION_SET && !isForActionSets(action)) {
            throw word.name().error("write_actions(...) cannot have %s".formatted(word.key()));
        }
        if (action instanceof Action.Conjunction) {
            conjunction = conjunction == null ? word : conjunction;
        } else if (!(action instanceof Action.Note)) {
            other = other == null ? word : other;
        }
        if (conjunction != null && other != null) {
            throw other.name()
                    .error(
                            "'%s' cannot stand beside conjunction(...); only note can"
                                    .formatted(other.key()));
        }
    }

    /** Those that Open vSwitch has a place for in the order of an action set. */
    private static boolean isForActionSets(Action action) {
        return switch (action) {
            case Action.OutputTruncated output -> false;
            case Action.OutputField field -> false;
            case Action.Controller controller -> ControllerReader.isOutput(controller);
            case Action.Clone clone -> false;
            case Action.Learn learn -> false;
            case Action.FinTimeout fin -> false;
            case Action.Conjunction conjunction -> false;
            case Action.Note note -> false;
            case Action.Multipath multipath -> false;
            case Action.CheckPktLarger check -> false;
            case Action.Exit exit -> false;
            default -> true;
        };
    }

    private static String key(Word word) {
        return word.key().toLowerCase(Locale.ROOT);
    }
}
