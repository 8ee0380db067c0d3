package io.sluice.control.flow;

import io.sluice.control.text.Numbers;
import io.sluice.control.text.Span;
import io.sluice.control.text.Word;
import io.sluice.control.text.Words;
import io.sluice.fastpath.Action;
import io.sluice.fastpath.Group;
import java.util.List;
import java.util.OptionalInt;

/**
 * What stands behind {@code bucket=}: words about the bucket and, before, between and after them,
 * its actions.
 */
final class BucketText {
    private static final long MAX_ID = 0xFFFFFF00L;

    private final Span text;
    private final PortNames ports;
    private final StringBuilder actions;
    private boolean hasActions;
    private int id = Group.Bucket.NO_ID;
    private int weight = 1;
    private OptionalInt watchPort = OptionalInt.empty();
    private OptionalInt watchGroup = OptionalInt.empty();

    private BucketText(Span text, PortNames ports, StringBuilder actions) {
        this.text = text;
        this.ports = ports;
        this.actions = actions;
    }

    /**
     * Reads what the bucket of a group of this type is, apart from its actions.
     *
     * @param actions the whole line, which gets blanks in place of what is no action, so that
     *     columns stay
     * @throws io.sluice.control.text.SyntaxException when it is not one
     */
    static BucketText read(Span text, Group.Type type, PortNames ports, StringBuilder actions) {
        BucketText bucket = new BucketText(text, ports, actions);
        Words words = new Words(text);
        while (words.hasNext()) {
            bucket.take(words.next(), type);
        }
        if (!bucket.hasActions) {
            throw text.from(text.length()).expected("the bucket's actions");
        }
        if (type == Group.Type.FAST_FAILOVER
                && bucket.watchPort.isEmpty()
                && bucket.watchGroup.isEmpty()) {
            throw text.error(
                    "a bucket of a fast_failover group needs watch_port:PORT or"
                            + " watch_group:GROUP");
        }
        return bucket;
    }

    /**
     * The bucket.
     *
     * @param line where only the actions of buckets are left
     */
    Group.Bucket bucket(String line) {
        Span rest = new Span(line, text.start(), text.end());
        List<Action> read = ActionListReader.read(rest, ActionContext.ofBucket(ports));
        return new Group.Bucket(id, weight, watchPort, watchGroup, read);
    }

    private void take(Word word, Group.Type type) {
        switch (word.key()) {
            case "bucket_id" -> id = (int) Numbers.parse(value(word), 0, MAX_ID, "a bucket number");
            case "weight" -> {
                requireType(word, type == Group.Type.SELECT, "select");
                weight = Numbers.parse(value(word), 0, 0xFFFF, "a weight");
            }
            case "watch_port" -> {
                requireWatching(word, type);
                watchPort = OptionalInt.of(PortText.read(value(word), ports));
            }
            case "watch_group" -> {
                requireWatching(word, type);
                watchGroup = OptionalInt.of(GroupLine.id(value(word)));
            }
            case "actions", "action" -> {
                hasActions = true;
                blank(word.name().start(), word.value().start());
            }
            default -> hasActions = true;
        }
    }

    /** The word's value; the word is no action. */
    private Span value(Word word) {
        Span value = word.requireValue("N");
        blank(word.name().start(), value.end());
        return value;
    }

    private void blank(int from, int to) {
        actions.replace(from, to, " ".repeat(to - from));
    }

    private static void requireWatching(Word word, Group.Type type) {
        boolean watches = type == Group.Type.SELECT || type == Group.Type.FAST_FAILOVER;
        requireType(word, watches, "select or fast_failover");
    }

    private static void requireType(Word word, boolean holds, String types) {
        if (!holds) {
            throw word.name()
                    .error(
                            "only buckets of groups of type %s have a %s"
                                    .formatted(types, word.key()));
        }
    }
}
