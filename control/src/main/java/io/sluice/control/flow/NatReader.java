package io.sluice.control.flow;

import io.sluice.control.text.NearestWord;
import io.sluice.control.text.Numbers;
import io.sluice.control.text.Span;
import io.sluice.control.text.Word;
import io.sluice.control.text.Words;
import io.sluice.natlb.NatRange;
import io.sluice.natlb.NatRange.Pick;
import io.sluice.natlb.NatRange.Side;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/** Reads {@code nat} and {@code nat(src=A[-B][:P[-Q]],FLAG)}. */
final class NatReader {
    private static final List<String> KNOWN = List.of("src", "dst", "random", "hash", "persistent");
    private static final List<String> FLAGS = KNOWN.subList(2, KNOWN.size());

    private Side side;
    private Span addresses;
    private Pick pick = Pick.DEFAULT;

    private NatReader() {}

    /** The range; empty for {@code nat} alone. */
    static Optional<NatRange> read(Word nat) {
        if (nat.form() == Word.Form.BARE) {
            return Optional.empty();
        }
        NatReader reader = new NatReader();
        Words words = nat.requireList();
        while (words.hasNext()) {
            reader.readArgument(words.next());
        }
        if (reader.side == null) {
            throw nat.value().expected("nat(src=...) or nat(dst=...)");
        }
        return Optional.of(reader.range());
    }

    private void readArgument(Word word) {
        String key = word.key();
        if (!KNOWN.contains(key)) {
            throw word.name()
                    .error(
                            "unknown word %s in nat(...), expected one of %s%s"
                                    .formatted(
                                            word.name().quoted(),
                                            String.join(" ", KNOWN),
                                            NearestWord.hint(key, KNOWN)));
        }
        if (FLAGS.contains(key)) {
            word.requireBare();
            if (pick != Pick.DEFAULT) {
                throw word.name().error("only one of random, hash and persistent can be given");
            }
            pick = Pick.valueOf(key.toUpperCase(Locale.ROOT));
        } else {
            if (side != null) {
                throw word.name().error("only one of src and dst can be given, once");
            }
            side = key.equals("src") ? Side.SOURCE : Side.DESTINATION;
            addresses = word.requireValue("ADDRESS");
        }
    }

    private NatRange range() {
        int colon = addresses.indexOf(":");
        Span[] hosts = bounds(colon < 0 ? addresses : addresses.part(0, colon));
        int[] ports = {0, 0};
        if (colon >= 0) {
            Span[] bounds = bounds(addresses.from(colon + 1));
            ports =
                    Arrays.stream(bounds)
                            .mapToInt(bound -> Numbers.parse(bound, 1, 65535, "a port"))
                            .toArray();
        }
        try {
            return new NatRange(
                    side,
                    Addresses.ipv4(hosts[0]),
                    Addresses.ipv4(hosts[1]),
                    ports[0],
                    ports[1],
                    pick);
        } catch (IllegalArgumentException e) {
            throw addresses.error(e.getMessage());
        }
    }

    /** The first and last of FIRST-LAST or of ONLY. */
    private static Span[] bounds(Span text) {
        int dash = text.indexOf("-");
        return dash < 0
                ? new Span[] {text, text}
                : new Span[] {text.part(0, dash), text.from(dash + 1)};
    }
}
