package io.sluice.perf;

import java.io.IOException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.Channels;
import java.nio.channels.SocketChannel;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import tools.jackson.core.JsonParser;
import tools.jackson.databind.DeserializationFeature;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/**
 * JSON-RPC 1.0 over a Unix socket, as Sluice and Open vSwitch speak it: one question at a time,
 * parameters are strings. For one thread.
 */
final class JsonRpcClient implements AutoCloseable {
    private static final long TIMEOUT_S = 30;

    // The next answer is no trailing rubbish of this one.
    private final JsonMapper json =
            JsonMapper.builder().disable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS).build();
    private final Path socket;
    private final SocketChannel channel;
    private JsonParser answers;
    private int lastId;

    /**
     * @throws BenchException if nobody listens there
     */
    JsonRpcClient(Path socket) {
        this.socket = socket;
        try {
            channel = SocketChannel.open(StandardProtocolFamily.UNIX);
            channel.connect(UnixDomainSocketAddress.of(socket));
        } catch (IOException e) {
            throw new BenchException("cannot connect to " + socket + ": " + e.getMessage(), e);
        }
    }

    /**
     * Calls a method and returns its {@code result}.
     *
     * @throws BenchException if the method answers an error, or nothing within 30 s
     */
    JsonNode call(String method, String... parameters) {
        FutureTask<JsonNode> exchange = new FutureTask<>(() -> exchange(method, parameters));
        Thread.ofVirtual().start(exchange);
        try {
            return exchange.get(TIMEOUT_S, TimeUnit.SECONDS);
        } catch (TimeoutException e) {
            close();
            throw new BenchException(method + ": no answer within " + TIMEOUT_S + " s", e);
        } catch (ExecutionException e) {
            throw new BenchException(method + ": " + e.getCause().getMessage(), e.getCause());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new BenchException(method + ": interrupted", e);
        }
    }

    private JsonNode exchange(String method, String... parameters) throws IOException {
        int id = ++lastId;
        Map<String, Object> request =
                Map.of("id", id, "method", method, "params", List.of(parameters));
        Channels.newOutputStream(channel).write(json.writeValueAsBytes(request));
        if (answers == null) {
            // Not before the first question: a new parser waits for the first bytes of an answer.
            answers = json.createParser(Channels.newInputStream(channel));
        }
        JsonNode answer = json.readTree(answers);
        if (answer == null || !answer.isObject()) {
            throw new IOException("the other side closed " + socket);
        }
        if (answer.path("id").asInt(-1) != id) {
            throw new IOException("an answer to another question: " + answer);
        }
        JsonNode error = answer.path("error");
        if (!error.isNull() && !error.isMissingNode()) {
            throw new IOException(error.isString() ? error.stringValue() : error.toString());
        }
        return answer.path("result");
    }

    /** The answer to a method called for JSON, also when it comes as text that holds JSON. */
    JsonNode callForJson(String method, String... parameters) {
        String[] all = java.util.Arrays.copyOf(parameters, parameters.length + 1);
        all[parameters.length] = "--format=json";
        JsonNode result = call(method, all);
        return result.isString() ? json.readTree(result.stringValue()) : result;
    }

    @Override
    public void close() {
        try {
            channel.close();
        } catch (IOException e) {
            throw new BenchException("cannot close " + socket + ": " + e.getMessage(), e);
        }
    }
}
