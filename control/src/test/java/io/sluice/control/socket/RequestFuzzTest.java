package io.sluice.control.socket;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTimeoutPreemptively;

import com.code_intelligence.jazzer.junit.FuzzTest;
import java.io.IOException;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.Channels;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.io.TempDir;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import tools.jackson.core.JsonParser;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** Any bytes sent to the control socket: only requests are carried out, all else is refused. */
class RequestFuzzTest {
    private static final String REQUEST = "{\"id\":1,\"method\":\"m\",\"params\":[\"p\"]}";
    private static final Duration LONGEST = Duration.ofSeconds(20);
    private static final Logger LOG = LoggerFactory.getLogger(RequestFuzzTest.class);
    private static final JsonMapper MAPPER = ControlServer.newMapper();

    @TempDir private static Path folder;
    private static Path path;
    private static ControlServer server;

    @BeforeAll
    static void serve() throws SocketException {
        path = folder.resolve("s");
        server = ControlServer.open(path);
        server.serve((method, parameters) -> Answer.text(method + parameters));
    }

    @AfterAll
    static void close() {
        server.close();
    }

    @FuzzTest
    void everythingSentIsAnswered(byte[] input) {
        assertTimeoutPreemptively(LONGEST, () -> converse(input));
        byte[] request = REQUEST.getBytes(StandardCharsets.UTF_8);
        assertEquals(
                "m[p]", assertTimeoutPreemptively(LONGEST, () -> converse(request)).asString());
    }

    /** The result of the last answer, of which there may be none. */
    private static JsonNode converse(byte[] sent) throws IOException {
        JsonNode last = MAPPER.createObjectNode();
        try (SocketChannel channel = SocketChannel.open(UnixDomainSocketAddress.of(path))) {
            send(channel, sent);
            JsonParser parser = MAPPER.createParser(Channels.newInputStream(channel));
            while (parser.nextToken() != null) {
                JsonNode answer = parser.readValueAsTree();
                assertEquals(3, answer.size(), answer::toString);
                assertEquals(true, answer.has("id"), answer::toString);
                boolean refused = answer.get("result").isNull();
                assertNotEquals(refused, answer.get("error").isNull(), answer::toString);
                assertFalse(
                        refused && answer.get("error").asString().startsWith("internal error"),
                        answer::toString);
                last = answer.get("result");
            }
        }
        return last;
    }

    private static void send(SocketChannel channel, byte[] bytes) throws IOException {
        ByteBuffer buffer = ByteBuffer.wrap(bytes);
        try {
            while (buffer.hasRemaining()) {
                channel.write(buffer);
            }
            channel.shutdownOutput();
        } catch (IOException e) {
            // The server ends the conversation at what is no JSON; its answers can still be read.
            LOG.debug("{}", e.getMessage());
        }
    }
}
