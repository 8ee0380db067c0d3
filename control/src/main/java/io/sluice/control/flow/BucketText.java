package io.sluice.control.flow;

import io.sluice.control.text.Numbers;
import io.sluice.control.text.Span;
import io.sluice.control.text.Word;
import io.sluice.control.text.Words;
import io.sluice.fastpath.Action;
import io.sluice.fastpath.Group;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;

/**
 * What stands behind {@code bucket=}: words about the bucket and, before, between and after them,
 * its actions. What it may say of them depends on the type of its group.
 */
public final class BucketText {
    private static final long MAX_ID = 0xFFFFFF00L;
    private static final int MAX_NAME = 63;
    private static final String NAME_SIGNS = ".:-_[]/";

    private final Span text;
    private final PortNames ports;
    private List<Action> actions = List.of();
    private boolean hasActions;
    private int id = Group.Bucket.NO_ID;
    private Optional<Word> nameWord = Optional.empty();
    private String name = "";
    private Optional<Word> weightWord = Optional.empty();
    private int weight = 1;
    private Optional<Word> watchWord = Optional.empty();
    private OptionalInt watchPort = OptionalInt.empty();
    private OptionalInt watchGroup = OptionalInt.empty();

    private BucketText(Span text, PortNames ports) {
        this.text = text;
        this.ports = ports;
    }

    /**
     * Reads the buckets of a group.
     *
     * @param line all of it: one copy for all buckets, for there may be thousands
     * @throws io.sluice.control.text.SyntaxException when one is none
     */
    static List<BucketText> read(String line, List<Span> texts, PortNames ports) {
        // With blanks in place of what is no action, so that columns stay.
        StringBuilder onlyActions = new StringBuilder(line);
        List<BucketText> buckets =
                texts.stream().map(text -> read(text, ports, onlyActions)).toList();
        String actionsLine = onlyActions.toString();
        buckets.forEach(bucket -> bucket.readActions(actionsLine));
        return buckets;
    }

    private static BucketText read(Span text, PortNames ports, StringBuilder onlyActions) {
        BucketText bucket = new BucketText(text, ports);
        Words words = new Words(text);
        while (words.hasNext()) {
            bucket.take(words.next(), onlyActions);
        }
        if (!bucket.hasActions) {
            throw text.from(text.length()).expected("the bucket's actions");
        }
        return bucket;
    }

    private void readActions(String line) {
        Span rest = new Span(line, text.start(), text.end());
        actions = ActionListReader.read(rest, ActionContext.ofBucket(ports));
    }

    /**
     * The bucket of a group of this type.
     *
     * @throws io.sluice.control.text.SyntaxException when such a group has no such buckets
     */
    Group.Bucket of(Group.Type type) {
        requireType(weightWord, type == Group.Type.SELECT, "select");
        requireType(nameWord, type == Group.Type.SELECT, "select");
        boolean mustWatch = type == Group.Type.FAST_FAILOVER;
        requireType(watchWord, mustWatch || type == Group.Type.SELECT, "select or fast_failover");
        if (mustWatch && watchWord.isEmpty()) {
            throw text.error(
                    "a bucket of a fast_failover group needs watch_port:PORT or"
                            + " watch_group:GROUP");
        }
        return new Group.Bucket(id, name, weight, watchPort, watchGroup, actions);
    }

    private static void requireType(Optional<Word> word, boolean holds, String types) {
        word.filter(_ -> !holds)
                .ifPresent(said -> {
                    throw said.name()
                            .error(
                                    "only buckets of groups of type %s have a %s"
                                            .formatted(types, said.key()));
                });
    }

    static int id(Span text) {
        return (int) Numbers.parse(text, 0, MAX_ID, "a bucket number");
    }

    private static String name(Span text) {
        boolean right = text.length() <= MAX_NAME;
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            boolean letterOrDigit =
                    (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
            right &= letterOrDigit || NAME_SIGNS.indexOf(c) >= 0;
        }
        if (!right) {
            throw text.expected(
                    "a name of at most %d letters, digits and %s".formatted(MAX_NAME, NAME_SIGNS));
        }
        return text.text();
    }

    private void take(Word word, StringBuilder onlyActions) {
        switch (word.key()) {
            case "bucket_id" -> id = id(value(word, onlyActions));
            case "name" -> {
                nameWord = Optional.of(word);
                name = name(value(word, onlyActions));
            }
            case "weight" -> {
                weightWord = Optional.of(word);
                weight = Numbers.parse(value(word, onlyActions), 0, 0xFFFF, "a weight");
            }
            case "watch_port" -> {
                watchWord = watchWord.or(() -> Optional.of(word));
                watchPort = OptionalInt.of(PortText.read(value(word, onlyActions), ports));
            }
            case "watch_group" -> {
                watchWord = watchWord.or(() -> Optional.of(word));
                watchGroup = OptionalInt.of(GroupLine.id(value(word, onlyActions)));
            }
            case "actions", "action" -> {
                hasActions = true;
                blank(onlyActions, word.name().start(), word.value().start());
            }
            default -> hasActions = true;
        }
    }

    /** The word's value; the word is no action. */
    private static Span value(Word word, StringBuilder onlyActions) {
        Span value = word.requireValue("N");
        blank(onlyActions, word.name().start(), value.end());
        return value;
    }

    private static void blank(StringBuilder line, int from, int to) {
        line.replace(from, to, " ".repeat(to - from));
    }
}
