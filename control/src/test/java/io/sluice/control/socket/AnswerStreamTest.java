package io.sluice.control.socket;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.Channels;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.core.JsonParser;
import tools.jackson.databind.JsonNode;

@Timeout(60)
class AnswerStreamTest {
    private static final String REQUEST = "{\"id\":\"me\",\"method\":\"events\",\"params\":[]}";

    /** As long as a line of a big packet. */
    private static final String FILLING = "x".repeat(4000);

    @TempDir private Path folder;
    private final Set<AnswerStream> readers = ConcurrentHashMap.newKeySet();
    private Path path;
    private ControlServer server;

    @BeforeEach
    void serve() throws SocketException {
        path = folder.resolve("s");
        server = ControlServer.open(path);
        server.serve((method, parameters) -> {
            if (!method.equals("events")) {
                throw new CommandException("unknown method '" + method + "'");
            }
            AnswerStream stream =
                    new AnswerStream(lost -> Answer.text("lost " + lost), readers::remove);
            readers.add(stream);
            return stream;
        });
    }

    @AfterEach
    void close() {
        server.close();
    }

    private SocketChannel subscribe() throws IOException {
        SocketChannel channel = SocketChannel.open(UnixDomainSocketAddress.of(path));
        OutputStream out = Channels.newOutputStream(channel);
        out.write(REQUEST.getBytes(StandardCharsets.UTF_8));
        return channel;
    }

    private void tell(String text) {
        readers.forEach(reader -> reader.offer(Answer.text(text)));
    }

    private void awaitReaders(int count) throws InterruptedException {
        while (readers.size() != count) {
            Thread.sleep(1);
        }
    }

    private static String next(JsonParser parser) {
        assertTrue(parser.nextToken() != null);
        JsonNode answer = parser.readValueAsTree();
        assertEquals("me", answer.get("id").asString());
        assertTrue(answer.get("error").isNull());
        return answer.get("result").asString();
    }

    private static JsonParser parser(SocketChannel channel) {
        return ControlServer.newMapper().createParser(Channels.newInputStream(channel));
    }

    @Test
    void repeatsAnswersToTheSameRequest() throws Exception {
        try (SocketChannel channel = subscribe();
                JsonParser answers = parser(channel)) {
            assertEquals("", next(answers));
            tell("one");
            assertEquals("one", next(answers));
            tell("two");
            tell("three");
            assertEquals("two", next(answers));
            assertEquals("three", next(answers));
        }
    }

    @Test
    void forgetsReadersThatGo() throws Exception {
        try (SocketChannel channel = subscribe();
                JsonParser answers = parser(channel)) {
            assertEquals("", next(answers));
        }
        awaitReaders(0);
        try (SocketChannel channel = subscribe();
                JsonParser answers = parser(channel)) {
            assertEquals("", next(answers));
            channel.shutdownOutput();
            awaitReaders(0);
            assertEquals(null, answers.nextToken(), "the stream has ended");
        }
    }

    @Test
    void aReaderThatStallsIsToldWhatItMissedAndHoldsUpNobody() throws Exception {
        int count = 4 * AnswerStream.CAPACITY;
        try (SocketChannel stalling = subscribe();
                SocketChannel reading = subscribe();
                JsonParser stalled = parser(stalling);
                JsonParser answers = parser(reading)) {
            assertEquals("", next(stalled));
            assertEquals("", next(answers));
            for (int i = 0; i < count; i++) {
                tell(i + " " + FILLING);
                assertEquals(i + " " + FILLING, next(answers));
            }
            tell("end");
            assertEquals("end", next(answers));
            checkSumIsWhole(stalled, count + 1);
        }
    }

    /** What came and what is said to be lost is all there was, in its order. */
    private static void checkSumIsWhole(JsonParser stalled, int count) {
        long seen = 0;
        long lost = 0;
        while (seen + lost < count) {
            String line = next(stalled);
            if (line.startsWith("lost ")) {
                lost += Long.parseLong(line.substring(5));
            } else if (!line.equals("end")) {
                assertEquals(seen + lost, Long.parseLong(line.substring(0, line.indexOf(' '))));
                seen++;
            } else {
                seen++;
            }
        }
        assertEquals(count, seen + lost);
        assertTrue(lost > 0, "the socket's buffer took it all");
        assertTrue(seen >= AnswerStream.CAPACITY);
    }

    @Test
    void endsWithTheServer() throws Exception {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        Thread closing =
                Thread.ofVirtual()
                        .start(() -> {
                            while (readers.isEmpty()) {
                                Thread.onSpinWait();
                            }
                            tell("last");
                            while (out.size() == 0) {
                                Thread.onSpinWait();
                            }
                            server.close();
                        });
        new ControlClient(path).print("events", List.of(), true, out);
        closing.join();
        assertEquals("last\n", out.toString(StandardCharsets.UTF_8));
        awaitReaders(0);
    }

    @Test
    void refusalsAreErrorsAsEver() {
        CommandException e =
                assertThrows(
                        CommandException.class,
                        () ->
                                new ControlClient(path)
                                        .print(
                                                "event",
                                                List.of(),
                                                true,
                                                OutputStream.nullOutputStream()));
        assertEquals("unknown method 'event'\n", e.getMessage());
    }
}
