package io.sluice.control.flow;

import io.sluice.control.text.NearestWord;
import io.sluice.control.text.Span;
import io.sluice.fastpath.Field;
import io.sluice.fastpath.Match;
import io.sluice.fastpath.SubField;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** Finds fields by their names, and names by fields. */
final class FieldNames {
    /** What names mean where nothing is known about the packets. */
    private static final Match TCP =
            Match.builder()
                    .exact(Field.ETH_TYPE, Prerequisite.ETH_TYPE_IPV4)
                    .exact(Field.NW_PROTO, Prerequisite.PROTO_TCP)
                    .build();

    private static final Map<String, NamedField> BY_NAME = byName();

    /** Every name of a field. */
    static final List<String> NAMES = List.copyOf(BY_NAME.keySet());

    private FieldNames() {}

    /** The field of this name, if there is one. */
    static Optional<NamedField> find(String name) {
        return Optional.ofNullable(BY_NAME.get(name));
    }

    /**
     * The field of this name.
     *
     * @throws io.sluice.control.text.SyntaxException with the nearest known name
     */
    static NamedField read(Span name) {
        return find(name.text())
                .orElseThrow(() ->
                        name.error(
                                "unknown field "
                                        + name.quoted()
                                        + ", expected a field's name"
                                        + NearestWord.hint(name.text(), NAMES)));
    }

    /** As actions name the bits: {@code NXM_NX_REG0[0..15]}. */
    static String show(SubField bits) {
        return show(bits, TCP);
    }

    /**
     * As actions name the bits.
     *
     * @param packets what is known about the packets, because {@code NXM_OF_TCP_DST} and {@code
     *     NXM_OF_UDP_DST} are the same bits
     */
    static String show(SubField bits, Match packets) {
        List<NamedField> fitting =
                BY_NAME.values().stream()
                        .filter(named -> named.wireName().isPresent() && contains(named, bits))
                        .toList();
        NamedField named =
                fitting.stream()
                        .filter(each -> each.needs().holds(packets))
                        .findFirst()
                        .orElseGet(fitting::getFirst);
        int first = bits.offset() - named.bits().offset();
        String brackets =
                bits.bits() == named.bits().bits()
                        ? "[]"
                        : bits.bits() == 1
                                ? "[" + first + "]"
                                : "[" + first + ".." + (first + bits.bits() - 1) + "]";
        return named.wireName().orElseThrow() + brackets;
    }

    private static boolean contains(NamedField named, SubField bits) {
        return named.field() == bits.field()
                && bits.offset() >= named.bits().offset()
                && bits.offset() + bits.bits() <= named.bits().offset() + named.bits().bits();
    }

    private static Map<String, NamedField> byName() {
        Map<String, NamedField> names = new LinkedHashMap<>();
        for (List<NamedField> rows :
                List.of(FieldTable.OF_STATE, FieldTable.OF_PACKET, FieldTable.OTHER_NAMES)) {
            rows.forEach(row -> row.names().forEach(name -> names.put(name, row)));
        }
        return names;
    }
}
