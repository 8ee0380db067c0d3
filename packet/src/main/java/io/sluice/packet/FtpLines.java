package io.sluice.packet;

/**
 * Finds in one direction of an FTP control connection what names an end of a data connection,
 * however its bytes are spread over segments: they must come in order, each once. What it has seen
 * of a line that is not over lies outside the heap, for each direction:
 *
 * <pre>
 *  0  4  the first bytes of the line, up to four, upper case; the last of them lowest
 *  4  1  where in the line it is: a phase
 *  5  1  the command or answer, of Ftp
 *  6  2  bytes of the argument so far
 *  8 64  the argument so far
 * </pre>
 *
 * <p>All 0 is the beginning of a line. Used by one thread; nothing is allocated.
 */
public final class FtpLines {
    /** Of the state. */
    public static final int BYTES = 8 + Ftp.MAX_ARGUMENT_BYTES;

    private static final int WORD = 0;
    private static final int PHASE = 4;
    private static final int KIND = 5;
    private static final int COUNT = 6;
    private static final int ARGUMENT = 8;

    // 0 to 3 are as many bytes of the line's first word.
    private static final int WORD_BYTES = 4;

    /** Behind the word of a command: a space must follow. */
    private static final int BEFORE_SPACE = 4;

    private static final int BEFORE_ARGUMENT = 5;
    private static final int IN_ARGUMENT = 6;

    /** Up to the next line nothing matters. */
    private static final int REST = 7;

    private final byte[] argument = new byte[Ftp.MAX_ARGUMENT_BYTES];
    private int kind;
    private int count;
    private boolean complete;

    /** The line at work is not known: begins with the next one. */
    public static void skipLine(long state) {
        Memory.putByte(state + PHASE, REST);
    }

    /** How many bytes there are of an argument that is not complete. */
    public static int pending(long state) {
        return Memory.getByte(state + PHASE) == IN_ARGUMENT ? Memory.getShort(state + COUNT) : 0;
    }

    /**
     * Reads on, up to the end of the next argument.
     *
     * @param state where the state of this direction lies
     * @param answers whether a server says it, and not a client
     * @param from address of the bytes
     * @return how many were read; the last of them ended an argument if {@link #isComplete}
     */
    public int read(long state, boolean answers, long from, int bytes) {
        complete = false;
        int word = Memory.getInt(state + WORD);
        int phase = Memory.getByte(state + PHASE);
        kind = Memory.getByte(state + KIND);
        count = Memory.getShort(state + COUNT);
        int at = 0;
        while (at < bytes && !complete) {
            int character = Memory.getByte(from + at++);
            if (phase < WORD_BYTES) {
                word = word << Byte.SIZE | upper(character);
                phase = character == '\n' ? 0 : afterWord(phase + 1, word, answers);
            } else if (phase == IN_ARGUMENT) {
                phase = inArgument(state, character);
            } else if (character == '\n') {
                phase = 0;
            } else if (phase == BEFORE_SPACE) {
                phase = character == ' ' ? BEFORE_ARGUMENT : REST;
            } else if (phase == BEFORE_ARGUMENT) {
                phase = beforeArgument(state, character);
            }
        }
        Memory.putInt(state + WORD, word);
        Memory.putByte(state + PHASE, phase);
        Memory.putByte(state + KIND, kind);
        Memory.putShort(state + COUNT, count);
        return at;
    }

    private static int upper(int character) {
        return character >= 'a' && character <= 'z' ? character - ('a' - 'A') : character;
    }

    private int afterWord(int bytes, int word, boolean answers) {
        if (bytes < WORD_BYTES) {
            return bytes;
        }
        kind = answers ? Ftp.answer(word) : Ftp.command(word);
        if (kind == Ftp.NOTHING) {
            return REST;
        }
        return answers ? BEFORE_ARGUMENT : BEFORE_SPACE;
    }

    /**
     * The argument of an answer begins with the first digit (RFC 1123 section 4.1.2.6), or behind
     * the bracket.
     */
    private int beforeArgument(long state, int character) {
        count = 0;
        return switch (kind) {
            case Ftp.PASSIVE ->
                    Ftp.isDigit(character) ? inArgument(state, character) : BEFORE_ARGUMENT;
            case Ftp.EXTENDED_PASSIVE -> character == '(' ? IN_ARGUMENT : BEFORE_ARGUMENT;
            default -> character == ' ' ? BEFORE_ARGUMENT : inArgument(state, character);
        };
    }

    private int inArgument(long state, int character) {
        boolean ends =
                switch (kind) {
                    case Ftp.PASSIVE -> !Ftp.isDigit(character) && character != ',';
                    case Ftp.EXTENDED_PASSIVE ->
                            character == ')' || character == '\r' || character == '\n';
                    default -> character == '\r' || character == '\n';
                };
        if (!ends && count < Ftp.MAX_ARGUMENT_BYTES) {
            Memory.putByte(state + ARGUMENT + count++, character);
            return IN_ARGUMENT;
        }
        complete = true;
        Memory.copy(state + ARGUMENT, argument, 0, count);
        return character == '\n' ? 0 : REST;
    }

    /** Whether the last {@link #read} came to the end of an argument. */
    public boolean isComplete() {
        return complete;
    }

    /** Which command or answer it is of, as {@link Ftp} numbers them. */
    public int kind() {
        return kind;
    }

    /** Its first {@link #argumentBytes} bytes; changed by the next call. */
    public byte[] argument() {
        return argument;
    }

    /** Without the byte that ended it. */
    public int argumentBytes() {
        return count;
    }
}
