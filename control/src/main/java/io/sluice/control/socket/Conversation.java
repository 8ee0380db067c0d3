package io.sluice.control.socket;

import java.io.BufferedOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.channels.Channels;
import java.nio.channels.SocketChannel;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import tools.jackson.core.JacksonException;
import tools.jackson.core.JsonGenerator;
import tools.jackson.core.JsonParser;
import tools.jackson.core.exc.JacksonIOException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/**
 * Serves one client: reads requests, which follow each other without anything between them, and
 * answers each before it reads the next; after a request for a stream it only answers, until the
 * client goes. Runs on a virtual thread of its own.
 */
final class Conversation implements Runnable {
    private static final Logger LOG = LoggerFactory.getLogger(Conversation.class);
    private static final int BUFFER_BYTES = 1 << 16;

    private final SocketChannel client;
    private final JsonMapper mapper;
    private final CommandHandler handler;
    private final BusyCount busy;

    Conversation(SocketChannel client, JsonMapper mapper, CommandHandler handler, BusyCount busy) {
        this.client = client;
        this.mapper = mapper;
        this.handler = handler;
        this.busy = busy;
    }

    @Override
    public void run() {
        try (client;
                RequestLimit in =
                        new RequestLimit(
                                Channels.newInputStream(client), ControlServer.MAX_REQUEST_BYTES);
                OutputStream out =
                        new BufferedOutputStream(Channels.newOutputStream(client), BUFFER_BYTES)) {
            serve(in, out);
        } catch (IOException | JacksonIOException e) {
            LOG.debug("a client went away: {}", e.getMessage());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } catch (RuntimeException e) {
            // What was written of the answer is no whole JSON, so the client knows.
            LOG.error("an answer broke off", e);
        }
    }

    private void serve(RequestLimit in, OutputStream out) throws IOException, InterruptedException {
        try (JsonParser parser = mapper.createParser(in)) {
            while (parser.nextToken() != null) {
                JsonNode value = parser.readValueAsTree();
                Answer answer;
                busy.enter();
                try {
                    answer = answer(value, out);
                } finally {
                    busy.leave();
                }
                if (answer instanceof AnswerStream stream) {
                    follow(stream, value.path("id"), out);
                    return;
                }
                in.restart();
            }
        } catch (JacksonIOException e) {
            if (!(e.getCause() instanceof RequestLimit.ExceededException)) {
                throw e;
            }
            writeError(out, null, e.getCause().getMessage());
        } catch (JacksonException e) {
            // Where the next request would begin cannot be known: the conversation ends.
            writeError(out, null, "not JSON: " + e.getOriginalMessage());
        }
    }

    /** Answers once; returns null when it was an error. */
    private Answer answer(JsonNode value, OutputStream out)
            throws IOException, InterruptedException {
        JsonNode id = value.path("id");
        Answer answer;
        try {
            Request request = Request.of(value);
            answer = handler.call(request.method(), request.parameters());
        } catch (CommandException e) {
            writeError(out, id, e.getMessage());
            return null;
        } catch (RuntimeException e) {
            LOG.error("the command {} failed", value, e);
            writeError(out, id, "internal error: " + e);
            return null;
        }
        try {
            writeResult(out, id, answer);
            out.flush();
        } catch (IOException | RuntimeException e) {
            if (answer instanceof AnswerStream stream) {
                stream.close();
            }
            throw e;
        }
        return answer;
    }

    private void follow(AnswerStream stream, JsonNode id, OutputStream out)
            throws IOException, InterruptedException {
        Thread.ofVirtual().name("control-client-end").start(() -> closeAtEnd(stream));
        try {
            Answer next;
            while ((next = stream.take()) != null) {
                writeResult(out, id, next);
                if (stream.isIdle()) {
                    out.flush();
                }
            }
        } finally {
            stream.close();
        }
    }

    /** Passes over what the client still sends, until it sends no more. */
    private void closeAtEnd(AnswerStream stream) {
        try {
            ByteBuffer ignored = ByteBuffer.allocate(BUFFER_BYTES);
            while (client.read(ignored) >= 0) {
                ignored.clear();
            }
        } catch (IOException e) {
            LOG.debug("a client went away: {}", e.getMessage());
        } finally {
            stream.close();
        }
    }

    private void writeResult(OutputStream out, JsonNode id, Answer answer) {
        try (JsonGenerator json = mapper.createGenerator(out)) {
            json.writeStartObject();
            writeId(json, id);
            json.writeName("result");
            answer.writeTo(json);
            json.writeNullProperty("error");
            json.writeEndObject();
        }
    }

    private void writeError(OutputStream out, JsonNode id, String sentence) throws IOException {
        try (JsonGenerator json = mapper.createGenerator(out)) {
            json.writeStartObject();
            writeId(json, id);
            json.writeNullProperty("result");
            // With a line's end, as ovs-appctl expects texts.
            json.writeStringProperty("error", sentence + "\n");
            json.writeEndObject();
        }
        out.flush();
    }

    private static void writeId(JsonGenerator json, JsonNode id) {
        json.writeName("id");
        if (id == null || id.isMissingNode()) {
            json.writeNull();
        } else {
            json.writePOJO(id);
        }
    }
}
