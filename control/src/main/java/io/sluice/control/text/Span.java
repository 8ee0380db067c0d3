package io.sluice.control.text;

/**
 * A stretch of a line of text that knows where in the line it stands, so that errors can say so.
 *
 * @param start index of the first character in the line
 * @param end index after the last one
 */
public record Span(String line, int start, int end) {
    private static final int NEAR = 1000;

    public static Span of(String line) {
        return new Span(line, 0, line.length());
    }

    public String text() {
        return line.substring(start, end);
    }

    public boolean isEmpty() {
        return start == end;
    }

    public int length() {
        return end - start;
    }

    public char charAt(int index) {
        return line.charAt(start + index);
    }

    /** Where the character stands within this stretch, or -1. */
    public int indexOf(String wanted) {
        // The bounded search is the slower one, and needed where much stands behind this stretch.
        int index =
                line.length() - end < NEAR
                        ? line.indexOf(wanted, start)
                        : line.indexOf(wanted, start, end);
        return index < 0 || index + wanted.length() > end ? -1 : index - start;
    }

    public boolean startsWith(String wanted) {
        return wanted.length() <= length() && line.startsWith(wanted, start);
    }

    /** The part between two indexes of this stretch. */
    public Span part(int from, int to) {
        return new Span(line, start + from, start + to);
    }

    public Span from(int index) {
        return part(index, length());
    }

    /** An error that points at the beginning of this stretch. */
    public SyntaxException error(String sentence) {
        return new SyntaxException(start + 1, sentence);
    }

    /** "'TEXT' is not EXPECTED", or that something is missing here. */
    public SyntaxException expected(String expected) {
        return error(
                isEmpty()
                        ? "expected " + expected
                        : "expected " + expected + ", found " + quoted());
    }

    public String quoted() {
        return "'" + text() + "'";
    }
}
