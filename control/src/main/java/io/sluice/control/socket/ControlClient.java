package io.sluice.control.socket;

import java.io.IOException;
import java.io.OutputStream;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.Channels;
import java.nio.channels.SocketChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.function.Predicate;
import tools.jackson.core.JacksonException;
import tools.jackson.core.JsonParser;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ObjectNode;

/** Asks a running Sluice, or anything else that speaks the protocol of {@code ovs-appctl}. */
public final class ControlClient {
    private final Path path;
    private final JsonMapper mapper = ControlServer.newMapper();

    public ControlClient(Path path) {
        this.path = path;
    }

    /**
     * Sends one request and waits for its answer.
     *
     * @return the result, a text or any JSON value
     * @throws SocketException when nobody answers
     * @throws CommandException with the error that was answered
     */
    public JsonNode call(String method, List<String> parameters) throws SocketException {
        JsonNode[] result = new JsonNode[1];
        exchange(
                method,
                parameters,
                each -> {
                    result[0] = each;
                    return false;
                });
        if (result[0] == null) {
            throw new SocketException("Sluice ended before it answered on " + path);
        }
        return result[0];
    }

    /**
     * Sends a request for a stream and takes its answers, until the other side ends or the reader
     * has enough.
     *
     * @param reader called with each result; false: it is the last one
     * @throws SocketException when nobody answers
     * @throws CommandException with the error that was answered
     */
    public void stream(String method, List<String> parameters, Predicate<JsonNode> reader)
            throws SocketException {
        exchange(method, parameters, reader);
    }

    private void exchange(String method, List<String> parameters, Predicate<JsonNode> reader)
            throws SocketException {
        try (SocketChannel channel = SocketChannel.open(UnixDomainSocketAddress.of(path))) {
            OutputStream out = Channels.newOutputStream(channel);
            out.write(request(method, parameters));
            try (JsonParser parser = mapper.createParser(Channels.newInputStream(channel))) {
                while (parser.nextToken() != null) {
                    if (!reader.test(result(parser.readValueAsTree()))) {
                        return;
                    }
                }
            }
        } catch (JacksonException e) {
            throw new SocketException("no sensible answer on the socket " + path, e);
        } catch (IOException | IllegalArgumentException | UnsupportedOperationException e) {
            throw new SocketException(explain(e), e);
        }
    }

    private byte[] request(String method, List<String> parameters) {
        ObjectNode request = mapper.createObjectNode();
        request.put("id", 1).put("method", method);
        parameters.forEach(request.putArray("params")::add);
        return mapper.writeValueAsBytes(request);
    }

    private static JsonNode result(JsonNode response) {
        JsonNode error = response.path("error");
        if (!error.isNull() && !error.isMissingNode()) {
            throw new CommandException(error.isString() ? error.stringValue() : error.toString());
        }
        return response.path("result");
    }

    private String explain(Exception e) {
        if (!Files.exists(path)) {
            return "no Sluice is running: there is no socket %s (see --socket)".formatted(path);
        }
        String reason = e.getMessage() == null ? e.toString() : e.getMessage();
        return switch (reason) {
            case "Connection refused" ->
                    "no Sluice is running: nobody listens on the socket " + path;
            case "Permission denied" -> "no permission to use the socket " + path;
            default -> "the socket %s cannot be used: %s".formatted(path, reason);
        };
    }
}
