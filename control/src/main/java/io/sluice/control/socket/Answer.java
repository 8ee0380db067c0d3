package io.sluice.control.socket;

import tools.jackson.core.JsonGenerator;
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

    static Answer json(JsonNode value) {
        return out -> out.writePOJO(value);
    }
}
