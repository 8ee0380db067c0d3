package io.sluice.control.flow;

import io.sluice.control.text.NearestWord;
import io.sluice.control.text.Numbers;
import io.sluice.control.text.Span;
import io.sluice.control.text.Word;
import io.sluice.control.text.Word.Form;
import io.sluice.control.text.Words;
import io.sluice.fastpath.Action;
import io.sluice.fastpath.Flow;
import io.sluice.fastpath.Match;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import java.util.Set;
import java.util.TreeSet;

/** One line of flow text, taken apart. What its words are for, the methods below decide. */
public final class FlowLine {
    public static final int DEFAULT_PRIORITY = 32768;

    /** Words of a dump that say what happened to a flow, not what it is. */
    private static final Set<String> IGNORED =
            Set.of("duration", "n_packets", "n_bytes", "idle_age", "hard_age");

    private static final Set<String> PLAIN =
            Set.of("table", "priority", "cookie", "out_port", "out_group");

    private final PortNames ports;
    private final Span line;
    private final Map<String, Word> plain = new HashMap<>();
    private final Match match;
    private Span actions;

    private FlowLine(Span line, PortNames ports) {
        this.ports = ports;
        this.line = line;
        MatchReader reader = new MatchReader(ports);
        Words words = new Words(line);
        while (actions == null && words.hasNext()) {
            readWord(words.next(), reader);
        }
        this.match = reader.build();
    }

    /**
     * A flow to add.
     *
     * @throws io.sluice.control.text.SyntaxException when it is not one
     */
    public static Flow flow(Span line, PortNames ports) {
        FlowLine parts = new FlowLine(line, ports);
        parts.refuse("out_port", "a flow to add has no out_port");
        parts.refuse("out_group", "a flow to add has no out_group");
        int table = parts.table().orElse(0);
        long cookie =
                parts.plain.containsKey("cookie")
                        ? Numbers.parse64(parts.plain.get("cookie").value(), "a cookie")
                        : 0;
        List<Action> actions = parts.actions(table);
        return new Flow(table, parts.priority(), cookie, parts.match, actions);
    }

    /** Which flows to dump or delete. */
    public static FlowFilter filter(Span line, PortNames ports, boolean strict) {
        FlowLine parts = new FlowLine(line, ports);
        if (parts.actions != null) {
            throw parts.actions.error("actions have no meaning here: flows are found by match");
        }
        return parts.filter(strict);
    }

    /** Which flows get which other actions. */
    public static Change.ModFlows modification(Span line, PortNames ports, boolean strict) {
        FlowLine parts = new FlowLine(line, ports);
        FlowFilter filter = parts.filter(strict);
        return new Change.ModFlows(filter, parts.actions(filter.table().orElse(0)));
    }

    private void readWord(Word word, MatchReader reader) {
        String key = word.key();
        if (key.equals("actions") || key.equals("action")) {
            if (word.form() != Form.EQUALS) {
                throw word.name().expected("actions=...");
            }
            actions = line.from(word.value().start() - line.start());
        } else if (PLAIN.contains(key)) {
            word.requireValue("...");
            if (plain.put(key, word) != null) {
                throw word.name().error("'" + key + "' is given twice");
            }
        } else if (!IGNORED.contains(key) && !reader.read(word)) {
            throw unknown(word);
        }
    }

    private static RuntimeException unknown(Word word) {
        Set<String> known = new TreeSet<>(MatchTable.words());
        known.addAll(PLAIN);
        known.add("actions");
        String hint = NearestWord.hint(word.key(), known);
        if (hint.isEmpty() && ActionTable.find(word.key()) != null) {
            hint = "; actions stand after 'actions='";
        }
        return word.name()
                .error(
                        "unknown word %s, expected a match field, table, priority, cookie or"
                                        .formatted(word.name().quoted())
                                + " actions"
                                + hint);
    }

    private FlowFilter filter(boolean strict) {
        if (!strict) {
            refuse("priority", "priority is compared only with --strict");
        }
        long[] cookie = cookieAndMask();
        return new FlowFilter(
                table(),
                cookie[0],
                cookie[1],
                plain.containsKey("out_port")
                        ? OptionalInt.of(PortText.read(plain.get("out_port").value(), ports))
                        : OptionalInt.empty(),
                plain.containsKey("out_group")
                        ? OptionalInt.of(GroupLine.id(plain.get("out_group").value()))
                        : OptionalInt.empty(),
                match,
                strict ? OptionalInt.of(priority()) : OptionalInt.empty());
    }

    private List<Action> actions(int table) {
        if (actions == null) {
            throw line.from(line.length()).expected("actions=... at the end of the flow");
        }
        return ActionListReader.read(actions, ActionContext.ofFlow(ports, match, table));
    }

    private OptionalInt table() {
        Word word = plain.get("table");
        return word == null ? OptionalInt.empty() : OptionalInt.of(ActionTable.table(word.value()));
    }

    private int priority() {
        Word word = plain.get("priority");
        return word == null
                ? DEFAULT_PRIORITY
                : Numbers.parse(word.value(), 0, 0xFFFF, "a priority");
    }

    private long[] cookieAndMask() {
        Word word = plain.get("cookie");
        if (word == null) {
            return new long[] {0, 0};
        }
        Span value = word.value();
        int slash = value.indexOf("/");
        if (slash < 0) {
            return new long[] {Numbers.parse64(value, "a cookie"), -1};
        }
        return new long[] {
            Numbers.parse64(value.part(0, slash), "a cookie"),
            Numbers.parse64(value.from(slash + 1), "a cookie's mask")
        };
    }

    private void refuse(String key, String sentence) {
        if (plain.containsKey(key)) {
            throw plain.get(key).name().error(sentence);
        }
    }
}
