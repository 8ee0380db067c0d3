package io.sluice.control.text;

import io.sluice.control.text.Word.Form;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * Takes a comma-separated list apart, word by word, as Open vSwitch does: commas and blanks
 * separate, those within parentheses belong to the value.
 */
public final class Words {
    /** Whoever reads the words within calls itself. */
    private static final int MAX_DEPTH = 100;

    private final Span text;
    private int at;

    public Words(Span text) {
        this.text = text;
    }

    public boolean hasNext() {
        while (at < text.length() && isSeparator(text.charAt(at))) {
            at++;
        }
        return at < text.length();
    }

    /** The next word; {@link #hasNext} must have said yes. */
    public Word next() {
        int begin = at;
        while (at < text.length() && !isSeparator(text.charAt(at)) && !opens(text.charAt(at))) {
            at++;
        }
        Span name = text.part(begin, at);
        if (at == text.length() || isSeparator(text.charAt(at))) {
            return new Word(name, text.part(at, at), Form.BARE);
        }
        if (name.isEmpty() || text.charAt(at) == ')') {
            throw text.from(at).part(0, 1).expected("a word");
        }
        char opening = text.charAt(at++);
        return opening == '('
                ? parenthesised(name)
                : new Word(name, valueUpToSeparator(), opening == '=' ? Form.EQUALS : Form.COLON);
    }

    /**
     * The values of all words by their names, each once.
     *
     * @param orElse what the caller understands besides, for who writes another word
     * @throws SyntaxException when a word is none of those known, has no value, or comes again
     */
    public Map<String, Span> values(String orElse, List<String> known) {
        Map<String, Span> values = new HashMap<>();
        while (hasNext()) {
            Word word = next();
            if (!known.contains(word.key())) {
                throw word.unknown(orElse, known);
            }
            if (values.put(word.key(), word.requireValue("...")) != null) {
                throw word.name().error("'" + word.key() + "' is given twice");
            }
        }
        return values;
    }

    /** What has not been taken apart yet. */
    public Span rest() {
        return text.from(at);
    }

    private Word parenthesised(Span name) {
        int begin = at;
        at = closing(at - 1);
        Span value = text.part(begin, at++);
        if (text.from(at).startsWith("->")) {
            valueUpToSeparator();
            return new Word(name, text.part(begin, at), Form.TARGET);
        }
        if (at < text.length() && !isSeparator(text.charAt(at))) {
            throw text.from(at).part(0, 1).expected("a comma after ')'");
        }
        return new Word(name, value, Form.PARENTHESES);
    }

    private Span valueUpToSeparator() {
        int begin = at;
        while (at < text.length() && !isSeparator(text.charAt(at))) {
            if (text.charAt(at) == ')') {
                throw text.from(at).part(0, 1).error("')' without '('");
            }
            at = text.charAt(at) == '(' ? closing(at) + 1 : at + 1;
        }
        return text.part(begin, at);
    }

    /** The index of the parenthesis that closes the one here. */
    private int closing(int opening) {
        int depth = 0;
        for (int i = opening; i < text.length(); i++) {
            char c = text.charAt(i);
            depth += c == '(' ? 1 : c == ')' ? -1 : 0;
            if (depth > MAX_DEPTH) {
                throw text.part(i, i + 1)
                        .error("more than " + MAX_DEPTH + " parentheses within each other");
            }
            if (depth == 0) {
                return i;
            }
        }
        throw text.part(opening, opening + 1).error("'(' is never closed");
    }

    private static boolean isSeparator(char c) {
        return c == ',' || c == ' ' || c == '\t' || c == '\r' || c == '\n';
    }

    private static boolean opens(char c) {
        return c == '=' || c == ':' || c == '(' || c == ')';
    }
}
