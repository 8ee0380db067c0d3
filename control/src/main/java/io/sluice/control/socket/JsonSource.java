package io.sluice.control.socket;

import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.StreamCorruptedException;
import java.nio.charset.StandardCharsets;

/**
 * JSON in UTF-8 that is read byte by byte and never held: its values are copied from a stream to a
 * stream (RFC 8259). Jackson, which reads everything else, holds a string whole, and a dump of a
 * million connections is one string. For one thread.
 */
final class JsonSource {
    static final int END = -1;

    private static final int BUFFER_BYTES = 1 << 16;
    private static final int MAX_DEPTH = 64;

    private final InputStream in;
    private final byte[] buffer = new byte[BUFFER_BYTES];
    private int at;
    private int filled;

    JsonSource(InputStream in) {
        this.in = in;
    }

    /** Whether more would have to be waited for. */
    boolean isIdle() {
        return at == filled;
    }

    /** The byte that comes next, or {@link #END}. */
    private int peek() throws IOException {
        while (at == filled) {
            filled = in.read(buffer);
            at = 0;
            if (filled < 0) {
                filled = 0;
                return END;
            }
        }
        return buffer[at] & 0xFF;
    }

    private int read() throws IOException {
        int next = peek();
        if (next == END) {
            throw cutShort();
        }
        at++;
        return next;
    }

    /** The byte behind what means nothing. */
    int token() throws IOException {
        int next = tokenOrEnd();
        if (next == END) {
            throw cutShort();
        }
        return next;
    }

    private static EOFException cutShort() {
        return new EOFException("it ends in its middle");
    }

    /** The byte behind what means nothing, or {@link #END}. */
    int tokenOrEnd() throws IOException {
        int next = peek();
        while (isBlank(next)) {
            at++;
            next = peek();
        }
        if (next != END) {
            at++;
        }
        return next;
    }

    private static boolean isBlank(int each) {
        return each == ' ' || each == '\n' || each == '\r' || each == '\t';
    }

    static void check(boolean holds) throws StreamCorruptedException {
        if (!holds) {
            throw new StreamCorruptedException("it is not JSON");
        }
    }

    /** Copies the text of a string, up to its end; its first quote was read. */
    void copyString(OutputStream to) throws IOException {
        while (true) {
            copyRun(to, false);
            if (read() == '"') {
                return;
            }
            copyEscaped(to);
        }
    }

    /** Copies what is there up to the next quote or backslash, or what a value may end at. */
    private void copyRun(OutputStream to, boolean untilStructure) throws IOException {
        while (true) {
            if (peek() == END) {
                throw cutShort();
            }
            int from = at;
            while (at < filled && !stops(buffer[at], untilStructure)) {
                at++;
            }
            to.write(buffer, from, at - from);
            if (at < filled) {
                return;
            }
        }
    }

    private static boolean stops(byte each, boolean untilStructure) {
        return each == '"'
                || each == '\\'
                || (untilStructure
                        && (isBlank(each)
                                || each == ','
                                || each == '{'
                                || each == '}'
                                || each == '['
                                || each == ']'));
    }

    private void copyEscaped(OutputStream to) throws IOException {
        int each = read();
        switch (each) {
            case 'n' -> to.write('\n');
            case 't' -> to.write('\t');
            case 'r' -> to.write('\r');
            case 'b' -> to.write('\b');
            case 'f' -> to.write('\f');
            case 'u' -> to.write(unicode());
            default -> {
                check(each == '"' || each == '\\' || each == '/');
                to.write(each);
            }
        }
    }

    /** Characters beyond the first plane have two escapes, which belong together. */
    private byte[] unicode() throws IOException {
        char first = codeUnit();
        String text = String.valueOf(first);
        if (Character.isHighSurrogate(first)) {
            check(read() == '\\' && read() == 'u');
            text += codeUnit();
        }
        return text.getBytes(StandardCharsets.UTF_8);
    }

    private char codeUnit() throws IOException {
        int unit = 0;
        for (int i = 0; i < 4; i++) {
            int digit = Character.digit(read(), 16);
            check(digit >= 0);
            unit = (unit << 4) | digit;
        }
        return (char) unit;
    }

    /**
     * Copies a value as it is written, blanks between its parts too.
     *
     * @param first its first byte, which was read
     */
    void copyValue(int first, OutputStream to) throws IOException {
        int depth = 0;
        int each = first;
        while (true) {
            to.write(each);
            switch (each) {
                case '"' -> copyQuoted(to);
                case '{', '[' -> depth++;
                case '}', ']' -> depth--;
                case ',', ':', ' ', '\n', '\r', '\t' -> check(depth > 0);
                default -> copyRun(to, true);
            }
            check(depth >= 0 && depth <= MAX_DEPTH);
            if (depth == 0) {
                return;
            }
            each = read();
        }
    }

    /** A string as it is written, up to its last quote. */
    private void copyQuoted(OutputStream to) throws IOException {
        int each;
        do {
            copyRun(to, false);
            each = read();
            to.write(each);
            if (each == '\\') {
                to.write(read());
            }
        } while (each != '"');
    }
}
