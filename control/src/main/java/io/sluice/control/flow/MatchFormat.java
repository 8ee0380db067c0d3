package io.sluice.control.flow;

import io.sluice.control.flow.MatchWord.FieldWord;
import io.sluice.control.flow.MatchWord.Shorthand;
import io.sluice.fastpath.Field;
import io.sluice.fastpath.Match;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/** Writes matches as Open vSwitch does. */
public final class MatchFormat {
    private MatchFormat() {}

    /** The match's words with commas between them; empty for the match that takes everything. */
    public static String show(Match match) {
        List<String> words = new ArrayList<>();
        Set<Field> shown = EnumSet.noneOf(Field.class);
        addFields(words, shown, match, MatchTable.CT_FIELDS);
        shorthand(match)
                .ifPresent(word -> {
                    words.add(word.name());
                    shown.add(Field.ETH_TYPE);
                    if (word.proto() >= 0) {
                        shown.add(Field.NW_PROTO);
                    }
                });
        addFields(words, shown, match, MatchTable.PACKET_FIELDS);
        return String.join(",", words);
    }

    private static void addFields(
            List<String> words, Set<Field> shown, Match match, List<FieldWord> fields) {
        for (FieldWord word : fields) {
            long mask = match.mask(word.field());
            if (mask != 0 && word.needs().holds(match) && shown.add(word.field())) {
                words.add(word.name() + "=" + word.syntax().show(match.value(word.field()), mask));
            }
        }
    }

    private static Optional<Shorthand> shorthand(Match match) {
        return MatchTable.SHORTHANDS.stream().filter(word -> fits(word, match)).findFirst();
    }

    private static boolean fits(Shorthand word, Match match) {
        return isExactly(match, Field.ETH_TYPE, word.ethType())
                && (word.proto() < 0 || isExactly(match, Field.NW_PROTO, word.proto()));
    }

    private static boolean isExactly(Match match, Field field, int value) {
        return match.mask(field) == field.maxValue() && match.value(field) == value;
    }
}
