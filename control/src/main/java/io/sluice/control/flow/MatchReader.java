package io.sluice.control.flow;

import io.sluice.control.flow.MatchWord.FieldWord;
import io.sluice.control.flow.MatchWord.Shorthand;
import io.sluice.control.text.Word;
import io.sluice.fastpath.Field;
import io.sluice.fastpath.Match;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;

/** Collects the words of one match, in any order, and checks them together. */
final class MatchReader {
    private final PortNames ports;
    private final Match.Builder match = Match.builder();
    private final Map<Field, Given> given = new EnumMap<>(Field.class);
    private final List<Needy> needy = new ArrayList<>();

    private record Given(Word word, FieldSyntax.Masked masked) {}

    private record Needy(Word word, Prerequisite needs) {}

    MatchReader(PortNames ports) {
        this.ports = ports;
    }

    /** Takes the word if it belongs to a match. */
    boolean read(Word word) {
        switch (MatchTable.BY_NAME.get(word.key())) {
            case null -> {
                return false;
            }
            case Shorthand shorthand -> readShorthand(word, shorthand);
            case FieldWord field -> readField(word, field);
        }
        return true;
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
        put(word, Field.ETH_TYPE, new FieldSyntax.Masked(shorthand.ethType(), 0xFFFF));
        if (shorthand.proto() >= 0) {
            put(word, Field.NW_PROTO, new FieldSyntax.Masked(shorthand.proto(), 0xFF));
        }
    }

    private void readField(Word word, FieldWord field) {
        FieldSyntax.Masked masked = field.syntax().read(word.requireValue("..."), ports);
        needy.add(new Needy(word, field.needs()));
        put(word, field.field(), masked);
    }

    private void put(Word word, Field field, FieldSyntax.Masked masked) {
        Given before = given.putIfAbsent(field, new Given(word, masked));
        if (before != null && !before.masked.equals(masked)) {
            throw word.name()
                    .error(
                            "'%s' contradicts '%s' at column %d"
                                    .formatted(
                                            word.key(),
                                            before.word.key(),
                                            before.word.name().start() + 1));
        }
        match.masked(field, masked.value(), masked.mask());
    }
}
