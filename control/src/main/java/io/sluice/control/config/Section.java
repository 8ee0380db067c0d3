package io.sluice.control.config;

import io.sluice.control.text.NearestWord;
import io.sluice.control.text.Numbers;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import org.snakeyaml.engine.v2.nodes.MappingNode;
import org.snakeyaml.engine.v2.nodes.Node;
import org.snakeyaml.engine.v2.nodes.NodeTuple;
import org.snakeyaml.engine.v2.nodes.ScalarNode;
import org.snakeyaml.engine.v2.nodes.SequenceNode;

/**
 * One mapping of the config file. Values are taken out by key, with a default for those that are
 * absent or wrong; a wrong one is a mistake. {@link #finish} reports the keys that nobody took.
 */
final class Section {
    /** A value and the node it was read from, for mistakes found later. */
    record Placed<T>(T value, Node node) {}

    private final String name;
    private final Node node;
    private final Mistakes mistakes;
    private final Map<String, NodeTuple> entries = new LinkedHashMap<>();
    private final List<String> known = new ArrayList<>();

    /**
     * @param name of the section in sentences, such as "ports" or "zone 5"; empty for the root
     */
    Section(String name, Node node, Mistakes mistakes) {
        this.name = name;
        this.node = node;
        this.mistakes = mistakes;
        if (!(node instanceof MappingNode mapping)) {
            mistakes.add(
                    node,
                    (name.isEmpty() ? "" : name + " is ")
                            + found(node)
                            + expected("keys with values (KEY: VALUE)"));
            return;
        }
        for (NodeTuple entry : mapping.getValue()) {
            String key = entry.getKeyNode() instanceof ScalarNode scalar ? scalar.getValue() : "";
            if (entries.putIfAbsent(key, entry) != null) {
                mistakes.add(
                        entry.getKeyNode(), "'%s' is given twice, expected it once".formatted(key));
            }
        }
    }

    Node node() {
        return node;
    }

    boolean has(String key) {
        return entries.containsKey(key);
    }

    Optional<Node> node(String key) {
        known.add(key);
        NodeTuple entry = entries.remove(key);
        return Optional.ofNullable(entry).map(NodeTuple::getValueNode);
    }

    Optional<Section> section(String key) {
        return node(key).map(value -> new Section(key, value, mistakes));
    }

    /** The sections that a section's keys lead to, such as zones by their number. */
    Map<Node, Section> sectionsByKey() {
        Map<Node, Section> sections = new LinkedHashMap<>();
        entries.forEach((key, entry) ->
                sections.put(entry.getKeyNode(), new Section(key, entry.getValueNode(), mistakes)));
        entries.clear();
        return sections;
    }

    Optional<Placed<String>> text(String key) {
        return node(key)
                .flatMap(value ->
                        scalar(value, key, "a text").map(text -> new Placed<>(text, value)));
    }

    int number(String key, int min, int max, int absent) {
        return optionalNumber(key, min, max).map(Placed::value).orElse(absent);
    }

    Optional<Placed<Integer>> optionalNumber(String key, int min, int max) {
        return node(key).flatMap(value -> number(value, key, min, max));
    }

    boolean flag(String key, boolean absent) {
        return node(key)
                .flatMap(value -> scalar(value, key, "true or false").flatMap(t -> flag(value, t)))
                .orElse(absent);
    }

    List<Node> list(String key) {
        return node(key).map(value -> items(value, key)).orElse(List.of());
    }

    List<Placed<String>> texts(String key) {
        List<Placed<String>> texts = new ArrayList<>();
        for (Node item : list(key)) {
            scalar(item, key, "a text").ifPresent(text -> texts.add(new Placed<>(text, item)));
        }
        return texts;
    }

    List<Placed<Integer>> numbers(String key, int min, int max) {
        List<Placed<Integer>> numbers = new ArrayList<>();
        for (Node item : list(key)) {
            number(item, key, min, max).ifPresent(numbers::add);
        }
        return numbers;
    }

    /** Every whole number of the section by its key; nothing is left over. */
    Map<String, Placed<Integer>> allNumbers(int min, int max) {
        Map<String, Placed<Integer>> numbers = new LinkedHashMap<>();
        for (String key : List.copyOf(entries.keySet())) {
            optionalNumber(key, min, max).ifPresent(number -> numbers.put(key, number));
        }
        return numbers;
    }

    /** A key that users may expect and that does not work yet. */
    void refuse(String key) {
        NodeTuple entry = entries.remove(key);
        if (entry != null) {
            mistakes.add(
                    entry.getKeyNode(),
                    "'" + key + "' is not supported by this version, expected no such key");
        }
    }

    /** A value that must be there. */
    <T> Optional<T> require(String key, Optional<T> value) {
        boolean absent = value.isEmpty() && node instanceof MappingNode && !wasGiven(key);
        if (absent) {
            mistakes.add(node, "no '%s' in %s, expected one".formatted(key, name));
        }
        return value;
    }

    void finish() {
        for (NodeTuple entry : entries.values()) {
            String key = entry.getKeyNode() instanceof ScalarNode scalar ? scalar.getValue() : "";
            mistakes.add(
                    entry.getKeyNode(),
                    "unknown key '%s'%s, expected one of %s%s"
                            .formatted(
                                    key,
                                    name.isEmpty() ? "" : " in " + name,
                                    String.join(", ", known),
                                    NearestWord.hint(key, known)));
        }
    }

    private boolean wasGiven(String key) {
        return node instanceof MappingNode mapping
                && mapping.getValue().stream()
                        .anyMatch(entry ->
                                entry.getKeyNode() instanceof ScalarNode scalar
                                        && scalar.getValue().equals(key));
    }

    private List<Node> items(Node value, String key) {
        if (value instanceof SequenceNode sequence) {
            return sequence.getValue();
        }
        mistakes.add(value, key + " is " + found(value) + expected("a list ([..., ...])"));
        return List.of();
    }

    private Optional<String> scalar(Node value, String key, String what) {
        if (value instanceof ScalarNode scalar && !scalar.getValue().isEmpty()) {
            return Optional.of(scalar.getValue());
        }
        mistakes.add(value, key + " is " + found(value) + expected(what));
        return Optional.empty();
    }

    private Optional<Placed<Integer>> number(Node value, String key, int min, int max) {
        String what = "a number from " + min + " to " + max;
        return scalar(value, key, what)
                .flatMap(text -> number(value, key, text, min, max))
                .map(number -> new Placed<>(number, value));
    }

    private Optional<Integer> number(Node value, String key, String text, int min, int max) {
        OptionalInt number = Numbers.find(text, min, max);
        if (number.isEmpty()) {
            mistakes.add(
                    value,
                    "%s is '%s', expected a number from %d to %d".formatted(key, text, min, max));
            return Optional.empty();
        }
        return Optional.of(number.getAsInt());
    }

    private Optional<Boolean> flag(Node value, String text) {
        if (text.equals("true") || text.equals("false")) {
            return Optional.of(text.equals("true"));
        }
        mistakes.add(value, "'" + text + "', expected true or false");
        return Optional.empty();
    }

    private static String found(Node node) {
        return switch (node) {
            case ScalarNode scalar when scalar.getValue().isEmpty() -> "nothing";
            case ScalarNode scalar -> "'" + scalar.getValue() + "'";
            case SequenceNode sequence -> "a list";
            case MappingNode mapping -> "keys with values";
            default -> "something else";
        };
    }

    private static String expected(String what) {
        return ", expected " + what;
    }
}
