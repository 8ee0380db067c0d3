package io.sluice.control.flow;

import io.sluice.control.text.Span;
import io.sluice.fastpath.Action.Bytes;
import java.util.Locale;

/** Bytes as pairs of hexadecimal digits, with dots between them: {@code 00.1f.a0}. */
final class HexText {
    private HexText() {}

    static Bytes read(Span text) {
        StringBuilder hex = new StringBuilder();
        int at = 0;
        while (at < text.length()) {
            int end = Math.min(at + 2, text.length());
            Span pair = text.part(at, end);
            if (!pair.text().matches("[0-9a-fA-F]{2}")) {
                throw pair.expected("two hexadecimal digits");
            }
            hex.append(pair.text().toLowerCase(Locale.ROOT));
            boolean isDot = end < text.length() && text.charAt(end) == '.';
            at = isDot ? end + 1 : end;
        }
        return new Bytes(hex.toString());
    }

    static String show(Bytes bytes) {
        return bytes.hex().replaceAll("(..)(?!$)", "$1.");
    }
}
