package io.sluice.control.flow;

import io.sluice.control.text.NearestWord;
import io.sluice.control.text.Span;
import io.sluice.control.text.Word;
import io.sluice.control.text.Word.Form;
import io.sluice.control.text.Words;
import io.sluice.fastpath.Field;
import io.sluice.fastpath.Match;
import java.util.EnumSet;
import java.util.Set;
import java.util.stream.Stream;

/**
 * A packet described by the words of a match.
 *
 * @param match with every given field exact; bits that no word names are 0
 * @param given the fields that the text says something about
 */
public record PacketText(Match match, Set<Field> given) {
    /**
     * Reads the description.
     *
     * @throws io.sluice.control.text.SyntaxException when a word is unknown, contradicts another,
     *     lacks what it needs or has a mask
     */
    public static PacketText read(Span text, PortNames ports) {
        MatchReader reader = new MatchReader(ports);
        Words words = new Words(text);
        while (words.hasNext()) {
            Word word = words.next();
            refuseMask(word);
            if (!reader.read(word)) {
                throw word.name()
                        .error(
                                "unknown word %s, expected a field or a kind of packet%s"
                                        .formatted(
                                                word.name().quoted(),
                                                NearestWord.hint(word.key(), MatchTable.words())));
            }
        }
        return of(reader.build());
    }

    private static void refuseMask(Word word) {
        int slash = word.form() == Form.BARE ? -1 : word.value().indexOf("/");
        if (slash >= 0) {
            throw word.value().from(slash).error("a packet has one value here, not a mask");
        }
    }

    private static PacketText of(Match match) {
        Match.Builder exact = Match.builder();
        Set<Field> given = EnumSet.noneOf(Field.class);
        // xreg0 and its like are the registers once more, of which perhaps only one is given.
        Stream.concat(FieldTable.OF_STATE.stream(), FieldTable.OF_PACKET.stream())
                .map(NamedField::field)
                .filter(match::has)
                .forEach(given::add);
        for (Field field : given) {
            long high = match.valueHigh(field);
            exact.masked(field, high, match.value(field), field.maxHigh(), field.maxValue());
        }
        return new PacketText(exact.build(), given);
    }

    /** The fields as packets have them, {@link Field#WORDS} longs. */
    public long[] key() {
        long[] key = new long[Field.WORDS];
        for (Field field : given) {
            field.set(key, match.valueHigh(field), match.value(field));
        }
        return key;
    }
}
