package io.sluice.control.flow;

import io.sluice.conntrack.CtState;
import io.sluice.control.text.NearestWord;
import io.sluice.control.text.Span;
import io.sluice.control.text.Words;
import io.sluice.fastpath.Field;
import io.sluice.fastpath.PacketComposer;
import io.sluice.fastpath.PacketOut;
import java.util.EnumSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/**
 * A packet to trace: in match syntax, or with {@code packet=} as {@link PacketOutLine} reads it.
 * Without actions it begins in table 0.
 */
public final class TraceLine {
    /** What a packet may have beside its frame, other than its port. */
    private static final Set<Field> METADATA = EnumSet.range(Field.CT_ZONE, Field.CT_LABEL);

    static {
        METADATA.addAll(
                List.of(
                        Field.CT_NW_SRC,
                        Field.CT_NW_DST,
                        Field.CT_NW_PROTO,
                        Field.CT_TP_SRC,
                        Field.CT_TP_DST,
                        Field.CT_IPV6_SRC,
                        Field.CT_IPV6_DST));
    }

    private TraceLine() {}

    /**
     * Reads the packet.
     *
     * @throws io.sluice.control.text.SyntaxException when it is none
     */
    public static PacketOut read(Span text, PortNames ports) {
        Words words = new Words(text);
        while (words.hasNext()) {
            if (words.next().key().equals("packet")) {
                return PacketOutLine.read(text, ports);
            }
        }
        long[] key = PacketText.read(text, ports).key();
        long[] metadata = new long[Field.WORDS];
        METADATA.forEach(field -> field.set(metadata, field.getHigh(key), field.get(key)));
        int inPort = (int) Field.IN_PORT.get(key);
        return new PacketOut(
                PacketComposer.compose(key, Optional.empty()),
                inPort == 0 ? PacketOut.FROM_NOWHERE : inPort,
                metadata,
                List.of());
    }

    /**
     * Reads a connection state as a {@code ct()} may find it: {@code trk,new} or {@code trk|new}.
     *
     * @return bits of {@link CtState}
     */
    public static int state(Span text) {
        int state = 0;
        int from = 0;
        for (int at = 0; at <= text.length(); at++) {
            if (at == text.length() || text.charAt(at) == ',' || text.charAt(at) == '|') {
                state |= flag(text.part(from, at));
                from = at + 1;
            }
        }
        return state;
    }

    private static int flag(Span name) {
        int bit = CtState.NAMES.indexOf(name.text());
        if (bit < 0) {
            throw name.error(
                    "unknown connection state %s, expected one of %s%s"
                            .formatted(
                                    name.quoted(),
                                    String.join(" ", CtState.NAMES),
                                    NearestWord.hint(name.text(), CtState.NAMES)));
        }
        return 1 << bit;
    }
}
