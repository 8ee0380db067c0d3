package io.sluice.control.socket;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;

/**
 * Reads answers of JSON-RPC 1.0 and passes their results on while they come: a string as its text,
 * any other value as it is written. Members may come in any order. For one thread.
 */
final class AnswerReader {
    /** Of an error, or of the name of a member. */
    private static final int MAX_SENTENCE_BYTES = 1 << 20;

    private final JsonSource in;

    AnswerReader(InputStream in) {
        this.in = new JsonSource(in);
    }

    /** Where a result goes: knows whether its last line has an end. */
    private static final class Result extends OutputStream {
        private final OutputStream out;
        private int last = '\n';

        Result(OutputStream out) {
            this.out = out;
        }

        @Override
        public void write(int each) throws IOException {
            try {
                out.write(each);
            } catch (IOException e) {
                throw new OutputException(e);
            }
            last = each;
        }

        @Override
        public void write(byte[] bytes, int from, int length) throws IOException {
            if (length == 0) {
                return;
            }
            try {
                out.write(bytes, from, length);
            } catch (IOException e) {
                throw new OutputException(e);
            }
            last = bytes[from + length - 1];
        }

        void endLine() throws IOException {
            if (last != '\n') {
                write('\n');
            }
        }
    }

    /** Whether the next answer would have to be waited for. */
    boolean isIdle() {
        return in.isIdle();
    }

    /**
     * Reads the next answer and writes its result, with a line's end behind it if it has none.
     *
     * @return false when there are no more answers
     * @throws CommandException with the error that was answered
     * @throws OutputException when the result cannot be written
     * @throws IOException when it is no answer, or ends in its middle
     */
    boolean next(OutputStream out) throws IOException {
        int token = in.tokenOrEnd();
        if (token == JsonSource.END) {
            return false;
        }
        JsonSource.check(token == '{');
        Result result = new Result(out);
        do {
            JsonSource.check(in.token() == '"');
            String name = sentence();
            JsonSource.check(in.token() == ':');
            readMember(name, in.token(), result);
            token = in.token();
        } while (token == ',');
        JsonSource.check(token == '}');
        result.endLine();
        return true;
    }

    private void readMember(String name, int first, Result result) throws IOException {
        boolean text = first == '"';
        switch (name) {
            case "error" -> {
                String error = text ? sentence() : value(first);
                if (text || !error.equals("null")) {
                    throw new CommandException(error);
                }
            }
            // An error has null for a result.
            case "result" -> {
                if (text) {
                    in.copyString(result);
                } else {
                    in.copyValue(first, first == 'n' ? OutputStream.nullOutputStream() : result);
                }
            }
            default -> in.copyValue(first, OutputStream.nullOutputStream());
        }
    }

    private String sentence() throws IOException {
        Sentence text = new Sentence();
        in.copyString(text);
        return text.toString(StandardCharsets.UTF_8);
    }

    private String value(int first) throws IOException {
        Sentence text = new Sentence();
        in.copyValue(first, text);
        return text.toString(StandardCharsets.UTF_8);
    }

    /** Text that is held, and so must have an end. */
    private static final class Sentence extends ByteArrayOutputStream {
        @Override
        public synchronized void write(byte[] bytes, int from, int length) {
            if (size() + length > MAX_SENTENCE_BYTES) {
                throw new CommandException("an error of more than a megabyte");
            }
            super.write(bytes, from, length);
        }
    }
}
