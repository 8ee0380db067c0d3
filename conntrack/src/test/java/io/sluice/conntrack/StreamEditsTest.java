package io.sluice.conntrack;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.sluice.packet.Memory;
import java.io.ByteArrayOutputStream;
import java.lang.foreign.Arena;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Numbers wrap around in all of them: the sender begins just below 2^32. */
class StreamEditsTest {
    private static final int FIRST = -20;
    private static final int MAX_BYTES = 4096;

    private final Arena arena = Arena.ofConfined();
    private long direction;
    private long from;
    private final byte[] to = new byte[MAX_BYTES + StreamEdits.maxGrowth()];

    @BeforeEach
    void allocate() {
        direction = arena.allocate(StreamLayout.DIRECTION_BYTES, 8).address();
        from = arena.allocate(MAX_BYTES).address();
    }

    @AfterEach
    void free() {
        arena.close();
    }

    private static byte[] bytes(String text) {
        return text.getBytes(StandardCharsets.ISO_8859_1);
    }

    private void edit(int start, int end, String text) {
        StreamEdits.add(direction, FIRST + start, FIRST + end, bytes(text), text.length());
    }

    /** What the receiver gets of the sender's bytes from there on. */
    private String applied(int start, String sent) {
        Memory.copy(bytes(sent), from);
        int length = StreamEdits.apply(direction, FIRST + start, from, sent.length(), to);
        return new String(to, 0, length, StandardCharsets.ISO_8859_1);
    }

    private int received(int sent) {
        return StreamEdits.toReceived(direction, FIRST + sent) - FIRST;
    }

    private int sent(int received) {
        return StreamEdits.toSent(direction, FIRST + received) - FIRST;
    }

    @Test
    void nothingIsChangedWithoutEdits() {
        assertFalse(StreamEdits.areThere(direction));
        assertFalse(StreamEdits.change(direction, FIRST, FIRST + 100));
        assertEquals(7, received(7));
        assertEquals(30, sent(30));
        assertEquals("as it was", applied(3, "as it was"));
    }

    @Test
    void numbersBehindALongerTextAreHigherAndAcknowledgmentsOfThemLower() {
        // "PORT 10,0,0,1,4,5\r\n": 12 bytes from 5 on become 17.
        edit(5, 18, "192,168,1,20,4,5\r");
        assertTrue(StreamEdits.areThere(direction));
        assertEquals(5, received(5));
        assertEquals(22, received(18));
        assertEquals(23, received(19));
        assertEquals(22, received(10), "goes with the first byte");
        assertEquals(5, sent(5));
        assertEquals(5, sent(6), "a part of the text acknowledges nothing of it");
        assertEquals(5, sent(21));
        assertEquals(18, sent(22));
        assertEquals(19, sent(23));
        assertEquals("PORT 192,168,1,20,4,5\r\n", applied(0, "PORT 10,0,0,1,4,5\r\n"));
    }

    @Test
    void aSegmentThatIsRepeatedIsChangedAgainHoweverItIsCut() {
        edit(5, 18, "192,168,1,20,4,5\r");
        assertTrue(StreamEdits.change(direction, FIRST, FIRST + 6));
        assertFalse(StreamEdits.change(direction, FIRST, FIRST + 5));
        assertTrue(StreamEdits.change(direction, FIRST + 17, FIRST + 30));
        assertFalse(StreamEdits.change(direction, FIRST + 18, FIRST + 30));
        assertEquals("PORT 192,168,1,20,4,5\r", applied(0, "PORT 10"));
        assertEquals("\n", applied(7, ",0,0,1,4,5\r\n"));
        assertEquals("\nLIST", applied(18, "\nLIST"));
        assertEquals("PORT 192,168,1,20,4,5\r\nLIST", applied(0, "PORT 10,0,0,1,4,5\r\nLIST"));
    }

    @Test
    void whatIsKeptBackIsAcknowledgedWithWhatIsBeforeIt() {
        edit(5, 8, "");
        edit(8, 11, "");
        assertEquals("PORT ", applied(0, "PORT 10,0,0"));
        assertEquals("", applied(5, "10,"));
        assertEquals(5, received(11));
        assertEquals(11, sent(5));
        edit(11, 18, "1.2.3.4,4,5\r");
        assertEquals("1.2.3.4,4,5\r\n", applied(11, ",1,4,5\r\n"));
        assertEquals("PORT 1.2.3.4,4,5\r\n", applied(0, "PORT 10,0,0,1,4,5\r\n"));
        assertEquals(11, sent(5));
        assertEquals(17, received(18));
    }

    @Test
    void theFirstOfFiveEditsIsForgottenButNotWhatItDidToNumbers() {
        for (int i = 0; i < 5; i++) {
            edit(10 * i, 10 * i + 1, "xyz");
        }
        assertEquals(10 + 2, received(10));
        assertEquals(100 + 10, received(100));
        assertEquals(100, sent(110));
        assertEquals(20, sent(24));
        assertEquals("xyz", applied(10, "a"));
        assertEquals("a", applied(0, "a"), "forgotten");
    }

    @Test
    void editsThatAreFarBehindAreForgottenBeforeTheySeemToBeAhead() {
        edit(5, 6, "xyz");
        StreamEdits.forgetBefore(direction, FIRST + (1 << 29));
        assertTrue(StreamEdits.change(direction, FIRST + 5, FIRST + 6));
        StreamEdits.forgetBefore(direction, FIRST + (1 << 29) + 7);
        assertFalse(StreamEdits.change(direction, FIRST + 5, FIRST + 6));
        assertTrue(StreamEdits.areThere(direction));
        int far = 1 << 30;
        assertEquals(far + 2, received(far));
    }

    /** A sender, edits, and a receiver that puts together what comes by its numbers. */
    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3, 4, 5, 6, 7, 8})
    void aReceiverGetsTheSameStreamOfAnySegmentsInAnyOrder(long seed) {
        Random random = new Random(seed);
        byte[] stream = new byte[300];
        for (int i = 0; i < stream.length; i++) {
            stream[i] = (byte) ('a' + random.nextInt(26));
        }
        ByteArrayOutputStream expected = new ByteArrayOutputStream();
        List<Integer> borders = new ArrayList<>(List.of(0));
        int at = 0;
        for (int i = 0; i < StreamLayout.MAX_EDITS; i++) {
            int start = at + random.nextInt(30);
            int end = start + 1 + random.nextInt(20);
            String text = "#".repeat(random.nextInt(StreamEdits.MAX_TEXT_BYTES));
            edit(start, end, text);
            expected.write(stream, at, start - at);
            expected.writeBytes(bytes(text));
            borders.add(start);
            borders.add(end);
            at = end + 1 + random.nextInt(30);
            expected.write(stream, end, at - end);
        }
        expected.write(stream, at, stream.length - at);
        byte[] all = expected.toByteArray();
        byte[] got = new byte[all.length];
        boolean[] covered = new boolean[all.length];
        for (int i = 0; i < 2000; i++) {
            int start = random.nextInt(stream.length);
            int bytes = 1 + random.nextInt(stream.length - start);
            String sent = new String(stream, start, bytes, StandardCharsets.ISO_8859_1);
            byte[] written = bytes(applied(start, sent));
            int first = received(start);
            for (int j = 0; j < written.length; j++) {
                got[first + j] = written[j];
                covered[first + j] = true;
            }
            boolean whole = StreamEdits.change(direction, FIRST + start, FIRST + start + bytes);
            if (!whole) {
                assertEquals(sent, new String(written, StandardCharsets.ISO_8859_1));
            }
        }
        for (int i = 0; i < all.length; i++) {
            assertTrue(covered[i], "seed " + seed + ", byte " + i);
        }
        assertEquals(
                new String(all, StandardCharsets.ISO_8859_1),
                new String(got, StandardCharsets.ISO_8859_1),
                "seed " + seed);
        for (int border : borders) {
            assertTrue(sent(received(border)) >= border, "acknowledged to where it was sent");
        }
    }
}
