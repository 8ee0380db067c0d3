package io.sluice.control.flow;

import io.sluice.control.text.Numbers;
import io.sluice.control.text.Span;
import io.sluice.control.text.Word;
import io.sluice.control.text.Words;
import io.sluice.fastpath.Group;
import io.sluice.fastpath.Selection;
import io.sluice.natlb.MaglevTable;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;

/** Reads groups as {@code ovs-ofctl add-group} does; of a word given twice, the last counts. */
public final class GroupLine {
    private static final long MAX_ID = 0xFFFFFF00L;
    private static final String BUCKET = "bucket=";
    private static final List<String> KNOWN =
            List.of(
                    "group_id",
                    "type",
                    "selection_method",
                    "selection_method_param",
                    "fields",
                    "affinity_timeout",
                    "affinity_clients",
                    "bucket");

    private final Span line;
    private final PortNames ports;
    private final SelectionText selection = new SelectionText();
    private OptionalInt id = OptionalInt.empty();
    private Optional<Group.Type> type = Optional.empty();

    private GroupLine(Span line, PortNames ports) {
        this.line = line;
        this.ports = ports;
    }

    /**
     * A group to add or to change.
     *
     * @throws io.sluice.control.text.SyntaxException when it is not one
     */
    public static Group group(Span line, PortNames ports) {
        return new GroupLine(line, ports).read();
    }

    /** {@code group_id=N}; nothing, or {@code group_id=all}, for all groups. */
    public static OptionalInt idOrAll(Span line) {
        OptionalInt id = OptionalInt.empty();
        Words words = new Words(line);
        while (words.hasNext()) {
            Word word = words.next();
            if (!word.key().equals("group_id")) {
                throw word.name().expected("group_id=N, or nothing for all groups");
            }
            Span value = word.requireValue("N");
            id = value.text().equals("all") ? OptionalInt.empty() : OptionalInt.of(id(value));
        }
        return id;
    }

    static int id(Span text) {
        return (int) Numbers.parse(text, 0, MAX_ID, "a group number");
    }

    private Group read() {
        List<Span> parts = splitAtBuckets(line);
        Words words = new Words(parts.getFirst());
        while (words.hasNext()) {
            take(words.next());
        }
        if (id.isEmpty() || type.isEmpty()) {
            throw line.error("expected group_id=N,type=TYPE,bucket=...");
        }
        Selection selected = selection.build(type.get());
        List<Group.Bucket> buckets =
                BucketText.read(line.line(), parts.subList(1, parts.size()), ports).stream()
                        .map(text -> text.of(type.get()))
                        .toList();
        if (type.get() == Group.Type.INDIRECT && buckets.size() != 1) {
            throw line.error(
                    "a group of type indirect has exactly one bucket, found " + buckets.size());
        }
        requireDifferent(buckets, parts);
        if (selected.method().hasTable() && buckets.size() > MaglevTable.MAX_BACKENDS) {
            throw line.error(
                    "a group with a table has at most %d buckets, found %d"
                            .formatted(MaglevTable.MAX_BACKENDS, buckets.size()));
        }
        return new Group(id.getAsInt(), type.get(), selected, buckets);
    }

    private void take(Word word) {
        switch (word.key()) {
            case "group_id" -> id = OptionalInt.of(id(word.requireValue("N")));
            case "type" -> type = Optional.of(GroupTypes.read(word.requireValue("TYPE")));
            default -> {
                if (!selection.take(word, ports)) {
                    throw word.unknown(KNOWN);
                }
            }
        }
    }

    /** What is before the first {@code bucket=}, and what is behind each. */
    static List<Span> splitAtBuckets(Span line) {
        String text = line.text();
        List<Span> parts = new ArrayList<>();
        int begin = 0;
        for (int at = text.indexOf(BUCKET); at >= 0; at = text.indexOf(BUCKET, at + 1)) {
            if (at == 0 || text.charAt(at - 1) == ',' || text.charAt(at - 1) == ' ') {
                parts.add(line.part(begin, at));
                begin = at + BUCKET.length();
            }
        }
        parts.add(line.from(begin));
        return parts;
    }

    private static void requireDifferent(List<Group.Bucket> buckets, List<Span> parts) {
        Set<Integer> ids = new HashSet<>();
        Set<String> names = new HashSet<>();
        for (int i = 0; i < buckets.size(); i++) {
            Group.Bucket bucket = buckets.get(i);
            if (bucket.id() != Group.Bucket.NO_ID && !ids.add(bucket.id())) {
                throw parts.get(i + 1)
                        .error(
                                "two buckets have bucket_id "
                                        + Integer.toUnsignedString(bucket.id()));
            }
            if (!bucket.name().isEmpty() && !names.add(bucket.name())) {
                throw parts.get(i + 1).error("two buckets have the name " + bucket.name());
            }
        }
    }
}
