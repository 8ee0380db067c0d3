package io.sluice.control.socket;

import java.io.EOFException;
import java.io.IOException;
import java.io.OutputStream;
import java.io.StreamCorruptedException;
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
        try (SocketChannel channel = SocketChannel.open(UnixDomainSocketAddress.of(path))) {
            send(channel, method, parameters);
            try (JsonParser parser = mapper.createParser(Channels.newInputStream(channel))) {
                if (parser.nextToken() == null) {
                    throw new SocketException("Sluice ended before it answered on " + path);
                }
                return result(parser.readValueAsTree());
            }
        } catch (JacksonException e) {
            throw new SocketException("no sensible answer on the socket " + path, e);
        } catch (IOException | IllegalArgumentException | UnsupportedOperationException e) {
            throw new SocketException(explain(e), e);
        }
    }

    /**
     * Sends one request and writes what is answered while it comes, however long it is: texts as
     * they are, other values as JSON, each with a line's end. Of a stream all answers, until the
     * other side ends.
     *
     * @param stream whether the method's answers follow each other
     * @param out is flushed whenever there is nothing more to write for now
     * @throws SocketException when nobody answers, or the answer ends too early
     * @throws CommandException with the error that was answered
     * @throws OutputException when it cannot be written
     */
    public void print(String method, List<String> parameters, boolean stream, OutputStream out)
            throws SocketException, OutputException {
        try (SocketChannel channel = SocketChannel.open(UnixDomainSocketAddress.of(path))) {
            send(channel, method, parameters);
            AnswerReader answers = new AnswerReader(Channels.newInputStream(channel));
            boolean answered = answers.next(out);
            if (!answered) {
                throw new SocketException("Sluice ended before it answered on " + path);
            }
            while (answered) {
                if (!stream || answers.isIdle()) {
                    flush(out);
                }
                answered = stream && answers.next(out);
            }
        } catch (OutputException e) {
            throw e;
        } catch (EOFException | StreamCorruptedException e) {
            throw new SocketException(
                    "the answer on the socket %s is not whole: %s".formatted(path, e.getMessage()),
                    e);
        } catch (IOException | IllegalArgumentException | UnsupportedOperationException e) {
            throw new SocketException(explain(e), e);
        }
    }

    private static void flush(OutputStream out) throws OutputException {
        try {
            out.flush();
        } catch (IOException e) {
            throw new OutputException(e);
        }
    }

    private void send(SocketChannel channel, String method, List<String> parameters)
            throws IOException {
        Channels.newOutputStream(channel).write(request(method, parameters));
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
