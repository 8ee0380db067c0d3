package io.sluice.natlb;

import static org.junit.jupiter.api.Assertions.assertEquals;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class SipHashTest {
    /** The vectors of the authors' reference implementation: key and input count up from 0. */
    @ParameterizedTest
    @CsvSource({
        "0,726fdb47dd0e0e31",
        "1,74f839c593dc67fd",
        "7,ab0200f58b01d137",
        "8,93f5f5799a932462",
        "15,a129ca6149be45e5",
    })
    void hashesAsItsAuthorsDo(int length, String expected) {
        byte[] input = new byte[length];
        for (int i = 0; i < length; i++) {
            input[i] = (byte) i;
        }
        long hash = SipHash.of(input, 0x0706050403020100L, 0x0F0E0D0C0B0A0908L);
        assertEquals(expected, "%016x".formatted(hash));
    }
}
