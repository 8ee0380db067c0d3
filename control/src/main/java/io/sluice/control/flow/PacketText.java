package io.sluice.control.flow;

import io.sluice.control.text.Span;
import io.sluice.control.text.Words;
import io.sluice.fastpath.Field;
import io.sluice.fastpath.Match;
import io.sluice.fastpath.PacketComposer;
import java.util.Optional;

/** A packet in match syntax. Fields that are not named are 0. */
public final class PacketText {
    private PacketText() {}

    /**
     * The fields of the packet, {@link Field#WORDS} longs.
     *
     * @throws io.sluice.control.text.SyntaxException when it is not one packet
     */
    public static long[] read(Span text, PortNames ports) {
        MatchReader reader = new MatchReader(ports);
        Words words = new Words(text);
        while (words.hasNext()) {
            var word = words.next();
            if (!reader.read(word)) {
                throw word.name().error("unknown word " + word.name().quoted());
            }
        }
        Match match = reader.build();
        long[] key = new long[Field.WORDS];
        for (Field field : Field.values()) {
            field.setMasked(
                    key,
                    match.valueHigh(field),
                    match.value(field),
                    match.maskHigh(field),
                    match.mask(field));
        }
        return key;
    }

    static byte[] compose(Span text, PortNames ports) {
        return PacketComposer.compose(read(text, ports), Optional.empty());
    }
}
