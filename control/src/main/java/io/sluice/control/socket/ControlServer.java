package io.sluice.control.socket;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.channels.Channels;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import tools.jackson.core.StreamReadConstraints;
import tools.jackson.core.StreamReadFeature;
import tools.jackson.core.StreamWriteFeature;
import tools.jackson.core.json.JsonFactory;
import tools.jackson.databind.json.JsonMapper;

/**
 * The control socket: JSON-RPC 1.0 as {@code ovs-appctl} speaks it. Clients are served at the same
 * time, each by a virtual thread; what they ask for is up to the {@link CommandHandler}.
 */
public final class ControlServer implements AutoCloseable {
    /** Java's limit for the name of a Unix socket, one less than Linux's. */
    public static final int MAX_PATH_BYTES = 106;

    /** Longer requests are refused: about 300,000 flows in one. */
    static final int MAX_REQUEST_BYTES = 32 << 20;

    /** Clients at the same time. */
    static final int MAX_CLIENTS = 256;

    private static final Logger LOG = LoggerFactory.getLogger(ControlServer.class);
    private static final int LAST_ANSWERS_MS = 2000;
    private static final String TOO_MANY =
            "{\"id\":null,\"result\":null,\"error\":\"too many clients (%d)\\n\"}"
                    .formatted(MAX_CLIENTS);

    private final SocketFile socket;
    private final JsonMapper mapper = newMapper();
    private final Set<SocketChannel> clients = ConcurrentHashMap.newKeySet();
    private final BusyCount busy = new BusyCount();

    private ControlServer(SocketFile socket) {
        this.socket = socket;
    }

    /**
     * Takes the socket's name. Clients may connect from now on; they are answered after {@link
     * #serve}.
     *
     * @throws SocketException when another process has it, or it cannot be made
     */
    public static ControlServer open(Path path) throws SocketException {
        return new ControlServer(SocketFile.open(path));
    }

    /** Begins to answer. */
    public void serve(CommandHandler handler) {
        Thread.ofPlatform().daemon().name("control-accept").start(() -> acceptUntilClosed(handler));
    }

    /** Lets answers that are on their way arrive, ends all conversations and removes the socket. */
    @Override
    public void close() {
        socket.close();
        try {
            busy.awaitIdle(LAST_ANSWERS_MS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        clients.forEach(ControlServer::closeQuietly);
    }

    static JsonMapper newMapper() {
        JsonFactory factory =
                JsonFactory.builder()
                        .streamReadConstraints(
                                StreamReadConstraints.builder()
                                        .maxStringLength(Integer.MAX_VALUE)
                                        .maxNestingDepth(64)
                                        .build())
                        // A conversation outlives its parsers and generators.
                        .disable(StreamReadFeature.AUTO_CLOSE_SOURCE)
                        .disable(StreamWriteFeature.AUTO_CLOSE_TARGET)
                        .disable(StreamWriteFeature.FLUSH_PASSED_TO_STREAM)
                        .build();
        return JsonMapper.builder(factory).build();
    }

    private void acceptUntilClosed(CommandHandler handler) {
        while (socket.channel().isOpen()) {
            try {
                accept(socket.channel().accept(), handler);
            } catch (ClosedChannelException e) {
                return;
            } catch (IOException e) {
                // Out of file descriptors, most likely: clients that leave make room.
                LOG.warn("a client could not be accepted: {}", e.getMessage());
                pause();
            }
        }
    }

    private void accept(SocketChannel client, CommandHandler handler) throws IOException {
        if (clients.size() >= MAX_CLIENTS) {
            try (client;
                    OutputStream out = Channels.newOutputStream(client)) {
                out.write(TOO_MANY.getBytes(StandardCharsets.US_ASCII));
            }
            return;
        }
        clients.add(client);
        Conversation conversation = new Conversation(client, mapper, handler, busy);
        Thread.ofVirtual()
                .name("control-client")
                .start(() -> {
                    try {
                        conversation.run();
                    } finally {
                        clients.remove(client);
                    }
                });
    }

    private static void pause() {
        try {
            Thread.sleep(100);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private static void closeQuietly(SocketChannel client) {
        try {
            client.close();
        } catch (IOException e) {
            LOG.debug("closing a client: {}", e.getMessage());
        }
    }
}
