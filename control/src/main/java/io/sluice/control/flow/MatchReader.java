package io.sluice.control.flow;

import io.sluice.control.flow.FieldSyntax.Masked;
import io.sluice.control.flow.MatchTable.Shorthand;
import io.sluice.control.text.Numbers;
import io.sluice.control.text.Numbers.Wide;
import io.sluice.control.text.Span;
import io.sluice.control.text.Word;
import io.sluice.fastpath.Field;
import io.sluice.fastpath.Match;
import io.sluice.fastpath.SubField;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** Collects the words of one match, in any order, and checks them together. */
final class MatchReader {
    private static final String VALUE = "...";

    private final PortNames ports;
    private final Match.Builder match = Match.builder();
    private final List<Given> given = new ArrayList<>();
    private final List<Needy> needy = new ArrayList<>();

    /** What one word says. */
    private record Given(Word word, Match match) {}

    private record Needy(Word word, Prerequisite needs) {}

    MatchReader(PortNames ports) {
        this.ports = ports;
    }

    /** Takes the word if it belongs to a match. */
    boolean read(Word word) {
        Shorthand shorthand = MatchTable.BY_NAME.get(word.key());
        if (shorthand != null) {
            readShorthand(word, shorthand);
            return true;
        }
        if (word.key().indexOf('[') > 0) {
            readBits(word, NamedBits.read(word.name()));
            return true;
        }
        Optional<NamedField> named = FieldNames.find(word.key());
        named.ifPresent(field -> readField(word, field));
        return named.isPresent();
    }

    /** The match, once all words are read. */
    Match build() {
        Match built = match.build();
        for (Needy each : needy) {
            if (!each.needs.holds(built)) {
                throw each.word
                        .name()
                        .error("'%s' needs %s".formatted(each.word.key(), each.needs.words()));
            }
        }
        return built;
    }

    private void readShorthand(Word word, Shorthand shorthand) {
        word.requireBare();
        put(word, Field.ETH_TYPE, new Masked(shorthand.ethType(), 0xFFFF));
        if (shorthand.protocol() >= 0) {
            put(word, Field.NW_PROTO, new Masked(shorthand.protocol(), 0xFF));
        }
    }

    private void readField(Word word, NamedField named) {
        needy.add(new Needy(word, named.needsInMatch()));
        put(word, named.field(), named.syntax().read(word.requireValue(VALUE), ports));
    }

    /** {@code NAME[0..3]=5}: a number in the place of the bits. */
    private void readBits(Word word, NamedBits named) {
        Span value = word.requireValue(VALUE);
        SubField bits = named.bits();
        boolean isAll = bits.equals(named.named().bits());
        if (isAll && (!named.named().maskable() || !Numbers.isNumber(value.text()))) {
            readField(word, named.named());
            return;
        }
        if (!named.named().maskable()) {
            throw word.name()
                    .error("'" + named.named().name() + "' can only be matched as a whole");
        }
        Wide number = Numbers.parseBits(value, bits.bits(), "a number");
        needy.add(new Needy(word, named.named().needsInMatch()));
        put(
                word,
                bits.field(),
                new Masked(
                        bits.shiftedHigh(number.high(), number.low()),
                        bits.shiftedLow(number.low()),
                        bits.maskHigh(),
                        bits.maskLow()));
    }

    private void put(Word word, Field field, Masked masked) {
        Match says =
                Match.builder()
                        .masked(
                                field,
                                masked.high(),
                                masked.value(),
                                masked.maskHigh(),
                                masked.mask())
                        .build();
        for (Given before : given) {
            if (before.match.contradicts(says) || isOther(before, word, says)) {
                throw word.name()
                        .error(
                                "'%s' contradicts '%s' at column %d"
                                        .formatted(
                                                word.key(),
                                                before.word.key(),
                                                before.word.name().start() + 1));
            }
        }
        given.add(new Given(word, says));
        match.and(field, masked.high(), masked.value(), masked.maskHigh(), masked.mask());
    }

    /** The same word again with other bits: Open vSwitch would forget the earlier one. */
    private static boolean isOther(Given before, Word word, Match says) {
        return before.word.key().equals(word.key())
                && !before.word.equals(word)
                && !before.match.equals(says);
    }
}
