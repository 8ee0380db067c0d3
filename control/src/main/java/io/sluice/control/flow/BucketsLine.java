package io.sluice.control.flow;

import io.sluice.control.flow.BucketPlace.Kind;
import io.sluice.control.text.Span;
import io.sluice.control.text.Word;
import io.sluice.control.text.Words;
import java.util.List;
import java.util.OptionalInt;

/**
 * Reads which buckets a group gets or loses, as {@code ovs-ofctl insert-buckets} and {@code
 * remove-buckets} do.
 */
final class BucketsLine {
    private static final List<String> KNOWN = List.of("group_id", "command_bucket_id", "bucket");

    private OptionalInt id = OptionalInt.empty();
    private BucketPlace place;

    private BucketsLine(Span line, Span words) {
        Words rest = new Words(words);
        while (rest.hasNext()) {
            take(rest.next());
        }
        if (id.isEmpty()) {
            throw line.error("expected group_id=N");
        }
    }

    /** Buckets to insert. */
    static Change.InsertBuckets insertion(Span line, PortNames ports) {
        List<Span> parts = GroupLine.splitAtBuckets(line);
        BucketsLine read = new BucketsLine(line, parts.getFirst());
        if (read.place == null || read.place.kind() == Kind.ALL) {
            throw line.error("expected command_bucket_id=first, last or a bucket number");
        }
        if (parts.size() == 1) {
            throw line.from(line.length()).expected("bucket=...");
        }
        List<BucketText> buckets =
                BucketText.read(line.line(), parts.subList(1, parts.size()), ports);
        return new Change.InsertBuckets(read.id.getAsInt(), read.place, buckets);
    }

    /** Buckets to remove; all when the line does not say which. */
    static Change.RemoveBuckets removal(Span line) {
        BucketsLine read = new BucketsLine(line, line);
        return new Change.RemoveBuckets(
                read.id.getAsInt(), read.place == null ? new BucketPlace(Kind.ALL, 0) : read.place);
    }

    private void take(Word word) {
        switch (word.key()) {
            case "group_id" -> id = OptionalInt.of(GroupLine.id(word.requireValue("N")));
            case "command_bucket_id" -> place = BucketPlace.read(word.requireValue("ID"));
            default -> throw word.unknown(KNOWN);
        }
    }
}
