package io.sluice.control.flow;

import io.sluice.control.text.NearestWord;
import io.sluice.control.text.Numbers;
import io.sluice.control.text.Span;
import io.sluice.control.text.Word;
import io.sluice.control.text.Words;
import io.sluice.fastpath.Action;
import io.sluice.fastpath.Group;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalInt;

/** Reads groups as {@code ovs-ofctl add-group} does. */
public final class GroupLine {
    private static final List<String> KNOWN =
            List.of("group_id", "type", "selection_method", "bucket");

    private GroupLine() {}

    /**
     * A group to add or to change.
     *
     * @throws io.sluice.control.text.SyntaxException when it is not one
     */
    public static Group group(Span line, PortNames ports) {
        List<Span> parts = splitAtBuckets(line);
        OptionalInt id = OptionalInt.empty();
        boolean typed = false;
        Words words = new Words(parts.getFirst());
        while (words.hasNext()) {
            Word word = words.next();
            switch (word.key()) {
                case "group_id" -> id = OptionalInt.of(ActionTable.groupId(value(word)));
                case "type" -> {
                    typed = true;
                    require(value(word), "select");
                }
                case "selection_method" -> require(value(word), "hash");
                default -> throw unknown(word);
            }
        }
        if (id.isEmpty() || !typed) {
            throw line.error("expected group_id=N,type=select,bucket=...");
        }
        List<Group.Bucket> buckets =
                parts.subList(1, parts.size()).stream().map(part -> bucket(part, ports)).toList();
        return new Group(id.getAsInt(), buckets);
    }

    /** {@code group_id=N}, or nothing for all groups. */
    public static OptionalInt idToDelete(Span line) {
        OptionalInt id = OptionalInt.empty();
        Words words = new Words(line);
        while (words.hasNext()) {
            Word word = words.next();
            if (!word.key().equals("group_id")) {
                throw word.name().expected("group_id=N, or nothing to delete all groups");
            }
            id = OptionalInt.of(ActionTable.groupId(value(word)));
        }
        return id;
    }

    private static Span value(Word word) {
        return word.requireValue("...");
    }

    private static void require(Span value, String only) {
        if (!value.text().equals(only)) {
            throw value.error(
                    value.quoted() + " is not supported by this version, expected " + only);
        }
    }

    private static RuntimeException unknown(Word word) {
        return word.name()
                .error(
                        "unknown word %s, expected group_id, type, selection_method or bucket%s"
                                .formatted(
                                        word.name().quoted(), NearestWord.hint(word.key(), KNOWN)));
    }

    /** What is before the first {@code bucket=}, and what is behind each. */
    private static List<Span> splitAtBuckets(Span line) {
        String text = line.text();
        String word = "bucket=";
        List<Span> parts = new ArrayList<>();
        int begin = 0;
        for (int at = text.indexOf(word); at >= 0; at = text.indexOf(word, at + 1)) {
            if (at == 0 || text.charAt(at - 1) == ',' || text.charAt(at - 1) == ' ') {
                parts.add(line.part(begin, at));
                begin = at + word.length();
            }
        }
        parts.add(line.from(begin));
        return parts;
    }

    private static Group.Bucket bucket(Span text, PortNames ports) {
        int weight = 1;
        Words words = new Words(text);
        while (words.hasNext()) {
            Word word = words.next();
            switch (word.key()) {
                case "weight" -> weight = Numbers.parse(value(word), 0, 0xFFFF, "a weight");
                case "bucket_id" ->
                        // Shown by newer dumps; nothing refers to it.
                        Numbers.parse(value(word), 0, 0xFFFFFF00L, "a bucket number");
                case "actions", "action" -> {
                    return bucket(weight, text.from(word.value().start() - text.start()), ports);
                }
                default -> {
                    return bucket(weight, text.from(word.name().start() - text.start()), ports);
                }
            }
        }
        throw text.from(text.length()).expected("the bucket's actions");
    }

    private static Group.Bucket bucket(int weight, Span actions, PortNames ports) {
        List<Action> read = ActionListReader.read(actions, ActionContext.ofBucket(ports));
        return new Group.Bucket(weight, read);
    }
}
