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

    /** Produces a long answer in pieces, which go out one by one: it need not fit into memory. */
    @FunctionalInterface
    interface Producer {
        /** Called once. */
        void produce(Pieces out);
    }

    /** Where the pieces go. */
    @FunctionalInterface
    interface Pieces {
        /** Takes as many bytes from the beginning of the array, which may be used again then. */
        void take(byte[] bytes, int length);
    }

    static Answer text(String text) {
        return out -> out.writeString(text);
    }

    /** A text, of which the pieces are in UTF-8. */
    static Answer textOf(Producer producer) {
        return out -> {
            out.writeRawValue("\"");
            producer.produce(new RawOutput(out)::writeEscaped);
            out.writeRaw('"');
        };
    }

    static Answer json(JsonNode value) {
        return out -> out.writePOJO(value);
    }

    /** A JSON value, of which the pieces are parts in UTF-8. */
    static Answer jsonOf(Producer producer) {
        return out -> {
            out.writeRawValue("");
            producer.produce(new RawOutput(out)::write);
        };
    }
}
