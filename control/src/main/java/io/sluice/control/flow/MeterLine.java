package io.sluice.control.flow;

import io.sluice.control.text.NearestWord;
import io.sluice.control.text.Numbers;
import io.sluice.control.text.Span;
import io.sluice.control.text.Word;
import io.sluice.control.text.Words;
import io.sluice.fastpath.Meter;
import io.sluice.fastpath.MeterConfig;
import io.sluice.fastpath.MeterConfig.Unit;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalInt;

/** Reads meters as {@code ovs-ofctl add-meter} does. */
public final class MeterLine {
    private static final List<String> KNOWN =
            List.of("meter", "kbps", "pktps", "burst", "stats", "bands");
    private static final List<String> KNOWN_IN_BANDS = List.of("type", "rate", "burst_size");
    private static final long MAX_32_BITS = 0xFFFFFFFFL;

    private final Span line;
    private OptionalInt id = OptionalInt.empty();
    private Word unit;
    private boolean burst;
    private boolean stats;
    private List<MeterConfig.Band> bands;

    private MeterLine(Span line) {
        this.line = line;
    }

    /** Whether the line's first word says that it is a meter. */
    static boolean isMeter(Span line) {
        return KNOWN.stream()
                .anyMatch(word ->
                        line.startsWith(word)
                                && (line.length() == word.length()
                                        || !isLetter(line.charAt(word.length()))));
    }

    private static boolean isLetter(char c) {
        return Character.isLetterOrDigit(c) || c == '_';
    }

    /**
     * A meter to add or to change.
     *
     * @throws io.sluice.control.text.SyntaxException when it is not one
     */
    public static MeterConfig meter(Span line) {
        MeterLine parts = new MeterLine(line);
        Words words = new Words(line);
        while (parts.bands == null && words.hasNext()) {
            parts.readWord(words.next());
        }
        return parts.build();
    }

    /** {@code meter=N}, or nothing or {@code meter=all} for all meters. */
    public static OptionalInt idOrAll(Span line) {
        OptionalInt id = OptionalInt.empty();
        Words words = new Words(line);
        while (words.hasNext()) {
            Word word = words.next();
            if (!word.key().equals("meter")) {
                throw word.name().expected("meter=N, or nothing or meter=all for all meters");
            }
            boolean all = word.value().text().equals("all");
            id = all ? OptionalInt.empty() : OptionalInt.of(id(word.requireValue("N")));
        }
        return id;
    }

    /** The number of a meter, unsigned. */
    static int id(Span text) {
        return (int) Numbers.parse(text, 1, Meter.MAX_ID, "a meter number");
    }

    private void readWord(Word word) {
        switch (word.key()) {
            case "meter" -> id = OptionalInt.of(id(word.requireValue("N")));
            case "kbps", "pktps" -> readUnit(word);
            case "burst" -> {
                word.requireBare();
                burst = true;
            }
            case "stats" -> {
                word.requireBare();
                stats = true;
            }
            case "bands", "band" -> {
                if (word.form() != Word.Form.EQUALS) {
                    throw word.name().expected("bands=type=drop,rate=N");
                }
                bands = readBands(line.from(word.value().start() - line.start()));
            }
            default -> throw unknown(word, "meter, kbps, pktps, burst, stats or bands", KNOWN);
        }
    }

    private void readUnit(Word word) {
        word.requireBare();
        if (unit != null && !unit.key().equals(word.key())) {
            throw word.name()
                    .error(
                            "'%s' contradicts '%s' at column %d"
                                    .formatted(word.key(), unit.key(), unit.name().start() + 1));
        }
        unit = word;
    }

    private MeterConfig build() {
        if (id.isEmpty() || unit == null || bands == null) {
            throw line.error("expected meter=N, kbps or pktps, then bands=type=drop,rate=N");
        }
        Unit read = unit.key().equals("kbps") ? Unit.KBPS : Unit.PKTPS;
        return new MeterConfig(id.getAsInt(), read, burst, stats, bands);
    }

    private List<MeterConfig.Band> readBands(Span text) {
        List<MeterConfig.Band> read = new ArrayList<>();
        Words words = new Words(text);
        Word next = words.hasNext() ? words.next() : null;
        if (next == null) {
            throw text.from(text.length()).expected("type=drop and what belongs to the band");
        }
        while (next != null) {
            if (read.size() == MeterConfig.MAX_BANDS) {
                throw next.name()
                        .error("a meter has at most %d bands".formatted(MeterConfig.MAX_BANDS));
            }
            requireDrop(next);
            BandWords band = new BandWords(next);
            next = null;
            while (next == null && words.hasNext()) {
                Word word = words.next();
                if (word.key().equals("type")) {
                    next = word;
                } else {
                    band.read(word);
                }
            }
            read.add(band.build(burst));
        }
        return read;
    }

    private static void requireDrop(Word word) {
        if (!word.key().equals("type")) {
            throw word.name().expected("type=drop, which begins a band");
        }
        Span type = word.requireValue("drop");
        if (type.text().equals("dscp_remark")) {
            throw type.error(
                    "'dscp_remark' is not supported, as it is not by Open vSwitch's user-space"
                            + " datapath; expected drop");
        }
        if (!type.text().equals("drop")) {
            throw type.expected("drop");
        }
    }

    private static RuntimeException unknown(Word word, String expected, List<String> known) {
        return word.name()
                .error(
                        "unknown word %s, expected %s%s"
                                .formatted(
                                        word.name().quoted(),
                                        expected,
                                        NearestWord.hint(word.key(), known)));
    }

    /** The words of one band. */
    private static final class BandWords {
        private final Word type;
        private OptionalInt rate = OptionalInt.empty();
        private Word burstWord;
        private int burstSize;

        BandWords(Word type) {
            this.type = type;
        }

        void read(Word word) {
            switch (word.key()) {
                case "rate" -> rate = OptionalInt.of(positive(word, "a rate"));
                case "burst_size" -> {
                    burstWord = word;
                    burstSize = positive(word, "a burst size");
                }
                case "prec_level" ->
                        throw word.name().error("only dscp_remark has 'prec_level', not drop");
                default -> throw unknown(word, "type, rate or burst_size", KNOWN_IN_BANDS);
            }
        }

        private static int positive(Word word, String what) {
            return (int) Numbers.parse(word.requireValue("N"), 1, MAX_32_BITS, what);
        }

        MeterConfig.Band build(boolean burst) {
            if (rate.isEmpty()) {
                throw type.name().error("the band needs rate=N");
            }
            if (burst && burstWord == null) {
                throw type.name().error("the band needs burst_size=N, because the meter has burst");
            }
            if (!burst && burstWord != null) {
                throw burstWord.name().error("'burst_size' needs 'burst' before the bands");
            }
            return new MeterConfig.Band(rate.getAsInt(), burstSize);
        }
    }
}
