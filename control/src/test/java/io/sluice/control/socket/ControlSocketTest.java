package io.sluice.control.socket;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.io.OutputStream;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.Channels;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.core.JsonParser;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.JsonNodeFactory;

@Timeout(60)
class ControlSocketTest {
    private static final int LONG_LINES = 200_000;

    @TempDir private Path folder;
    private Path path;
    private ControlServer server;

    @BeforeEach
    void serve() throws SocketException {
        path = folder.resolve("new/folder/s");
        server = ControlServer.open(path);
        server.serve(ControlSocketTest::handle);
    }

    @AfterEach
    void close() {
        server.close();
    }

    private static Answer handle(String method, List<String> parameters) {
        return switch (method) {
            case "echo" -> Answer.text(String.join("|", parameters));
            case "json" -> Answer.json(JsonNodeFactory.instance.objectNode().put("a", 1));
            case "lines" ->
                    Answer.textOf(out -> {
                        for (int i = 0; i < LONG_LINES; i++) {
                            String line = "line \"" + i + "\"\t\u00e9\n";
                            byte[] bytes = line.getBytes(StandardCharsets.UTF_8);
                            out.take(bytes, bytes.length);
                        }
                    });
            case "bug" -> throw new ArithmeticException("on purpose");
            default -> throw new CommandException("unknown method '" + method + "'");
        };
    }

    private SocketChannel connect() throws IOException {
        return SocketChannel.open(UnixDomainSocketAddress.of(path));
    }

    private static void send(SocketChannel channel, String text) throws IOException {
        OutputStream out = Channels.newOutputStream(channel);
        out.write(text.getBytes(StandardCharsets.UTF_8));
    }

    private static List<JsonNode> receive(SocketChannel channel, int count) {
        JsonMapper mapper = ControlServer.newMapper();
        List<JsonNode> values = new ArrayList<>();
        JsonParser parser = mapper.createParser(Channels.newInputStream(channel));
        for (int i = 0; i < count && parser.nextToken() != null; i++) {
            values.add(parser.readValueAsTree());
        }
        return values;
    }

    @Test
    void answersAsTheProtocolSays() throws IOException {
        try (SocketChannel channel = connect()) {
            send(channel, "{\"id\":7,\"method\":\"echo\",\"params\":[\"a\",\"b\"]}");
            assertEquals(
                    "{\"id\":7,\"result\":\"a|b\",\"error\":null}",
                    receive(channel, 1).getFirst().toString());
        }
    }

    @Test
    void takesRequestsOneAfterTheOtherHoweverTheyArrive() throws IOException {
        try (SocketChannel channel = connect()) {
            String one = "{\"id\":\"x\",\"method\":\"echo\",\"params\":[\"\u00e4}{\\\"\"]}";
            String all = one + one + " \n" + one + "{\"method\":\"json\"}";
            for (byte each : all.getBytes(StandardCharsets.UTF_8)) {
                channel.write(ByteBuffer.wrap(new byte[] {each}));
            }
            List<JsonNode> answers = receive(channel, 4);
            assertEquals("\u00e4}{\"", answers.get(2).get("result").asString());
            assertEquals("x", answers.get(2).get("id").asString());
            assertEquals(
                    "{\"id\":null,\"result\":{\"a\":1},\"error\":null}", answers.get(3).toString());
        }
    }

    @Test
    void refusesWhatIsNoRequest() throws IOException {
        try (SocketChannel channel = connect()) {
            send(channel, "{\"id\":1,\"method\":5}");
            send(channel, "{\"id\":2,\"method\":\"echo\",\"params\":[5]}");
            send(channel, "{\"id\":3,\"method\":\"none\",\"params\":[]}");
            send(channel, "{\"id\":4,\"method\":\"bug\",\"params\":[]}");
            send(channel, "nonsense\n");
            List<JsonNode> answers = receive(channel, 6);
            assertEquals(
                    List.of(
                            "not a request; expected"
                                    + " {\"id\":...,\"method\":\"...\",\"params\":[...]}\n",
                            "parameters must be strings, found 5\n",
                            "unknown method 'none'\n",
                            "internal error: java.lang.ArithmeticException: on purpose\n"),
                    answers.stream().limit(4).map(each -> each.get("error").asString()).toList());
            assertEquals(3, answers.get(2).get("id").asInt());
            assertTrue(answers.get(4).get("error").asString().startsWith("not JSON: "));
            assertEquals(5, answers.size(), "the conversation ends after what is not JSON");
        }
    }

    @Test
    void refusesARequestWithoutEnd() throws IOException {
        try (SocketChannel channel = connect()) {
            send(channel, "{\"id\":1,\"method\":\"echo\",\"params\":[\"");
            ByteBuffer megabyte = ByteBuffer.allocate(1 << 20);
            for (int i = 0; i < ControlServer.MAX_REQUEST_BYTES >> 20; i++) {
                megabyte.clear();
                while (megabyte.hasRemaining()) {
                    megabyte.put((byte) 'x');
                }
                megabyte.flip();
                while (megabyte.hasRemaining()) {
                    channel.write(megabyte);
                }
            }
            assertEquals(
                    "a request may have at most 33554432 bytes\n",
                    receive(channel, 1).getFirst().get("error").asString());
        }
    }

    @Test
    void slowClientsHoldUpNobody() throws Exception {
        try (SocketChannel halfARequest = connect();
                SocketChannel neverReads = connect()) {
            send(halfARequest, "{\"id\":1,\"meth");
            send(neverReads, "{\"id\":1,\"method\":\"lines\",\"params\":[]}");
            for (int i = 0; i < 50; i++) {
                JsonNode answer = new ControlClient(path).call("echo", List.of("x" + i));
                assertEquals("x" + i, answer.asString());
            }
            send(halfARequest, "od\":\"echo\",\"params\":[]}");
            assertEquals(1, receive(halfARequest, 1).size());
        }
    }

    @Test
    void longAnswersArriveWhole() throws SocketException {
        String text = new ControlClient(path).call("lines", List.of()).asString();
        List<String> lines = text.lines().toList();
        assertEquals(LONG_LINES, lines.size());
        assertEquals("line \"199999\"\t\u00e9", lines.getLast());
        assertTrue(text.endsWith("\n"));
    }

    @Test
    void refusesMoreClientsThanItServes() throws IOException {
        List<SocketChannel> clients = new ArrayList<>();
        try {
            for (int i = 0; i < ControlServer.MAX_CLIENTS; i++) {
                clients.add(connect());
            }
            try (SocketChannel oneMore = connect()) {
                assertEquals(
                        "too many clients (256)\n",
                        receive(oneMore, 1).getFirst().get("error").asString());
            }
        } finally {
            for (SocketChannel client : clients) {
                client.close();
            }
        }
    }

    @Test
    void onlyTheOwnerMayUseIt() throws IOException {
        assertEquals(
                "rw-------", PosixFilePermissions.toString(Files.getPosixFilePermissions(path)));
        try (Stream<Path> left = Files.list(path.getParent())) {
            assertEquals(
                    List.of("s", "s.lock"),
                    left.map(each -> each.getFileName().toString()).sorted().toList());
        }
    }

    @Test
    void aSecondOneIsToldSoAndLeavesTheFirstAlone() throws SocketException {
        SocketException e = assertThrows(SocketException.class, () -> ControlServer.open(path));
        assertEquals(
                "another Sluice (process %d) is running on the socket %s: choose another with --socket, or stop that one"
                        .formatted(ProcessHandle.current().pid(), path),
                e.getMessage());
        assertEquals("x", new ControlClient(path).call("echo", List.of("x")).asString());
    }

    @Test
    void replacesWhatADeadProcessLeft() throws Exception {
        server.close();
        assertFalse(Files.exists(path));
        try (ServerSocketChannel dead = ServerSocketChannel.open(StandardProtocolFamily.UNIX)) {
            dead.bind(UnixDomainSocketAddress.of(path));
        }
        Files.writeString(path.resolveSibling("s.lock"), "1 2");
        assertTrue(Files.exists(path));
        SocketException e =
                assertThrows(
                        SocketException.class,
                        () -> new ControlClient(path).call("echo", List.of()));
        assertEquals("no Sluice is running: nobody listens on the socket " + path, e.getMessage());
        server = ControlServer.open(path);
        server.serve(ControlSocketTest::handle);
        assertEquals("x", new ControlClient(path).call("echo", List.of("x")).asString());
    }

    @Test
    void takesPathsAsLongAsTheSystemDoes() throws SocketException {
        int free =
                ControlServer.MAX_PATH_BYTES
                        - folder.toString().length()
                        - 1
                        - "sluice.sock".length()
                        - 1;
        Path longest = folder.resolve("x".repeat(free)).resolve("sluice.sock");
        try (ControlServer other = ControlServer.open(longest)) {
            other.serve(ControlSocketTest::handle);
            assertEquals("x", new ControlClient(longest).call("echo", List.of("x")).asString());
        }
        Path tooLong = folder.resolve("x".repeat(free + 1)).resolve("sluice.sock");
        assertThrows(SocketException.class, () -> ControlServer.open(tooLong));
    }

    @Test
    void saysThatNobodyIsThere() {
        Path none = folder.resolve("none");
        SocketException e =
                assertThrows(
                        SocketException.class,
                        () -> new ControlClient(none).call("echo", List.of()));
        assertEquals(
                "no Sluice is running: there is no socket " + none + " (see --socket)",
                e.getMessage());
    }
}
