package io.sluice.control.socket;

import java.util.function.Consumer;
import tools.jackson.core.JsonGenerator;
import tools.jackson.core.io.JsonStringEncoder;
import tools.jackson.databind.JsonNode;

/**
 * The result of a command. It is written on the thread of the client that asked, after the command
 * has run: an answer that is long may be produced while it is written, and a client that reads
 * slowly holds up nobody else.
 */
@FunctionalInterface
public interface Answer {
    /** Writes exactly one JSON value. */
    void writeTo(JsonGenerator out);

    static Answer text(String text) {
        return out -> out.writeString(text);
    }

    /**
     * A text made line by line while it is written, so that it need not fit into memory.
     *
     * @param producer called once with what takes the lines, without their ends
     */
    static Answer lines(Consumer<Consumer<String>> producer) {
        return out -> {
            JsonStringEncoder encoder = JsonStringEncoder.getInstance();
            out.writeRawValue("\"");
            producer.accept(line -> {
                char[] quoted = encoder.quoteAsCharArray(line);
                out.writeRaw(quoted, 0, quoted.length);
                out.writeRaw("\\n");
            });
            out.writeRaw('"');
        };
    }

    static Answer json(JsonNode value) {
        return out -> out.writePOJO(value);
    }
}
