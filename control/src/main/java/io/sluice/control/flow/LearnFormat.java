package io.sluice.control.flow;

import io.sluice.control.flow.FieldSyntax.Masked;
import io.sluice.control.text.Numbers.Wide;
import io.sluice.control.text.Span;
import io.sluice.control.text.SyntaxException;
import io.sluice.fastpath.LearnedFlow;
import io.sluice.fastpath.LearnedFlow.Part;
import io.sluice.fastpath.Match;
import io.sluice.fastpath.SubField;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;

/** Writes {@code learn(...)} as Open vSwitch does. */
final class LearnFormat {
    private static final PortNames NO_PORTS = PortNames.of(Map.of());

    private LearnFormat() {}

    /**
     * The action's text.
     *
     * @param packets what is known about the packets that flows are learned from
     */
    static String show(LearnedFlow flow, Match packets) {
        List<String> words = new ArrayList<>();
        words.add("table=" + flow.table());
        addUnless(words, 0, "idle_timeout", flow.idleTimeoutSeconds());
        addUnless(words, 0, "hard_timeout", flow.hardTimeoutSeconds());
        addUnless(words, 0, "fin_idle_timeout", flow.finIdleTimeoutSeconds());
        addUnless(words, 0, "fin_hard_timeout", flow.finHardTimeoutSeconds());
        addUnless(words, FlowLine.DEFAULT_PRIORITY, "priority", flow.priority());
        if (flow.deleteLearned()) {
            words.add("delete_learned");
        }
        if (flow.cookie() != 0) {
            words.add("cookie=0x" + Long.toHexString(flow.cookie()));
        }
        addUnless(words, 0, "limit", flow.limit());
        flow.result().ifPresent(bit -> words.add("result_dst=" + FieldNames.show(bit, packets)));
        LearnedMatch learned = new LearnedMatch();
        for (Part part : flow.parts()) {
            words.add(show(part, packets, learned.soFar()));
            learned.add(part);
        }
        return "learn(" + String.join(",", words) + ")";
    }

    private static void addUnless(List<String> words, int unsaid, String name, int value) {
        if (value != unsaid) {
            words.add(name + "=" + value);
        }
    }

    private static String show(Part part, Match packets, Match learned) {
        return switch (part) {
            case Part.MatchField match -> {
                String to = FieldNames.show(match.to(), learned);
                String from = FieldNames.show(match.from(), packets);
                yield match.to().equals(match.from()) && to.equals(from) ? to : to + "=" + from;
            }
            case Part.MatchValue match -> showValue(match, learned);
            case Part.LoadField load ->
                    "load:"
                            + FieldNames.show(load.from(), packets)
                            + "->"
                            + FieldNames.show(load.to(), learned);
            case Part.LoadValue load ->
                    "load:"
                            + new Wide(load.high(), load.low()).toHex()
                            + "->"
                            + FieldNames.show(load.to(), learned);
            case Part.Output output -> "output:" + FieldNames.show(output.from(), packets);
        };
    }

    /** A whole field as matches write it, bits of one as a number. */
    private static String showValue(Part.MatchValue match, Match learned) {
        SubField to = match.to();
        Masked value =
                new Masked(
                        to.shiftedHigh(match.high(), match.low()),
                        to.shiftedLow(match.low()),
                        to.maskHigh(),
                        to.maskLow());
        Optional<String> whole =
                FieldUse.ALL.stream()
                        .filter(named ->
                                named.bits().equals(to)
                                        && named.wireName().isPresent()
                                        && named.needs().holds(learned))
                        .findFirst()
                        .flatMap(named -> showWhole(named, value));
        return whole.orElseGet(() ->
                FieldNames.show(to, learned) + "=" + new Wide(match.high(), match.low()).toHex());
    }

    /** The field's own way, unless that cannot say all of the value. */
    private static Optional<String> showWhole(NamedField named, Masked value) {
        Masked ofField =
                new Masked(
                        value.high(),
                        value.value(),
                        named.field().maxHigh(),
                        named.field().maxValue());
        return Stream.of(value, ofField)
                .flatMap(each -> named.syntax().show(each).stream())
                .filter(text -> readsBack(named, text, value))
                .findFirst()
                .map(text -> named.name() + "=" + text);
    }

    private static boolean readsBack(NamedField named, String text, Masked value) {
        try {
            Masked read = named.readToSet(Span.of(text), NO_PORTS);
            return read.maskHigh() == value.maskHigh()
                    && read.mask() == value.mask()
                    && (read.high() & value.maskHigh()) == value.high()
                    && (read.value() & value.mask()) == value.value();
        } catch (SyntaxException e) {
            return false;
        }
    }
}
