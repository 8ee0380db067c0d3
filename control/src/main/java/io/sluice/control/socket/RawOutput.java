package io.sluice.control.socket;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import tools.jackson.core.JsonGenerator;
import tools.jackson.core.exc.JacksonIOException;

/** Writes bytes where a generator does, behind what it has written; makes no garbage. */
final class RawOutput {
    private static final byte[] LINE_END = {'\\', 'n'};

    private final OutputStream out;

    RawOutput(JsonGenerator generator) {
        if (!(generator.streamWriteOutputTarget() instanceof OutputStream target)) {
            throw new IllegalArgumentException("the answer does not go to a stream of bytes");
        }
        // What it has buffered comes first.
        generator.flush();
        out = target;
    }

    void write(byte[] bytes, int length) {
        write(bytes, 0, length);
    }

    private void write(byte[] bytes, int from, int length) {
        try {
            out.write(bytes, from, length);
        } catch (IOException e) {
            throw JacksonIOException.construct(e);
        }
    }

    /** As a part of a JSON string (RFC 8259, section 7). */
    void writeEscaped(byte[] utf8, int length) {
        int from = 0;
        for (int i = 0; i < length; i++) {
            byte each = utf8[i];
            // Bytes of characters beyond ASCII are negative.
            if ((each < ' ' && each >= 0) || each == '"' || each == '\\') {
                write(utf8, from, i - from);
                byte[] escape = escape(each);
                write(escape, 0, escape.length);
                from = i + 1;
            }
        }
        write(utf8, from, length - from);
    }

    private static byte[] escape(byte each) {
        return switch (each) {
            case '\n' -> LINE_END;
            case '"' -> ascii("\\\"");
            case '\\' -> ascii("\\\\");
            case '\t' -> ascii("\\t");
            case '\r' -> ascii("\\r");
            case '\b' -> ascii("\\b");
            case '\f' -> ascii("\\f");
            default -> ascii("\\u%04X".formatted(each));
        };
    }

    private static byte[] ascii(String text) {
        return text.getBytes(StandardCharsets.US_ASCII);
    }
}
