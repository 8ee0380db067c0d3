package io.sluice.control.flow;

import io.sluice.control.flow.FieldSyntax.Masked;
import io.sluice.control.text.NearestWord;
import io.sluice.control.text.Numbers;
import io.sluice.control.text.Numbers.Wide;
import io.sluice.control.text.Span;
import io.sluice.control.text.Word;
import io.sluice.control.text.Word.Form;
import io.sluice.control.text.Words;
import io.sluice.fastpath.Action;
import io.sluice.fastpath.LearnedFlow;
import io.sluice.fastpath.LearnedFlow.Part;
import io.sluice.fastpath.SubField;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;

/** Reads {@code learn(...)}. A new argument is a row of {@link #ARGUMENTS}. */
final class LearnReader {
    static final int DEFAULT_TABLE = 1;

    private interface ArgumentReader {
        void read(Word word, LearnReader learn);
    }

    private static final Map<String, ArgumentReader> ARGUMENTS = arguments();

    private final ActionContext context;
    private final LearnedMatch match = new LearnedMatch();
    private final List<Part> parts = new ArrayList<>();
    private final Set<String> given = new HashSet<>();
    private int table = DEFAULT_TABLE;
    private int priority = FlowLine.DEFAULT_PRIORITY;
    private long cookie;
    private int idleSeconds;
    private int hardSeconds;
    private int finIdleSeconds;
    private int finHardSeconds;
    private boolean deleteLearned;
    private int limit;
    private Optional<SubField> result = Optional.empty();

    private LearnReader(ActionContext context) {
        this.context = context;
    }

    static Action read(Word word, ActionContext context) {
        LearnReader learn = new LearnReader(context);
        Words words = word.requireList();
        while (words.hasNext()) {
            learn.readWord(words.next());
        }
        return new Action.Learn(
                new LearnedFlow(
                        learn.table,
                        learn.priority,
                        learn.cookie,
                        learn.idleSeconds,
                        learn.hardSeconds,
                        learn.finIdleSeconds,
                        learn.finHardSeconds,
                        learn.deleteLearned,
                        learn.limit,
                        learn.result,
                        learn.parts));
    }

    private static Map<String, ArgumentReader> arguments() {
        Map<String, ArgumentReader> rows = new LinkedHashMap<>();
        rows.put(
                "table",
                (word, learn) -> learn.table = ActionTable.table(word.requireValue("TABLE")));
        rows.put("idle_timeout", (word, learn) -> learn.idleSeconds = seconds(word));
        rows.put("hard_timeout", (word, learn) -> learn.hardSeconds = seconds(word));
        rows.put("fin_idle_timeout", (word, learn) -> learn.finIdleSeconds = seconds(word));
        rows.put("fin_hard_timeout", (word, learn) -> learn.finHardSeconds = seconds(word));
        rows.put(
                "priority",
                (word, learn) -> learn.priority = number(word, "PRIORITY", 0xFFFF, "a priority"));
        rows.put(
                "cookie",
                (word, learn) ->
                        learn.cookie = Numbers.parse64(word.requireValue("COOKIE"), "a cookie"));
        rows.put(
                "limit",
                (word, learn) ->
                        learn.limit = number(word, "N", Integer.MAX_VALUE, "a number of flows"));
        rows.put(
                "delete_learned",
                (word, learn) -> {
                    word.requireBare();
                    learn.deleteLearned = true;
                });
        // There is nobody to tell when a learned flow goes.
        rows.put("send_flow_rem", (word, learn) -> word.requireBare());
        rows.put("result_dst", (word, learn) -> learn.result = Optional.of(learn.result(word)));
        rows.put("load", (word, learn) -> learn.load(word));
        rows.put(
                "output",
                (word, learn) ->
                        learn.add(
                                new Part.Output(
                                        FieldUse.source(
                                                word.requireValue("FIELD"), learn.context))));
        return rows;
    }

    /** Workers know the limits of flows only. */
    private SubField result(Word word) {
        if (context.match().isEmpty()) {
            throw word.name().error("result_dst has a meaning in flows only");
        }
        Span text = word.requireValue("FIELD[BIT]");
        SubField bit = FieldUse.target(text, context);
        if (bit.bits() != 1) {
            throw text.expected("one bit");
        }
        return bit;
    }

    private static int seconds(Word word) {
        return number(word, "SECONDS", 0xFFFF, "seconds");
    }

    private static int number(Word word, String usage, int max, String what) {
        return Numbers.parse(word.requireValue(usage), 0, max, what);
    }

    private void readWord(Word word) {
        ArgumentReader reader = ARGUMENTS.get(word.key());
        if (reader == null) {
            readMatch(word);
            return;
        }
        boolean maybeMany = word.key().equals("load") || word.key().equals("output");
        if (!maybeMany && !given.add(word.key())) {
            throw word.name().error("'" + word.key() + "' is given twice in learn(...)");
        }
        reader.read(word, this);
    }

    private void readMatch(Word word) {
        if (!FieldUse.isField(word.name())) {
            throw unknown(word);
        }
        NamedBits to = NamedBits.readOrWhole(word.name());
        requireForLearned(word.name(), to.named());
        if (word.form() == Form.BARE) {
            add(new Part.MatchField(to.bits(), FieldUse.source(word.name(), context)));
            return;
        }
        Span text = word.requireValue("VALUE");
        if (FieldUse.isField(text)) {
            SubField from = FieldUse.source(text, context);
            SetField.requireSameSize(text, from, to.bits());
            add(new Part.MatchField(to.bits(), from));
        } else {
            Wide value = value(word, to);
            add(new Part.MatchValue(to.bits(), value.high(), value.low()));
        }
    }

    private void load(Word word) {
        Span text = word.requireValue("VALUE->FIELD");
        int arrow = text.indexOf("->");
        if (arrow < 0) {
            throw text.expected("VALUE->FIELD or FIELD->FIELD");
        }
        Span source = text.part(0, arrow);
        Span target = text.from(arrow + "->".length());
        NamedBits to = NamedBits.readOrWhole(target);
        FieldUse.requireWritable(target, to.named());
        requireForLearned(target, to.named());
        if (FieldUse.isField(source)) {
            SubField from = FieldUse.source(source, context);
            SetField.requireSameSize(source, from, to.bits());
            add(new Part.LoadField(to.bits(), from));
        } else {
            Wide value = Numbers.parseBits(source, to.bits().bits(), "a value");
            add(new Part.LoadValue(to.bits(), value.high(), value.low()));
        }
    }

    private void add(Part part) {
        parts.add(part);
        match.add(part);
    }

    /** The learned flow must match what has the field before it matches or sets the field. */
    private void requireForLearned(Span text, NamedField field) {
        FieldUse.requireBits(text, field);
        if (!field.needs().holds(match.soFar())) {
            throw text.error(
                    "'%s' needs %s before it in learn(...), as eth_type=... and nw_proto=..."
                            .formatted(text.text(), field.needs().words()));
        }
    }

    /** A value as the field writes it, or a number where brackets name bits. */
    private Wide value(Word word, NamedBits to) {
        SubField bits = to.bits();
        Span text = word.value();
        boolean isNumber = word.name().indexOf("[") > 0 && Numbers.isNumber(text.text());
        if (isNumber || !bits.equals(to.named().bits())) {
            return Numbers.parseBits(text, bits.bits(), "a value");
        }
        Masked masked = to.named().readToSet(text, context.ports());
        if (masked.maskHigh() != bits.maskHigh() || masked.mask() != bits.maskLow()) {
            throw text.expected("a value without a mask");
        }
        long low = bits.bits() > Long.SIZE ? masked.value() : masked.value() & bits.maskLow();
        return new Wide(masked.high(), low >>> bits.offset());
    }

    private static RuntimeException unknown(Word word) {
        Set<String> known = new TreeSet<>(ARGUMENTS.keySet());
        known.addAll(FieldNames.NAMES);
        return word.name()
                .error(
                        "unknown word %s in learn(...), expected a field, load, output or one of"
                                        .formatted(word.name().quoted())
                                + " its options"
                                + NearestWord.hint(word.key(), known));
    }
}
