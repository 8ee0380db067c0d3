package io.sluice.control.flow;

import io.sluice.control.text.Span;
import io.sluice.fastpath.Action;
import io.sluice.fastpath.Field;
import io.sluice.fastpath.Match;
import java.util.Optional;
import java.util.OptionalInt;

/**
 * What an action must know of the text around it.
 *
 * @param match of the flow; a group's bucket and a packet sent by hand have none
 * @param table of the flow; a group's bucket and a packet sent by hand have none
 * @param vlanTags how many the packet is known to have here; {@link #UNKNOWN} without a match
 */
record ActionContext(
        PortNames ports, Optional<Match> match, OptionalInt table, Place place, int vlanTags) {
    private static final int UNKNOWN = -1;

    /** What the list of actions belongs to. */
    enum Place {
        FLOW("a flow"),
        BUCKET("a bucket"),
        PACKET_OUT("a packet-out"),
        CLONE("clone(...)"),
        ACTION_SET("write_actions(...)");

        private final String text;

        Place(String text) {
            this.text = text;
        }

        String text() {
            return text;
        }
    }

    static ActionContext ofFlow(PortNames ports, Match match, int table) {
        int tags = hasTag(match, Field.INNER_VLAN_TCI) ? 2 : hasTag(match, Field.VLAN_TCI) ? 1 : 0;
        return new ActionContext(
                ports, Optional.of(match), OptionalInt.of(table), Place.FLOW, tags);
    }

    static ActionContext ofBucket(PortNames ports) {
        return withoutMatch(ports, Place.BUCKET);
    }

    /** For the actions of a packet that somebody sends by hand. */
    static ActionContext ofPacketOut(PortNames ports) {
        return withoutMatch(ports, Place.PACKET_OUT);
    }

    private static ActionContext withoutMatch(PortNames ports, Place place) {
        return new ActionContext(ports, Optional.empty(), OptionalInt.empty(), place, UNKNOWN);
    }

    private static boolean hasTag(Match match, Field tci) {
        return (match.value(tci) & Field.VLAN_PRESENT) != 0;
    }

    /** For the actions within an action. */
    ActionContext within(Place inner) {
        return new ActionContext(ports, match, table, inner, vlanTags);
    }

    /** What is known of the packet after the action. */
    ActionContext after(Action action) {
        int tags = vlanTags == UNKNOWN ? UNKNOWN : tagsAfter(action);
        return tags == vlanTags ? this : new ActionContext(ports, match, table, place, tags);
    }

    private int tagsAfter(Action action) {
        return switch (action) {
            case Action.PushVlan push -> vlanTags + 1;
            case Action.PopVlan pop -> Math.max(0, vlanTags - 1);
            case Action.SetVlanVid vid -> Math.max(1, vlanTags);
            case Action.SetVlanPcp pcp -> Math.max(1, vlanTags);
            case Action.Set set
                    when set.field() == Field.VLAN_TCI
                            && (set.maskLow() & Field.VLAN_PRESENT) != 0 ->
                    (set.low() & Field.VLAN_PRESENT) != 0
                            ? Math.max(1, vlanTags)
                            : Math.max(0, vlanTags - 1);
            default -> vlanTags;
        };
    }

    /** Refuses the word unless the match says that packets are what it needs. */
    void require(Span word, Prerequisite needs) {
        match.filter(known -> !needs.holds(known))
                .ifPresent(known -> {
                    throw word.error(
                            "'%s' needs %s in the flow's match"
                                    .formatted(word.text(), needs.words()));
                });
    }

    /** Refuses the word unless packets have a VLAN tag here. */
    void requireVlanTag(Span word) {
        if (vlanTags == 0) {
            throw word.error(
                    "'%s' needs a VLAN: dl_vlan in the flow's match, or push_vlan before it"
                            .formatted(word.text()));
        }
    }
}
