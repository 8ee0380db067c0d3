package io.sluice.control.socket;

import java.io.IOException;
import java.io.OutputStream;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.Channels;
import java.nio.channels.SocketChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
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
        ObjectNode request = mapper.createObjectNode();
        request.put("id", 1).put("method", method);
        parameters.forEach(request.putArray("params")::add);
        JsonNode response = exchange(mapper.writeValueAsBytes(request));
        JsonNode error = response.path("error");
        if (!error.isNull() && !error.isMissingNode()) {
            throw new CommandException(error.isString() ? error.stringValue() : error.toString());
        }
        return response.path("result");
    }

    private JsonNode exchange(byte[] request) throws SocketException {
        try (SocketChannel channel = SocketChannel.open(UnixDomainSocketAddress.of(path))) {
            OutputStream out = Channels.newOutputStream(channel);
            out.write(request);
            try (JsonParser parser = mapper.createParser(Channels.newInputStream(channel))) {
                if (parser.nextToken() == null) {
                    throw new SocketException("Sluice ended before it answered on " + path);
                }
                return parser.readValueAsTree();
            }
        } catch (JacksonException e) {
            throw new SocketException("no sensible answer on the socket " + path, e);
        } catch (IOException | IllegalArgumentException | UnsupportedOperationException e) {
            throw new SocketException(explain(e), e);
        }
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
