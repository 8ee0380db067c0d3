package io.sluice.control.socket;

import java.io.IOException;
import java.io.StringWriter;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.Channels;
import java.nio.channels.SocketChannel;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.Predicate;
import tools.jackson.core.JsonGenerator;
import tools.jackson.core.JsonParser;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** Reads a stream as a client does, with a socket or without. */
public final class StreamReader {
    private static final JsonMapper MAPPER = new JsonMapper();

    private StreamReader() {}

    /** The next answers, as JSON. */
    public static List<String> take(AnswerStream stream, int count) throws InterruptedException {
        List<String> answers = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            answers.add(json(stream.take()));
        }
        return answers;
    }

    /** The next answers, up to the first that holds this text. */
    public static List<String> takeUntil(AnswerStream stream, String text)
            throws InterruptedException {
        List<String> answers = new ArrayList<>();
        do {
            answers.add(json(stream.take()));
        } while (!answers.getLast().contains(text));
        return answers;
    }

    /** Asks for a stream on a socket and hands over its results, until the reader has enough. */
    public static void read(
            Path socket, String method, List<String> parameters, Predicate<JsonNode> reader)
            throws IOException {
        JsonMapper mapper = ControlServer.newMapper();
        try (SocketChannel channel = SocketChannel.open(UnixDomainSocketAddress.of(socket))) {
            Map<String, Object> request = Map.of("id", 1, "method", method, "params", parameters);
            Channels.newOutputStream(channel).write(mapper.writeValueAsBytes(request));
            JsonParser answers = mapper.createParser(Channels.newInputStream(channel));
            while (answers.nextToken() != null) {
                JsonNode answer = answers.readValueAsTree();
                if (!reader.test(answer.get("result"))) {
                    return;
                }
            }
        }
    }

    private static String json(Answer answer) {
        StringWriter text = new StringWriter();
        try (JsonGenerator out = MAPPER.createGenerator(text)) {
            answer.writeTo(out);
        }
        return text.toString();
    }
}
