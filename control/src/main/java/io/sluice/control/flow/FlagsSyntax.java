package io.sluice.control.flow;

import io.sluice.conntrack.CtState;
import io.sluice.control.text.NearestWord;
import io.sluice.control.text.Numbers;
import io.sluice.control.text.Span;
import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/**
 * {@code +trk-new}: these flags set and unset; {@code est|trk}: these set and all others not; or a
 * number with a mask.
 */
record FlagsSyntax(String what, List<String> names, String example) implements FieldSyntax {
    static final FieldSyntax CT_STATE =
            new FlagsSyntax("connection state", CtState.NAMES, "+trk-new");
    static final FieldSyntax TCP_FLAGS =
            new FlagsSyntax(
                    "TCP flag",
                    List.of(
                            "fin", "syn", "rst", "psh", "ack", "urg", "ece", "cwr", "ns", "[200]",
                            "[400]", "[800]"),
                    "+syn-ack");

    @Override
    public Masked read(Span text, PortNames ports) {
        if (text.isEmpty()) {
            throw text.expected(expected());
        }
        char first = text.charAt(0);
        if (first == '+' || first == '-') {
            return readFlags(text);
        }
        return Character.isDigit(first) ? readNumbers(text) : readExact(text);
    }

    private Masked readFlags(Span text) {
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

    private Masked readExact(Span text) {
        long value = 0;
        int from = 0;
        while (from <= text.length()) {
            int bar = text.from(from).indexOf("|");
            int end = bar < 0 ? text.length() : from + bar;
            value |= bit(text.part(from, end));
            from = end + 1;
        }
        return new Masked(value, all());
    }

    @Override
    public Optional<String> show(Masked masked) {
        return Optional.of(
                masked.mask() == all()
                        ? showExact(masked.value())
                        : showMasked(masked.value(), masked.mask()));
    }

    @Override
    public boolean isMaskable() {
        return true;
    }

    private String showMasked(long value, long mask) {
        StringBuilder text = new StringBuilder();
        for (int bit = 0; bit < names.size(); bit++) {
            if ((mask >>> bit & 1) != 0) {
                text.append((value >>> bit & 1) != 0 ? '+' : '-').append(names.get(bit));
            }
        }
        return text.toString();
    }

    private String showExact(long value) {
        if (value == 0) {
            return "0";
        }
        return IntStream.range(0, names.size())
                .filter(bit -> (value >>> bit & 1) != 0)
                .mapToObj(names::get)
                .collect(Collectors.joining("|"));
    }

    private Masked readNumbers(Span text) {
        int slash = text.indexOf("/");
        Span value = slash < 0 ? text : text.part(0, slash);
        if (!Numbers.isNumber(value.text())) {
            throw text.expected(expected());
        }
        long mask = slash < 0 ? all() : Numbers.parse(text.from(slash + 1), 0, all(), "a mask");
        return new Masked(Numbers.parse(value, 0, all(), what + " bits"), mask);
    }

    private long all() {
        return (1L << names.size()) - 1;
    }

    private String expected() {
        return "flags with + or - before each (%s), or a number with a mask".formatted(example);
    }

    private static int endOfName(Span text, int from) {
        int end = from;
        while (end < text.length() && text.charAt(end) != '+' && text.charAt(end) != '-') {
            end++;
        }
        return end;
    }

    private long bit(Span name) {
        int bit = names.indexOf(name.text());
        if (bit < 0) {
            throw name.error(
                    "unknown %s %s, expected one of %s%s"
                            .formatted(
                                    what,
                                    name.quoted(),
                                    String.join(" ", names),
                                    NearestWord.hint(name.text(), names)));
        }
        return 1L << bit;
    }
}
