package io.sluice.control.socket;

import java.io.StringWriter;
import java.util.ArrayList;
import java.util.List;
import tools.jackson.core.JsonGenerator;
import tools.jackson.databind.json.JsonMapper;

/** Reads a stream as a client does, without a socket. */
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

    private static String json(Answer answer) {
        StringWriter text = new StringWriter();
        try (JsonGenerator out = MAPPER.createGenerator(text)) {
            answer.writeTo(out);
        }
        return text.toString();
    }
}
