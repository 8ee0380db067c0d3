package io.sluice.control.flow;

import io.sluice.control.text.Numbers;
import io.sluice.control.text.Span;
import io.sluice.fastpath.Group;
import java.util.List;

/**
 * What {@code command_bucket_id=} says: which buckets of a group.
 *
 * @param id of {@link Kind#NUMBER}: the bucket's number
 */
public record BucketPlace(Kind kind, int id) {
    /** How buckets are named. */
    public enum Kind {
        ALL,
        FIRST,
        LAST,
        NUMBER
    }

    static BucketPlace read(Span text) {
        return switch (text.text()) {
            case "all" -> new BucketPlace(Kind.ALL, 0);
            case "first" -> new BucketPlace(Kind.FIRST, 0);
            case "last" -> new BucketPlace(Kind.LAST, 0);
            default -> {
                if (!Numbers.isNumber(text.text())) {
                    throw text.expected("first, last, all or a bucket number");
                }
                yield new BucketPlace(Kind.NUMBER, BucketText.id(text));
            }
        };
    }

    /** Puts buckets before the one that is named, or behind the last. */
    void insert(List<Group.Bucket> into, List<Group.Bucket> inserted) {
        switch (kind) {
            case FIRST -> into.addAll(0, inserted);
            case NUMBER -> into.addAll(index(into), inserted);
            case LAST, ALL -> into.addAll(inserted);
        }
    }

    /** Takes the buckets out; an empty list has neither a first nor a last one. */
    void remove(List<Group.Bucket> from) {
        switch (kind) {
            case ALL -> from.clear();
            case NUMBER -> from.remove(index(from));
            case FIRST, LAST -> {
                if (!from.isEmpty()) {
                    from.remove(kind == Kind.FIRST ? 0 : from.size() - 1);
                }
            }
        }
    }

    private int index(List<Group.Bucket> buckets) {
        for (int i = 0; i < buckets.size(); i++) {
            if (buckets.get(i).id() == id) {
                return i;
            }
        }
        throw new IllegalArgumentException(
                "the group has no bucket " + Integer.toUnsignedString(id));
    }
}
