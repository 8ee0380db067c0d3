package io.sluice.control.flow;

import io.sluice.control.text.NearestWord;
import io.sluice.control.text.Span;
import io.sluice.fastpath.Field;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;

/** Whether a packet is a fragment, and which, as one of five words. */
final class FragmentSyntax implements FieldSyntax {
    static final FragmentSyntax INSTANCE = new FragmentSyntax();

    private static final int BOTH = Field.FRAG_ANY | Field.FRAG_LATER;
    private static final Map<String, Masked> WORDS = words();

    private FragmentSyntax() {}

    @Override
    public Masked read(Span text, PortNames ports) {
        Masked masked = WORDS.get(text.text());
        if (masked == null) {
            throw text.error(
                    "expected one of %s, found %s%s"
                            .formatted(
                                    String.join(" ", WORDS.keySet()),
                                    text.quoted(),
                                    NearestWord.hint(text.text(), WORDS.keySet())));
        }
        return masked;
    }

    @Override
    public Optional<String> show(Masked masked) {
        return WORDS.entrySet().stream()
                .filter(word -> word.getValue().equals(masked))
                .map(Map.Entry::getKey)
                .findFirst();
    }

    @Override
    public boolean isMaskable() {
        return false;
    }

    private static Map<String, Masked> words() {
        Map<String, Masked> words = new LinkedHashMap<>();
        words.put("no", new Masked(0, BOTH));
        words.put("yes", new Masked(Field.FRAG_ANY, Field.FRAG_ANY));
        words.put("first", new Masked(Field.FRAG_ANY, BOTH));
        words.put("later", new Masked(Field.FRAG_LATER, Field.FRAG_LATER));
        words.put("not_later", new Masked(0, Field.FRAG_LATER));
        return words;
    }
}
