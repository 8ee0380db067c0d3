package io.sluice.natlb;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.sluice.packet.TupleHash;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.Comparator;
import java.util.List;
import java.util.Random;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class MaglevTableTest {
    private static final int SMALL = 65_537;

    // Worked out once by a program in another language.
    private static final int FINGERPRINT = 1673411251;
    private static final List<Integer> PICKED = List.of(1, 2, 2, 2, 1, 0, 1, 2, 2, 2, 2, 0);

    private static List<String> names(int count) {
        return IntStream.range(0, count)
                .mapToObj(i -> "10.%d.%d.11:8080".formatted(i >> 8, i & 0xFF))
                .toList();
    }

    private static int[] equal(int count) {
        int[] weights = new int[count];
        Arrays.fill(weights, 1);
        return weights;
    }

    private static int[] shares(MaglevTable table, int backends) {
        int[] shares = new int[backends];
        for (int entry = 0; entry < table.size(); entry++) {
            shares[table.backendAt(entry)]++;
        }
        return shares;
    }

    /** What the table says of an entry, by name. */
    private static String nameAt(MaglevTable table, List<String> names, int entry) {
        return names.get(table.backendAt(entry));
    }

    /** Algorithm 1 of the paper as it stands there, with whole permutations. */
    private static int[] asInThePaper(List<String> names, int size) {
        int count = names.size();
        List<String> order = new ArrayList<>(names);
        order.sort(Comparator.comparingLong(name -> hash(name, "sluice maglev/0 ")));
        int[][] permutation = new int[count][size];
        for (int i = 0; i < count; i++) {
            long offset = Long.remainderUnsigned(hash(order.get(i), "sluice maglev/0 "), size);
            long skip =
                    Long.remainderUnsigned(hash(order.get(i), "sluice maglev/1 "), size - 1) + 1;
            for (int j = 0; j < size; j++) {
                permutation[i][j] = (int) ((offset + j * skip) % size);
            }
        }
        int[] next = new int[count];
        int[] entry = new int[size];
        Arrays.fill(entry, -1);
        int filled = 0;
        while (true) {
            for (int i = 0; i < count; i++) {
                int c = permutation[i][next[i]];
                while (entry[c] >= 0) {
                    next[i]++;
                    c = permutation[i][next[i]];
                }
                entry[c] = names.indexOf(order.get(i));
                next[i]++;
                filled++;
                if (filled == size) {
                    return entry;
                }
            }
        }
    }

    private static long hash(String name, String key) {
        byte[] bytes = key.getBytes(StandardCharsets.US_ASCII);
        return SipHash.of(
                name.getBytes(StandardCharsets.UTF_8),
                littleEndian(bytes, 0),
                littleEndian(bytes, 8));
    }

    private static long littleEndian(byte[] bytes, int at) {
        long word = 0;
        for (int i = 7; i >= 0; i--) {
            word = word << 8 | bytes[at + i];
        }
        return word;
    }

    @ParameterizedTest
    @CsvSource({"1,7", "3,7", "5,131", "40,5003"})
    void isThePapersTableForEqualWeights(int count, int size) {
        List<String> names = names(count);
        MaglevTable table = new MaglevTable(names, equal(count), size);
        int[] expected = asInThePaper(names, size);
        assertEquals(size, table.size());
        for (int entry = 0; entry < size; entry++) {
            assertEquals(expected[entry], table.backendAt(entry), "entry " + entry);
        }
    }

    /** Other instances may run another version: what is found must never change. */
    @Test
    void isTheSameInEveryVersion() {
        List<String> names = List.of("10.0.0.11:8080", "10.0.0.12:8080", "[2001:db8::1]:80");
        MaglevTable table = new MaglevTable(names, new int[] {1, 2, 3});
        int fingerprint = 1;
        for (int entry = 0; entry < table.size(); entry++) {
            fingerprint = 31 * fingerprint + table.backendAt(entry);
        }
        assertEquals(FINGERPRINT, fingerprint);
        List<Integer> picked = new ArrayList<>();
        for (int port = 1; port <= 12; port++) {
            picked.add(table.pick(TupleHash.stable(0xCB0071090A000001L, port)));
        }
        assertEquals(PICKED, picked);
    }

    @Test
    void doesNotDependOnTheOrderOfBackends() {
        long seed = System.nanoTime();
        Random random = new Random(seed);
        List<String> names = names(50);
        int[] weights = random.ints(50, 0, 10).toArray();
        List<Integer> order = new ArrayList<>(IntStream.range(0, 50).boxed().toList());
        Collections.shuffle(order, random);
        MaglevTable one = new MaglevTable(names, weights);
        List<String> shuffled = order.stream().map(names::get).toList();
        MaglevTable other =
                new MaglevTable(shuffled, order.stream().mapToInt(i -> weights[i]).toArray());
        for (int entry = 0; entry < SMALL; entry++) {
            assertEquals(nameAt(one, names, entry), nameAt(other, shuffled, entry), "seed " + seed);
        }
        for (int i = 0; i < 1000; i++) {
            long hash = random.nextLong();
            assertEquals(names.get(one.pick(hash)), shuffled.get(other.pick(hash)));
        }
    }

    /** The paper's figure 11 and more: as even as a division with remainder, at any size. */
    @ParameterizedTest
    @CsvSource({"3,65537", "100,65537", "1000,65537", "1000,131101", "1000,655373"})
    void equalBackendsHaveEqualShares(int count, int size) {
        int[] shares = shares(new MaglevTable(names(count), equal(count), size), count);
        int least = IntStream.of(shares).min().orElseThrow();
        int most = IntStream.of(shares).max().orElseThrow();
        System.out.printf("maglev %d backends, %d entries: %d to %d%n", count, size, least, most);
        assertTrue(most - least <= 1, least + " to " + most);
    }

    @Test
    void sharesFollowTheWeights() {
        long seed = System.nanoTime();
        Random random = new Random(seed);
        int count = 200;
        int[] weights = random.ints(count, 0, 101).toArray();
        double sum = IntStream.of(weights).sum();
        int[] shares = shares(new MaglevTable(names(count), weights), count);
        for (int i = 0; i < count; i++) {
            double wanted = SMALL * weights[i] / sum;
            assertEquals(wanted, shares[i], Math.max(1.5, wanted * 0.01), "seed " + seed);
        }
    }

    /** One of N comes or goes: 1/N of the hashes move, and one percent more at most. */
    @ParameterizedTest
    @ValueSource(ints = {2, 4, 10, 50, 200, 654, 1000})
    void oneThatComesOrGoesMovesLittle(int count) {
        List<String> names = names(count);
        int size = MaglevTable.size(count);
        MaglevTable all = new MaglevTable(names, equal(count));
        double worst = 0;
        for (int gone : new int[] {0, count / 2, count - 1}) {
            int[] weights = equal(count);
            weights[gone] = 0;
            MaglevTable fewer = new MaglevTable(names, weights);
            int moved = moved(all, names, fewer, names);
            worst = Math.max(worst, moved / (double) size - 1.0 / count);
            // Out of the group, and not only without weight: of the same size.
            List<String> left = new ArrayList<>(names);
            left.remove(gone);
            MaglevTable without = new MaglevTable(left, equal(count - 1), size);
            assertEquals(0, moved(fewer, names, without, left));
        }
        System.out.printf(
                "maglev one of %d, %d entries: 1/%d and %.2f %% move%n",
                count, size, count, 100 * worst);
        assertTrue(worst <= 0.01, "moved beyond 1/N: " + worst);
    }

    /** As when a weight is set to 0 to drain a heavy one, or the heaviest comes. */
    @Test
    void aHeavyOneMovesItsShareAndLittleMore() {
        List<String> names = names(20);
        int[] weights = equal(20);
        weights[7] = 10;
        MaglevTable with = new MaglevTable(names, weights);
        int[] drained = weights.clone();
        drained[7] = 0;
        double moved = moved(with, names, new MaglevTable(names, drained), names) / (double) SMALL;
        System.out.printf("maglev weight 10 of 29: %.4f move%n", moved);
        assertTrue(moved >= 10.0 / 29 - 0.001 && moved <= 10.0 / 29 + 0.03, moved + " moved");
    }

    private static int moved(
            MaglevTable one, List<String> names, MaglevTable other, List<String> otherNames) {
        int moved = 0;
        for (int entry = 0; entry < one.size(); entry++) {
            boolean stays = nameAt(one, names, entry).equals(nameAt(other, otherNames, entry));
            moved += stays ? 0 : 1;
        }
        return moved;
    }

    @Test
    void hasAPrimeSizeOfAHundredEntriesForEach() {
        assertEquals(65_537, MaglevTable.size(1));
        assertEquals(65_537, MaglevTable.size(655));
        assertEquals(131_101, MaglevTable.size(656));
        assertEquals(8_388_617, MaglevTable.size(MaglevTable.MAX_BACKENDS));
        assertThrows(IllegalArgumentException.class, () -> MaglevTable.size(65_536));
        assertThrows(
                IllegalArgumentException.class,
                () -> new MaglevTable(List.of("a"), new int[] {1}, 65_536));
    }

    @Test
    void nobodyIsPickedWithoutWeight() {
        assertEquals(MaglevTable.NOBODY, new MaglevTable(List.of(), new int[0]).pick(5));
        MaglevTable none = new MaglevTable(List.of("a", "b"), new int[2]);
        assertEquals(MaglevTable.NOBODY, none.pick(-1));
        MaglevTable one = new MaglevTable(List.of("a", "b"), new int[] {0, 3});
        assertEquals(1, one.pick(0));
        assertEquals(1, one.pick(-1));
    }

    @Test
    void isKeptWhereNothingChanges() {
        MaglevTable table = new MaglevTable(names(3), equal(3));
        assertSame(table, table.of(names(3), equal(3)));
        assertEquals(1, table.of(names(3), new int[] {0, 1, 0}).pick(7));
    }
}
