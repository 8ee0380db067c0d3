package io.sluice.natlb;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.sluice.packet.IpAddress;
import java.math.BigInteger;
import java.util.HashSet;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.api.Test;

class AddressChoiceTest {
    private static final BigInteger TWO_64 = BigInteger.ONE.shiftLeft(64);

    private final AddressChoice choice = new AddressChoice();

    private static NatRange range(IpAddress first, IpAddress last, NatRange.Pick pick) {
        return new NatRange(NatRange.Side.SOURCE, first, last, 0, 0, pick);
    }

    private static NatRange range(String first, String last) {
        return range(IpAddress.parse(first), IpAddress.parse(last), NatRange.Pick.DEFAULT);
    }

    private static BigInteger number(long high, long low) {
        BigInteger upper = new BigInteger(Long.toUnsignedString(high));
        return upper.multiply(TWO_64).add(new BigInteger(Long.toUnsignedString(low)));
    }

    /** Every address is of the range, and each is followed by the next one, or the first. */
    @Test
    void addressesFollowEachOtherRoundTheRange() {
        long seed = System.nanoTime();
        Random random = new Random(seed);
        for (int i = 0; i < 50_000; i++) {
            // Around carries and borrows, and with spans of all sizes up to 128 bits.
            IpAddress one = address(random);
            IpAddress other = address(random);
            BigInteger a = number(one.high(), one.low());
            BigInteger b = number(other.high(), other.low());
            boolean swap = a.compareTo(b) > 0;
            BigInteger first = swap ? b : a;
            BigInteger last = swap ? a : b;
            NatRange range = range(swap ? other : one, swap ? one : other, NatRange.Pick.DEFAULT);
            if (range.isNull()) {
                continue;
            }
            choice.begin(range, random.nextLong(), 0, 0);
            BigInteger size = last.subtract(first).add(BigInteger.ONE);
            long count = size.min(BigInteger.valueOf(Long.MAX_VALUE)).longValue();
            assertEquals(count, choice.count(), "seed " + seed);
            BigInteger expected = number(choice.high(), choice.low());
            for (int step = 0; step < Math.min(count, 3); step++) {
                BigInteger actual = number(choice.high(), choice.low());
                assertEquals(expected, actual, "seed " + seed);
                assertTrue(
                        actual.compareTo(first) >= 0 && actual.compareTo(last) <= 0,
                        "seed " + seed);
                expected = actual.equals(last) ? first : actual.add(BigInteger.ONE);
                choice.next();
            }
        }
    }

    private static IpAddress address(Random random) {
        long high = random.nextBoolean() ? random.nextInt(3) - 1 : random.nextLong();
        long low = random.nextBoolean() ? random.nextInt(5) - 2 : random.nextLong();
        return IpAddress.ofIpv6(high, low);
    }

    @Test
    void hashesReachTheWholeRange() {
        Random random = new Random(1);
        NatRange few = range("fc00::ffff:ffff:ffff:fff8", "fc00::1:0:0:0:7");
        Set<BigInteger> chosen = new HashSet<>();
        for (int i = 0; i < 1000; i++) {
            choice.begin(few, random.nextLong(), 0, 0);
            chosen.add(number(choice.high(), choice.low()));
        }
        assertEquals(16, chosen.size());
        // All 128 bits of a large one take part: each is set in about half of the addresses.
        int[] ones = new int[128];
        NatRange all = range("::1", "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff");
        for (int i = 0; i < 4000; i++) {
            choice.begin(all, random.nextLong(), 0, 0);
            BigInteger address = number(choice.high(), choice.low());
            for (int bit = 0; bit < 128; bit++) {
                ones[bit] += address.testBit(bit) ? 1 : 0;
            }
        }
        for (int bit = 0; bit < 128; bit++) {
            assertEquals(2000, ones[bit], 200, "bit " + bit);
        }
    }

    @Test
    void persistentTakesOneAddressAndTheNullTranslationTheOwn() {
        IpAddress first = IpAddress.parse("10.0.0.1");
        IpAddress last = IpAddress.parse("10.0.0.9");
        choice.begin(range(first, last, NatRange.Pick.PERSISTENT_HASH), 5, 0, 0);
        assertEquals(1, choice.count());
        choice.begin(range("::", "::"), 5, 77, 88);
        assertEquals(1, choice.count());
        assertEquals(77, choice.high());
        assertEquals(88, choice.low());
    }

    @Test
    void badRangesAreRefused() {
        assertThrows(IllegalArgumentException.class, () -> range("fc00::2", "fc00::1"));
        assertThrows(IllegalArgumentException.class, () -> range("fc01::", "fc00::1"));
        assertThrows(IllegalArgumentException.class, () -> range("10.0.0.1", "fc00::1"));
    }
}
