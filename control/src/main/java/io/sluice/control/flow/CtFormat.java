package io.sluice.control.flow;

import io.sluice.conntrack.Helper;
import io.sluice.control.flow.FieldSyntax.Masked;
import io.sluice.fastpath.Action;
import io.sluice.fastpath.Action.Ct.Zone;
import io.sluice.fastpath.Field;
import io.sluice.fastpath.Match;
import io.sluice.natlb.NatRange;
import io.sluice.packet.IpAddress;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.stream.Collectors;

/** Writes {@code ct(...)} as Open vSwitch does. */
final class CtFormat {
    private CtFormat() {}

    /**
     * The action's text.
     *
     * @param packets what is known about the packets
     */
    static String show(Action.Ct ct, Match packets) {
        List<String> words = new ArrayList<>();
        addIf(words, ct.commit(), "commit");
        addIf(words, ct.force(), "force");
        addIf(words, ct.log(), "log");
        addIf(words, ct.table() >= 0, "table=" + ct.table());
        if (ct.replyZone().isPresent()) {
            addZone(words, "zone_orig=", ct.originalZone(), packets);
            addZone(words, "zone_reply=", ct.replyZone().get(), packets);
        } else {
            addZone(words, "zone=", ct.originalZone(), packets);
        }
        addIf(words, ct.nat(), "nat" + ct.range().map(CtFormat::showRange).orElse(""));
        if (!ct.exec().isEmpty()) {
            words.add(
                    ct.exec().stream()
                            .map(step -> showExec(step, packets))
                            .collect(Collectors.joining(",", "exec(", ")")));
        }
        addIf(words, ct.helper() != Helper.NONE, "alg=" + ct.helper().text());
        addIf(words, ct.untied(), "untied");
        return "ct" + (words.isEmpty() ? "" : "(" + String.join(",", words) + ")");
    }

    private static void addZone(List<String> words, String word, Zone zone, Match packets) {
        if (zone.field().isPresent()) {
            words.add(word + FieldNames.show(zone.field().get(), packets));
        } else {
            addIf(words, zone.number() != 0, word + zone.number());
        }
    }

    private static String showExec(Action step, Match packets) {
        return step instanceof Action.Set set && set.field() == Field.CT_MARK
                ? "set_field:"
                        + FieldSyntaxes.MARK
                                .show(new Masked(set.low(), set.maskLow()))
                                .orElseThrow()
                        + "->ct_mark"
                : ActionFormat.show(step, packets);
    }

    static String showRange(NatRange range) {
        StringBuilder text = new StringBuilder("(");
        text.append(range.side() == NatRange.Side.SOURCE ? "src" : "dst");
        if (!range.isNull() || range.namesPorts()) {
            text.append('=').append(showAddress(range, range.first()));
        }
        if (!range.last().equals(range.first())) {
            text.append('-').append(showAddress(range, range.last()));
        }
        if (range.namesPorts()) {
            text.append(':').append(range.minPort());
            if (range.maxPort() != range.minPort()) {
                text.append('-').append(range.maxPort());
            }
        }
        if (range.pick() != NatRange.Pick.DEFAULT) {
            text.append(',').append(showPick(range.pick()));
        }
        if (range.mapsEndpoints()) {
            text.append(',').append(NatReader.MAPPINGS.get(range.mapping().ordinal()));
        }
        if (range.filtering() != NatRange.Filtering.ADDRESS_AND_PORT_DEPENDENT) {
            text.append(',').append(NatReader.FILTERINGS.get(range.filtering().ordinal()));
        }
        if (range.hasBlocks()) {
            text.append(',').append(NatReader.show(range.blocks()));
        }
        return text.append(')').toString();
    }

    private static String showAddress(NatRange range, IpAddress address) {
        return range.isIpv6() && range.namesPorts() ? "[" + address + "]" : address.toString();
    }

    private static String showPick(NatRange.Pick pick) {
        return pick.name().toLowerCase(Locale.ROOT).replace('_', ',');
    }

    private static void addIf(List<String> words, boolean present, String word) {
        if (present) {
            words.add(word);
        }
    }
}
