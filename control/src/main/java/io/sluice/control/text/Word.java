package io.sluice.control.text;

import java.util.List;

/**
 * One element of a comma-separated list: {@code name}, {@code name=value}, {@code name:value},
 * {@code name(value)} or {@code name(value)->target}.
 *
 * @param value empty for a bare name; with a target, all behind the parenthesis that opens
 */
public record Word(Span name, Span value, Form form) {
    public enum Form {
        BARE,
        EQUALS,
        COLON,
        PARENTHESES,
        TARGET
    }

    public String key() {
        return name.text();
    }

    /** For words that mean something by themselves. */
    public void requireBare() {
        if (form != Form.BARE) {
            throw value.error("'" + key() + "' takes no value");
        }
    }

    /** For words that need {@code =} or {@code :} and something behind it. */
    public Span requireValue(String what) {
        if ((form != Form.EQUALS && form != Form.COLON) || value.isEmpty()) {
            throw name.error("'" + key() + "' needs a value: " + key() + separator() + what);
        }
        return value;
    }

    /** What to say of a word that is none of those known; the nearest of them is named. */
    public SyntaxException unknown(List<String> known) {
        return unknown("", known);
    }

    /** The same where something else is understood, too. */
    public SyntaxException unknown(String orElse, List<String> known) {
        return name.error(
                "unknown word %s, expected %sone of %s%s"
                        .formatted(
                                name.quoted(),
                                orElse,
                                String.join(" ", known),
                                NearestWord.hint(key(), known)));
    }

    private char separator() {
        return form == Form.COLON ? ':' : '=';
    }

    /** The words within the parentheses. */
    public Words requireList() {
        if (form != Form.PARENTHESES) {
            throw name.error("'" + key() + "' needs parentheses: " + key() + "(...)");
        }
        return new Words(value);
    }
}
