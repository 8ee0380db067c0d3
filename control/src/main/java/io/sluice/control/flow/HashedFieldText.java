package io.sluice.control.flow;

import io.sluice.control.flow.MatchWord.FieldWord;
import io.sluice.control.text.NearestWord;
import io.sluice.control.text.Span;
import io.sluice.control.text.Word;
import io.sluice.control.text.Words;
import io.sluice.fastpath.HashedField;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;

/** Fields that a hash is over: names of match fields, maybe with a mask ({@code ip_src=MASK}). */
final class HashedFieldText {
    private HashedFieldText() {}

    /** Adds the fields of the list to others. */
    static void read(Span list, PortNames ports, List<HashedField> fields) {
        Words words = new Words(list);
        while (words.hasNext()) {
            Word word = words.next();
            HashedField field = read(word, ports);
            if (fields.stream().anyMatch(other -> other.name().equals(field.name()))) {
                throw word.name().error("field '" + field.name() + "' is given twice");
            }
            fields.add(field);
        }
    }

    private static HashedField read(Word word, PortNames ports) {
        if (!(MatchTable.BY_NAME.get(word.key()) instanceof FieldWord field)) {
            throw unknown(word);
        }
        long mask = field.field().maxValue();
        if (word.form() != Word.Form.BARE) {
            Span text = word.requireValue("MASK");
            int slash = text.indexOf("/");
            if (slash >= 0) {
                throw text.from(slash).error("the value is the mask, and has none itself");
            }
            mask = field.syntax().read(text, ports).value();
        }
        return new HashedField(
                word.key(), field.field(), 0, mask, ethType(word.key()), protocol(word.key()));
    }

    private static RuntimeException unknown(Word word) {
        Set<String> known =
                MatchTable.BY_NAME.entrySet().stream()
                        .filter(each -> each.getValue() instanceof FieldWord)
                        .map(Map.Entry::getKey)
                        .collect(Collectors.toCollection(TreeSet::new));
        return word.name()
                .error(
                        "unknown field %s, expected a match field%s"
                                .formatted(
                                        word.name().quoted(), NearestWord.hint(word.key(), known)));
    }

    /** Several kinds of packets keep different fields in the same place. */
    private static int ethType(String name) {
        return switch (name) {
            case "nw_src", "nw_dst", "ip_src", "ip_dst" -> Prerequisite.ETH_TYPE_IPV4;
            case "arp_op", "arp_spa", "arp_tpa" -> Prerequisite.ETH_TYPE_ARP;
            default -> HashedField.ANY;
        };
    }

    private static int protocol(String name) {
        int prefix = Math.max(0, name.indexOf('_'));
        return switch (name.substring(0, prefix)) {
            case "tcp" -> Prerequisite.PROTO_TCP;
            case "udp" -> Prerequisite.PROTO_UDP;
            case "sctp" -> Prerequisite.PROTO_SCTP;
            case "icmp" -> Prerequisite.PROTO_ICMP;
            default -> HashedField.ANY;
        };
    }

    static String show(HashedField field) {
        if (field.maskLow() == field.field().maxValue()) {
            return field.name();
        }
        FieldWord word = (FieldWord) MatchTable.BY_NAME.get(field.name());
        return field.name() + "=" + word.syntax().show(field.maskLow(), field.field().maxValue());
    }
}
