package io.sluice.control.text;

/** A text that users wrote cannot be read. The sentence is fit for their eyes. */
public final class SyntaxException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    private final int column;
    private final String sentence;

    /**
     * @param column of the line, from 1
     */
    public SyntaxException(int column, String sentence) {
        super("column " + column + ": " + sentence);
        this.column = column;
        this.sentence = sentence;
    }

    public int column() {
        return column;
    }

    /** The message without the place. */
    public String sentence() {
        return sentence;
    }
}
