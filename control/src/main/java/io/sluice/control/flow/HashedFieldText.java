package io.sluice.control.flow;

import io.sluice.control.flow.FieldSyntax.Masked;
import io.sluice.control.text.Span;
import io.sluice.control.text.Word;
import io.sluice.control.text.Words;
import io.sluice.fastpath.HashedField;
import io.sluice.fastpath.SubField;
import java.util.List;

/** Fields that a hash is over: their names, maybe with a mask ({@code ip_src=MASK}). */
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
        NamedField named = FieldNames.read(word.name());
        SubField bits = named.bits();
        long high = bits.maskHigh();
        long low = bits.maskLow();
        if (word.form() != Word.Form.BARE) {
            Span text = word.requireValue("MASK");
            int slash = text.indexOf("/");
            if (slash >= 0) {
                throw text.from(slash).error("the value is the mask, and has none itself");
            }
            Masked mask = named.syntax().read(text, ports);
            high &= mask.high();
            low &= mask.value();
        }
        Prerequisite needs = named.needs();
        return new HashedField(
                word.key(), named.field(), high, low, ethType(needs), protocol(needs));
    }

    // Several kinds of packets keep different fields in the same place of the key.

    private static int ethType(Prerequisite needs) {
        if (needs.equals(Prerequisite.IPV4)) {
            return Prerequisite.ETH_TYPE_IPV4;
        }
        return needs.equals(Prerequisite.ARP) ? Prerequisite.ETH_TYPE_ARP : HashedField.ANY;
    }

    private static int protocol(Prerequisite needs) {
        if (needs.equals(Prerequisite.TCP)) {
            return Prerequisite.PROTO_TCP;
        }
        if (needs.equals(Prerequisite.UDP)) {
            return Prerequisite.PROTO_UDP;
        }
        if (needs.equals(Prerequisite.SCTP)) {
            return Prerequisite.PROTO_SCTP;
        }
        if (needs.equals(Prerequisite.ICMPV4)) {
            return Prerequisite.PROTO_ICMP;
        }
        return needs.equals(Prerequisite.ICMPV6) ? Prerequisite.PROTO_ICMPV6 : HashedField.ANY;
    }

    static String show(HashedField field) {
        NamedField named = FieldNames.find(field.name()).orElseThrow();
        SubField bits = named.bits();
        if (field.maskHigh() == bits.maskHigh() && field.maskLow() == bits.maskLow()) {
            return field.name();
        }
        Masked mask =
                new Masked(field.maskHigh(), field.maskLow(), bits.maskHigh(), bits.maskLow());
        String number = "0x" + Long.toHexString(field.maskLow() >>> bits.offset());
        return field.name()
                + "="
                + named.syntax().show(mask).filter(text -> text.indexOf('/') < 0).orElse(number);
    }
}
