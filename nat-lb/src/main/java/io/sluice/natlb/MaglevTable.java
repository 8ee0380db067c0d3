package io.sluice.natlb;

import java.math.BigInteger;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.stream.IntStream;

/**
 * The lookup table of Maglev hashing: "Maglev: A Fast and Reliable Software Network Load Balancer"
 * (Eisenbud et al., NSDI 2016), section 3.4. Each backend has a permutation of the table's entries,
 * made from its name; in turns, each takes the first entry of its permutation that is free, until
 * none is. So all have their shares of the hashes, and one that comes or goes moves few hashes of
 * the others.
 *
 * <p>Beyond the paper: turns are in proportion to weights ({@link Turns}), and the order in which
 * backends have them comes from their names. The table depends on names, weights and how many
 * backends there are: not on their order, the process or the machine.
 *
 * <p>Immutable; lookups by any thread.
 */
public final class MaglevTable {
    /** Nobody has a weight above 0. */
    public static final int NOBODY = -1;

    /** Shares of backends of the same weight are then within a percent of each other. */
    public static final int MIN_ENTRIES_EACH = 100;

    public static final int MAX_BACKENDS = 65_535;

    // Primes, so that every step from entry to entry comes round to all of them: the next above
    // powers of two.
    private static final int[] SIZES = {
        65_537, 131_101, 262_147, 524_309, 1_048_583, 2_097_169, 4_194_319, 8_388_617
    };
    private static final char FREE = 0xFFFF;
    private static final int CERTAINTY = 30;

    // The keys of the two hashes of a name: "sluice maglev/0 " and "sluice maglev/1 ".
    private static final long KEY_0 = 0x6D20656369756C73L;
    private static final long OFFSET_KEY_1 = 0x20302F76656C6761L;
    private static final long SKIP_KEY_1 = 0x20312F76656C6761L;

    private final List<String> names;
    private final int[] weights;
    // Entry to backend; empty when nobody has a weight.
    private final char[] backends;

    /**
     * A table of {@link #size}. Takes some milliseconds for a thousand backends: not for workers.
     *
     * @param names all different, at most {@link #MAX_BACKENDS}
     * @param weights of each, none below 0; 0 gets no hashes, but has its part in the table's size
     */
    public MaglevTable(List<String> names, int[] weights) {
        this(names, weights, size(weights.length));
    }

    /**
     * A table of any size.
     *
     * @param size of it: a prime
     */
    public MaglevTable(List<String> names, int[] weights, int size) {
        this.names = List.copyOf(names);
        this.weights = weights.clone();
        if (names.size() != weights.length || names.size() > MAX_BACKENDS) {
            throw new IllegalArgumentException(
                    names.size() + " names and " + weights.length + " weights");
        }
        if (!BigInteger.valueOf(size).isProbablePrime(CERTAINTY)) {
            throw new IllegalArgumentException(size + " is no prime");
        }
        backends =
                IntStream.of(weights).anyMatch(weight -> weight > 0) ? populate(size) : new char[0];
    }

    /** This table if it is that of these backends, or else theirs. */
    public MaglevTable of(List<String> otherNames, int[] otherWeights) {
        return names.equals(otherNames) && Arrays.equals(weights, otherWeights)
                ? this
                : new MaglevTable(otherNames, otherWeights);
    }

    /**
     * How many entries a table for so many backends has.
     *
     * @throws IllegalArgumentException when there are more than {@link #MAX_BACKENDS}
     */
    public static int size(int backends) {
        if (backends > MAX_BACKENDS) {
            throw new IllegalArgumentException(
                    backends + " backends, where a table takes " + MAX_BACKENDS);
        }
        return IntStream.of(SIZES)
                .filter(size -> size >= backends * MIN_ENTRIES_EACH)
                .findFirst()
                .orElseThrow();
    }

    /** A backend on its way through its permutation of the entries. */
    private static final class Permutation {
        final int place;
        final String name;
        final int weight;
        final long offsetHash;
        final int skip;
        int next;

        Permutation(int place, String name, int weight, int size) {
            this.place = place;
            this.name = name;
            this.weight = weight;
            byte[] bytes = name.getBytes(StandardCharsets.UTF_8);
            offsetHash = SipHash.of(bytes, KEY_0, OFFSET_KEY_1);
            long skipHash = SipHash.of(bytes, KEY_0, SKIP_KEY_1);
            next = (int) Long.remainderUnsigned(offsetHash, size);
            skip = (int) Long.remainderUnsigned(skipHash, size - 1L) + 1;
        }

        void take(char[] entries) {
            int at = next;
            while (entries[at] != FREE) {
                at = after(at, entries.length);
            }
            entries[at] = (char) place;
            next = after(at, entries.length);
        }

        private int after(int at, int size) {
            int further = at + skip;
            return further < size ? further : further - size;
        }
    }

    private char[] populate(int size) {
        Permutation[] ranked =
                IntStream.range(0, weights.length)
                        .filter(place -> weights[place] > 0)
                        .mapToObj(place ->
                                new Permutation(place, names.get(place), weights[place], size))
                        .sorted(
                                Comparator.comparingLong((Permutation each) -> each.offsetHash)
                                        .thenComparing(each -> each.name))
                        .toArray(Permutation[]::new);
        Turns turns =
                new Turns(Arrays.stream(ranked).mapToInt(backend -> backend.weight).toArray());
        char[] entries = new char[size];
        Arrays.fill(entries, FREE);
        for (int taken = 0; taken < size; taken++) {
            ranked[turns.next()].take(entries);
        }
        return entries;
    }

    /** How many entries it has; 0 when nobody has a weight. */
    public int size() {
        return backends.length;
    }

    /**
     * The place of the backend for a hash, the same for the same hash; or {@link #NOBODY}.
     *
     * @param hash all 64 bits count, the upper ones most
     */
    public int pick(long hash) {
        int size = backends.length;
        return size == 0 ? NOBODY : backends[(int) Math.unsignedMultiplyHigh(hash, size)];
    }

    /** The place of the backend that has an entry of the table. */
    int backendAt(int entry) {
        return backends[entry];
    }
}
