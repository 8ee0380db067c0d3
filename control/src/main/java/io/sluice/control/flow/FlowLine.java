package io.sluice.control.flow;

import io.sluice.control.text.NearestWord;
import io.sluice.control.text.Numbers;
import io.sluice.control.text.Span;
import io.sluice.control.text.Word;
import io.sluice.control.text.Word.Form;
import io.sluice.control.text.Words;
import io.sluice.fastpath.Action;
import io.sluice.fastpath.Flow;
import io.sluice.fastpath.FlowOptions;
import io.sluice.fastpath.FlowOptions.Flag;
import io.sluice.fastpath.Match;
import java.util.Arrays;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.OptionalLong;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** One line of flow text, taken apart. What its words are for, the methods below decide. */
public final class FlowLine {
    public static final int DEFAULT_PRIORITY = 32768;

    /** Words of a dump that say what happened to a flow, not what it is. */
    private static final Set<String> IGNORED =
            Set.of("duration", "n_packets", "n_bytes", "idle_age", "hard_age");

    private static final Set<String> PLAIN =
            Set.of(
                    "table",
                    "priority",
                    "cookie",
                    "out_port",
                    "out_group",
                    "idle_timeout",
                    "hard_timeout",
                    "importance");

    /** Where a cookie with a mask is kept: it may stand beside one without. */
    private static final String MASKED_COOKIE = "cookie/mask";

    private static final Set<String> ALL_TABLES = Set.of("255", "0xff", "all");

    private static final Map<String, Flag> FLAGS =
            Arrays.stream(Flag.values()).collect(Collectors.toMap(Flag::text, flag -> flag));

    private final PortNames ports;
    private final Span line;
    private final Map<String, Word> plain = new HashMap<>();
    private final Map<Flag, Word> flags = new EnumMap<>(Flag.class);
    private final Match match;
    private Span actions;

    private record Cookie(long value, long mask) {}

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
        parts.refuse(MASKED_COOKIE, "the cookie of a flow to add has no mask");
        int table = parts.tableToAdd();
        return parts.flow(table, parts.actions(table));
    }

    private Flow flow(int table, List<Action> todo) {
        FlowOptions options =
                new FlowOptions(
                        number16("idle_timeout", "a timeout in seconds"),
                        number16("hard_timeout", "a timeout in seconds"),
                        number16("importance", "an importance"),
                        flags.keySet());
        return new Flow(table, priority(), cookie().orElse(0), match, todo, options);
    }

    /** Which flows to dump or delete. */
    public static FlowFilter filter(Span line, PortNames ports, boolean strict) {
        FlowLine parts = new FlowLine(line, ports);
        if (parts.actions != null) {
            throw parts.actions.error("actions have no meaning here: flows are found by match");
        }
        parts.refuseOptions("has no meaning here: flows are found by table, match and cookie");
        if (!strict) {
            parts.refuse("priority", "priority is compared only with --strict");
        }
        return parts.filter(strict, parts.cookieToFind());
    }

    /** Which flows get which other actions, and what is added when there are none. */
    public static Change.ModFlows modification(Span line, PortNames ports, boolean strict) {
        FlowLine parts = new FlowLine(line, ports);
        FlowFilter filter = parts.filter(strict, parts.maskedCookie());
        int table = filter.table().orElse(0);
        List<Action> todo = parts.actions(table);
        // Who looks for a cookie, a port or a group looks for flows that are there.
        boolean mayAdd =
                Stream.of(MASKED_COOKIE, "out_port", "out_group")
                        .noneMatch(parts.plain::containsKey);
        return new Change.ModFlows(
                filter,
                todo,
                parts.cookie(),
                parts.flags.containsKey(Flag.RESET_COUNTS),
                mayAdd ? Optional.of(parts.flow(table, todo)) : Optional.empty());
    }

    private void readWord(Word word, MatchReader reader) {
        String key = word.key();
        if (key.equals("actions") || key.equals("action")) {
            if (word.form() != Form.EQUALS) {
                throw word.name().expected("actions=...");
            }
            actions = line.from(word.value().start() - line.start());
        } else if (PLAIN.contains(key)) {
            boolean masked = key.equals("cookie") && word.requireValue("...").indexOf("/") >= 0;
            word.requireValue("...");
            if (plain.put(masked ? MASKED_COOKIE : key, word) != null) {
                throw word.name().error("'" + key + "' is given twice");
            }
        } else if (FLAGS.containsKey(key)) {
            word.requireBare();
            flags.put(FLAGS.get(key), word);
        } else if (!IGNORED.contains(key) && !reader.read(word)) {
            throw unknown(word);
        }
    }

    private static RuntimeException unknown(Word word) {
        Set<String> known = new TreeSet<>(MatchTable.words());
        known.addAll(PLAIN);
        known.addAll(FLAGS.keySet());
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

    private FlowFilter filter(boolean strict, Cookie cookie) {
        return new FlowFilter(
                table(),
                cookie.value,
                cookie.mask,
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

    private int tableToAdd() {
        Word word = plain.get("table");
        return word == null ? 0 : ActionTable.table(word.value());
    }

    /** The table whose flows are meant; empty: all. */
    private OptionalInt table() {
        Word word = plain.get("table");
        if (word == null || ALL_TABLES.contains(word.value().text().toLowerCase(Locale.ROOT))) {
            return OptionalInt.empty();
        }
        return OptionalInt.of(ActionTable.table(word.value()));
    }

    private int number16(String key, String what) {
        Word word = plain.get(key);
        return word == null ? 0 : Numbers.parse(word.value(), 0, 0xFFFF, what);
    }

    private int priority() {
        Word word = plain.get("priority");
        return word == null
                ? DEFAULT_PRIORITY
                : Numbers.parse(word.value(), 0, 0xFFFF, "a priority");
    }

    /** The cookie that flows get. */
    private OptionalLong cookie() {
        Word word = plain.get("cookie");
        return word == null
                ? OptionalLong.empty()
                : OptionalLong.of(cookieNumber(word.value(), "a cookie"));
    }

    /** The cookie that flows are found by; without a mask, all of it. */
    private Cookie cookieToFind() {
        OptionalLong whole = cookie();
        if (whole.isPresent()) {
            refuse(MASKED_COOKIE, "'cookie' is given twice");
        }
        return whole.isPresent() ? new Cookie(whole.getAsLong(), -1) : maskedCookie();
    }

    private Cookie maskedCookie() {
        Word word = plain.get(MASKED_COOKIE);
        if (word == null) {
            return new Cookie(0, 0);
        }
        Span value = word.value();
        int slash = value.indexOf("/");
        return new Cookie(
                cookieNumber(value.part(0, slash), "a cookie"),
                cookieNumber(value.from(slash + 1), "a cookie's mask"));
    }

    /** Open vSwitch's manual writes the mask of all bits as -1. */
    private static long cookieNumber(Span text, String what) {
        return text.text().equals("-1") ? -1 : Numbers.parse64(text, what);
    }

    private void refuseOptions(String sentence) {
        for (String key : List.of("idle_timeout", "hard_timeout", "importance")) {
            refuse(key, key + " " + sentence);
        }
        flags.forEach((flag, word) -> {
            throw word.name().error(flag.text() + " " + sentence);
        });
    }

    private void refuse(String key, String sentence) {
        if (plain.containsKey(key)) {
            throw plain.get(key).name().error(sentence);
        }
    }
}
