package io.sluice.fastpath;

import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.function.ToIntFunction;

/** Things that workers find by their number, without an object for the number. Immutable. */
final class ById<T> {
    private final int[] ids;
    private final List<T> things;

    /** Things with different numbers. */
    ById(List<T> unordered, ToIntFunction<T> id) {
        things = unordered.stream().sorted(Comparator.comparingInt(id)).toList();
        ids = things.stream().mapToInt(id).toArray();
    }

    /** The thing, or null. Any thread; nothing is allocated. */
    T get(int id) {
        int at = Arrays.binarySearch(ids, id);
        return at < 0 ? null : things.get(at);
    }
}
