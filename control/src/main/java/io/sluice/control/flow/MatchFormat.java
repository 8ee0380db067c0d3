package io.sluice.control.flow;

import io.sluice.control.flow.FieldSyntax.Masked;
import io.sluice.control.flow.MatchTable.Shorthand;
import io.sluice.fastpath.Field;
import io.sluice.fastpath.Match;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** Writes matches as Open vSwitch does. */
public final class MatchFormat {
    private MatchFormat() {}

    /** The match's words with commas between them; empty for the match that takes everything. */
    public static String show(Match match) {
        List<String> words = new ArrayList<>();
        FieldTable.OF_STATE.forEach(named -> add(words, match, named));
        Optional<Shorthand> shorthand =
                MatchTable.SHORTHANDS.stream().filter(word -> word.fits(match)).findFirst();
        shorthand.ifPresent(word -> words.add(word.name()));
        for (NamedField named : FieldTable.OF_PACKET) {
            if (shorthand.isEmpty() || !says(shorthand.get(), named.field())) {
                add(words, match, named);
            }
        }
        return String.join(",", words);
    }

    private static void add(List<String> words, Match match, NamedField named) {
        Field field = named.field();
        if (match.has(field) && named.needs().holds(match)) {
            Masked masked =
                    new Masked(
                            match.valueHigh(field),
                            match.value(field),
                            match.maskHigh(field),
                            match.mask(field));
            named.syntax().show(masked).ifPresent(text -> words.add(named.name() + "=" + text));
        }
    }

    private static boolean says(Shorthand shorthand, Field field) {
        return field == Field.ETH_TYPE || (field == Field.NW_PROTO && shorthand.protocol() >= 0);
    }
}
