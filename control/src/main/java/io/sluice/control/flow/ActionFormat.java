package io.sluice.control.flow;

import io.sluice.fastpath.Action;
import io.sluice.fastpath.Field;
import io.sluice.natlb.NatRange;
import io.sluice.packet.AddressText;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.stream.Collectors;

/** Writes actions as Open vSwitch does. */
public final class ActionFormat {
    private ActionFormat() {}

    /** What stands after {@code actions=}. */
    public static String show(List<Action> actions) {
        return actions.isEmpty()
                ? "drop"
                : actions.stream().map(ActionFormat::show).collect(Collectors.joining(","));
    }

    private static String show(Action action) {
        return switch (action) {
            case Action.Output output -> "output:" + output.port();
            case Action.OutputInPort inPort -> "IN_PORT";
            case Action.Normal normal -> "NORMAL";
            case Action.Set set when set.field() == Field.ETH_SRC ->
                    "mod_dl_src:" + AddressText.formatMac(set.low());
            case Action.Set set when set.field() == Field.ETH_DST ->
                    "mod_dl_dst:" + AddressText.formatMac(set.low());
            case Action.Group group -> "group:" + Integer.toUnsignedString(group.id());
            case Action.Resubmit resubmit -> "resubmit(," + resubmit.table() + ")";
            case Action.GotoTable go -> "resubmit(," + go.table() + ")";
            case Action.Ct ct -> showCt(ct);
            default -> throw new IllegalArgumentException("cannot write " + action);
        };
    }

    private static String showCt(Action.Ct ct) {
        List<String> words = new ArrayList<>();
        addIf(words, ct.commit(), "commit");
        addIf(words, ct.force(), "force");
        addIf(words, ct.table() >= 0, "table=" + ct.table());
        addIf(words, ct.zone() != 0, "zone=" + ct.zone());
        addIf(words, ct.nat(), "nat" + ct.range().map(ActionFormat::showRange).orElse(""));
        if (ct.markMask() != 0) {
            long mask = Integer.toUnsignedLong(ct.markMask());
            long value = Integer.toUnsignedLong(ct.markValue());
            words.add(
                    "exec(set_field:"
                            + FieldSyntaxes.MARK
                                    .show(new FieldSyntax.Masked(value, mask))
                                    .orElseThrow()
                            + "->ct_mark)");
        }
        return "ct" + (words.isEmpty() ? "" : "(" + String.join(",", words) + ")");
    }

    private static String showRange(NatRange range) {
        StringBuilder text = new StringBuilder("(");
        text.append(range.side() == NatRange.Side.SOURCE ? "src=" : "dst=");
        text.append(AddressText.formatIpv4(range.minAddress()));
        if (range.maxAddress() != range.minAddress()) {
            text.append('-').append(AddressText.formatIpv4(range.maxAddress()));
        }
        if (range.namesPorts()) {
            text.append(':').append(range.minPort());
            if (range.maxPort() != range.minPort()) {
                text.append('-').append(range.maxPort());
            }
        }
        if (range.pick() != NatRange.Pick.DEFAULT) {
            text.append(',').append(range.pick().name().toLowerCase(Locale.ROOT));
        }
        return text.append(')').toString();
    }

    private static void addIf(List<String> words, boolean present, String word) {
        if (present) {
            words.add(word);
        }
    }
}
