package io.sluice.control.connection;

import io.sluice.conntrack.EventFilter;
import io.sluice.conntrack.EventType;
import io.sluice.control.text.NearestWord;
import io.sluice.control.text.Span;
import io.sluice.control.text.Word;
import io.sluice.control.text.Words;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;

/**
 * Reads which events somebody wants: {@code type=new,destroy zone=5}, and the other words of {@link
 * ConnFilterText}.
 */
public final class EventFilterText {
    private static final String TYPE = "type";
    private static final List<String> TYPES =
            Arrays.stream(EventType.values()).map(EventType::text).toList();

    private EventFilterText() {}

    /**
     * The filter.
     *
     * @param otherwise the types when the text names none
     * @throws io.sluice.control.text.SyntaxException when a word is not understood
     */
    public static EventFilter read(String text, Set<EventType> otherwise) {
        List<String> known = new ArrayList<>(List.of(TYPE));
        known.addAll(ConnFilterText.KNOWN);
        ConnFilterText connections = new ConnFilterText(known);
        Set<EventType> types = EnumSet.noneOf(EventType.class);
        boolean afterType = false;
        Words words = new Words(Span.of(text));
        while (words.hasNext()) {
            Word word = words.next();
            boolean isType = word.key().equals(TYPE);
            if (isType) {
                types.add(type(word.requireValue(String.join(" ", TYPES))));
            } else if (afterType && word.form() == Word.Form.BARE) {
                // Commas separate types as well as words.
                types.add(type(word.name()));
            } else {
                connections.take(word);
            }
            afterType = isType || (afterType && word.form() == Word.Form.BARE);
        }
        return new EventFilter(types.isEmpty() ? otherwise : types, connections.build());
    }

    private static EventType type(Span text) {
        return Arrays.stream(EventType.values())
                .filter(type -> type.text().equals(text.text()))
                .findFirst()
                .orElseThrow(() ->
                        text.error(
                                "unknown type %s, expected new, update or destroy%s"
                                        .formatted(
                                                text.quoted(),
                                                NearestWord.hint(text.text(), TYPES))));
    }
}
