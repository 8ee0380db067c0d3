package io.sluice.perf;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.FutureTask;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;

class JsonRpcClientTest {
    @TempDir Path directory;

    /**
     * Answers each question with the next of {@code answers}, byte for byte; returns the questions.
     */
    private FutureTask<List<String>> serve(ServerSocketChannel server, List<String> answers) {
        Callable<List<String>> work =
                () -> {
                    List<String> questions = new ArrayList<>();
                    try (SocketChannel client = server.accept()) {
                        for (String answer : answers) {
                            ByteBuffer buffer = ByteBuffer.allocate(4096);
                            client.read(buffer);
                            String question =
                                    new String(
                                            buffer.array(),
                                            0,
                                            buffer.position(),
                                            StandardCharsets.UTF_8);
                            questions.add(question);
                            client.write(ByteBuffer.wrap(answer.getBytes(StandardCharsets.UTF_8)));
                        }
                    }
                    return questions;
                };
        FutureTask<List<String>> task = new FutureTask<>(work);
        Thread.ofVirtual().start(task);
        return task;
    }

    private ServerSocketChannel listen() throws IOException {
        ServerSocketChannel server = ServerSocketChannel.open(StandardProtocolFamily.UNIX);
        server.bind(UnixDomainSocketAddress.of(directory.resolve("s")));
        return server;
    }

    @Test
    void questionsAndAnswersGoInTurnWithoutNewlines() throws Exception {
        try (ServerSocketChannel server = listen()) {
            FutureTask<List<String>> questions =
                    serve(
                            server,
                            List.of(
                                    "{\"id\":1,\"result\":\"text\",\"error\":null}",
                                    "{\"id\":2,\"error\":null,\"result\":[{\"packets\":5}]}\n",
                                    "{\"id\":3,\"result\":\"{\\\"connections\\\": 9}\","
                                            + "\"error\":null}"));
            try (JsonRpcClient client = new JsonRpcClient(directory.resolve("s"))) {
                assertEquals("text", client.call("status").stringValue());
                JsonNode workers = client.callForJson("stats/workers");
                assertEquals(5, workers.get(0).get("packets").asInt());
                JsonNode count = client.callForJson("ct/count", "zone=1");
                assertEquals(9, count.get("connections").asInt(), "text that holds JSON");
            }
            String last = questions.get().getLast();
            assertTrue(last.contains("\"params\":[\"zone=1\",\"--format=json\"]"), last);
            assertTrue(last.contains("\"method\":\"ct/count\""), last);
            assertTrue(last.contains("\"id\":3"), last);
        }
    }

    @Test
    void anErrorIsTheMessage() throws Exception {
        try (ServerSocketChannel server = listen()) {
            var _ =
                    serve(
                            server,
                            List.of("{\"id\":1,\"result\":null,\"error\":\"unknown command\"}"));
            try (JsonRpcClient client = new JsonRpcClient(directory.resolve("s"))) {
                BenchException failure =
                        assertThrows(BenchException.class, () -> client.call("nonsense"));
                assertEquals("nonsense: unknown command", failure.getMessage());
            }
        }
    }

    @Test
    void aClosedSocketAndAWrongAnswerAreErrors() throws Exception {
        try (ServerSocketChannel server = listen()) {
            var _ = serve(server, List.of("{\"id\":7,\"result\":1,\"error\":null}"));
            try (JsonRpcClient client = new JsonRpcClient(directory.resolve("s"))) {
                BenchException wrong =
                        assertThrows(BenchException.class, () -> client.call("status"));
                assertTrue(wrong.getMessage().contains("another question"), wrong.getMessage());
                assertThrows(BenchException.class, () -> client.call("status"));
            }
        }
    }

    @Test
    void nobodyThereIsSaid() {
        BenchException failure =
                assertThrows(
                        BenchException.class, () -> new JsonRpcClient(directory.resolve("nobody")));
        assertTrue(failure.getMessage().startsWith("cannot connect to "), failure.getMessage());
    }
}
