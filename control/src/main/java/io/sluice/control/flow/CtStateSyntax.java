package io.sluice.control.flow;

import io.sluice.conntrack.CtState;
import io.sluice.control.text.NearestWord;
import io.sluice.control.text.Numbers;
import io.sluice.control.text.Span;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/**
 * {@code +trk-new}: these flags set and unset; {@code est|trk}: these set and all others not; or a
 * number with a mask.
 */
final class CtStateSyntax implements FieldSyntax {
    private static final String EXPECTED =
            "flags with + or - before each (+trk-new), or a number with a mask";
    private static final long ALL = (1L << CtState.NAMES.size()) - 1;

    @Override
    public Masked read(Span text, PortNames ports) {
        if (text.isEmpty()) {
            throw text.expected(EXPECTED);
        }
        char first = text.charAt(0);
        if (first == '+' || first == '-') {
            return readFlags(text);
        }
        return Character.isDigit(first) ? readNumbers(text) : readExact(text);
    }

    private static Masked readFlags(Span text) {
        long value = 0;
        long mask = 0;
        int at = 0;
        while (at < text.length()) {
            int end = endOfName(text, at + 1);
            long bit = bit(text.part(at + 1, end));
            if ((mask & bit) != 0) {
                throw text.part(at, end).error(text.part(at + 1, end).quoted() + " is given twice");
            }
            mask |= bit;
            value |= text.charAt(at) == '+' ? bit : 0;
            at = end;
        }
        return new Masked(value, mask);
    }

    private static Masked readExact(Span text) {
        long value = 0;
        int from = 0;
        while (from <= text.length()) {
            int bar = text.from(from).indexOf("|");
            int end = bar < 0 ? text.length() : from + bar;
            value |= bit(text.part(from, end));
            from = end + 1;
        }
        return new Masked(value, ALL);
    }

    @Override
    public String show(long value, long mask) {
        if (mask == ALL) {
            return showExact(value);
        }
        StringBuilder text = new StringBuilder();
        for (int bit = 0; bit < CtState.NAMES.size(); bit++) {
            if ((mask >>> bit & 1) != 0) {
                text.append((value >>> bit & 1) != 0 ? '+' : '-').append(CtState.NAMES.get(bit));
            }
        }
        return text.toString();
    }

    private static String showExact(long value) {
        if (value == 0) {
            return "0";
        }
        return IntStream.range(0, CtState.NAMES.size())
                .filter(bit -> (value >>> bit & 1) != 0)
                .mapToObj(CtState.NAMES::get)
                .collect(Collectors.joining("|"));
    }

    private static Masked readNumbers(Span text) {
        int slash = text.indexOf("/");
        Span value = slash < 0 ? text : text.part(0, slash);
        if (!Numbers.isNumber(value.text())) {
            throw text.expected(EXPECTED);
        }
        long mask = slash < 0 ? ALL : Numbers.parse(text.from(slash + 1), 0, ALL, "a mask");
        return new Masked(Numbers.parse(value, 0, ALL, "connection state bits"), mask);
    }

    private static int endOfName(Span text, int from) {
        int end = from;
        while (end < text.length() && text.charAt(end) != '+' && text.charAt(end) != '-') {
            end++;
        }
        return end;
    }

    private static long bit(Span name) {
        int bit = CtState.NAMES.indexOf(name.text());
        if (bit < 0) {
            throw name.error(
                    "unknown connection state %s, expected one of %s%s"
                            .formatted(
                                    name.quoted(),
                                    String.join(" ", CtState.NAMES),
                                    NearestWord.hint(name.text(), CtState.NAMES)));
        }
        return 1L << bit;
    }
}
