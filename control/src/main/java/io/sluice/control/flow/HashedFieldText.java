package io.sluice.control.flow;

import io.sluice.control.text.Span;
import io.sluice.control.text.Word;
import io.sluice.control.text.Words;
import io.sluice.fastpath.HashedField;
import java.util.List;

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
        NamedField field = FieldNames.read(word.name());
        long high = field.bits().maskHigh();
        long low = field.bits().maskLow();
        if (word.form() != Word.Form.BARE) {
            Span text = word.requireValue("MASK");
            int slash = text.indexOf("/");
            if (slash >= 0) {
                throw text.from(slash).error("the value is the mask, and has none itself");
            }
            FieldSyntax.Masked mask = field.syntax().read(text, ports);
            high &= mask.high();
            low &= mask.value();
        }
        return new HashedField(
                word.key(), field.field(), high, low, ethType(word.key()), protocol(word.key()));
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
        NamedField named = FieldNames.find(field.name()).orElseThrow();
        long high = named.bits().maskHigh();
        long low = named.bits().maskLow();
        if (field.maskHigh() == high && field.maskLow() == low) {
            return field.name();
        }
        FieldSyntax.Masked mask =
                new FieldSyntax.Masked(field.maskHigh(), field.maskLow(), high, low);
        return field.name() + "=" + named.syntax().show(mask).orElseThrow();
    }
}
