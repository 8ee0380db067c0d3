package io.sluice.control.socket;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.StreamCorruptedException;
import java.nio.charset.StandardCharsets;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ObjectNode;

class AnswerReaderTest {
    private static final int ROUNDS = 2000;

    /** Gives so many bytes at a time. */
    private static InputStream in(String text, int step) {
        return new ByteArrayInputStream(text.getBytes(StandardCharsets.UTF_8)) {
            @Override
            public int read(byte[] to, int from, int length) {
                return super.read(to, from, Math.min(length, step));
            }
        };
    }

    private static String read(String text, int step) throws IOException {
        AnswerReader reader = new AnswerReader(in(text, step));
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        boolean more;
        do {
            more = reader.next(out);
        } while (more);
        return out.toString(StandardCharsets.UTF_8);
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 2, 3, 1000})
    void passesResultsOnAsTheyAre(int step) throws IOException {
        // As Open vSwitch orders members, and as Sluice does.
        assertEquals("a\n", read("{\"error\":null,\"id\":0,\"result\":\"a\"}", step));
        assertEquals("a\n", read("{\"id\":[1,{}],\"result\":\"a\\n\",\"error\":null}", step));
        assertEquals("", read(" {\"id\":1,\"result\":\"\",\"error\":null}\n", step));
        assertEquals(
                "one\n[{\"a\":\"}\\\"]\"},-1.5e3,true]\n7\n",
                read(
                        "{\"result\":\"one\"}{\"result\":[{\"a\":\"}\\\"]\"},-1.5e3,true]}"
                                + " { \"result\" : 7 , \"error\" : null }",
                        step));
        assertEquals(
                "\"\\/\t\b\f\r \u00e9\u20ac\ud83d\ude00\u00e9\n",
                read(
                        "{\"result\":\"\\\"\\\\\\/\\t\\b\\f\\r"
                                + " \\u00e9\\u20AC\\ud83d\\ude00\u00e9\"}",
                        step));
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = ';',
            quoteCharacter = '`',
            value = {
                "{\"result\":null,\"error\":\"no\\n\"};no\n",
                "{\"error\":\"no\",\"result\":null};no",
                "{\"error\":{\"code\":5}};{\"code\":5}"
            })
    void errorsAreThrown(String answer, String error) {
        CommandException e = assertThrows(CommandException.class, () -> read(answer, 1));
        assertEquals(error.strip(), e.getMessage().strip());
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "x",
                "[1]",
                "{}",
                "{\"result\":\"a\",}",
                "{\"result\":,}",
                "{\"result\" 1}",
                "{\"result\":\"\\x\"}",
                "{\"result\":\"\\u12g4\"}",
                "{\"result\":\"\\ud83d\"}",
                "{\"result\":]}",
                "{\"result\":1]"
            })
    void refusesWhatIsNoAnswer(String text) {
        assertThrows(StreamCorruptedException.class, () -> read(text, 1000));
        assertThrows(StreamCorruptedException.class, () -> read(text, 1));
    }

    @Test
    void anAnswerThatIsCutShortIsNotWhole() throws IOException {
        String whole = "{\"id\":1,\"result\":[\"a\\n\",{\"b\":2}],\"error\":null}";
        for (int length = 1; length < whole.length(); length++) {
            String part = whole.substring(0, length);
            assertThrows(EOFException.class, () -> read(part, 1000), part);
        }
        assertEquals("[\"a\\n\",{\"b\":2}]\n", read(whole, 1));
        assertFalse(new AnswerReader(in("", 1)).next(OutputStream.nullOutputStream()));
    }

    /** Against the library that writes answers. */
    @Test
    void textsArriveAsTheyWereSent() throws IOException {
        long seed = System.nanoTime();
        Random random = new Random(seed);
        JsonMapper mapper = new JsonMapper();
        for (int round = 0; round < ROUNDS; round++) {
            int[] points =
                    random.ints(random.nextInt(40), 0, Character.MAX_CODE_POINT)
                            .map(each -> each >> random.nextInt(18))
                            .filter(each -> Character.getType(each) != Character.SURROGATE)
                            .toArray();
            String text = new String(points, 0, points.length);
            ObjectNode answer = mapper.createObjectNode().put("id", 1).put("result", text);
            String expected = text.isEmpty() || text.endsWith("\n") ? text : text + "\n";
            assertEquals(expected, read(answer.toString(), 1 + random.nextInt(9)), "seed " + seed);
        }
    }

    @Test
    void aFaultOfTheOutputIsToldFromOneOfTheInput() {
        OutputStream full =
                new OutputStream() {
                    @Override
                    public void write(int each) throws IOException {
                        throw new IOException("No space left on device");
                    }
                };
        AnswerReader reader = new AnswerReader(in("{\"result\":\"a\"}", 100));
        OutputException e = assertThrows(OutputException.class, () -> reader.next(full));
        assertEquals("No space left on device", e.getMessage());
    }
}
