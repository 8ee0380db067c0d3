package io.sluice.control.flow;

import io.sluice.control.flow.FieldSyntax.Masked;
import io.sluice.control.text.Numbers.Wide;
import io.sluice.fastpath.Action;
import io.sluice.fastpath.Field;
import io.sluice.fastpath.Match;
import io.sluice.fastpath.SubField;
import io.sluice.packet.AddressText;
import java.util.List;
import java.util.Optional;

/** Writes what sets a field, with the oldest word that says it, as Open vSwitch does. */
final class SetFormat {
    private static final int DSCP_BITS = 0xFC;
    private static final int ECN_BITS = 3;

    private SetFormat() {}

    /**
     * The action's text.
     *
     * @param packets what is known about the packets
     */
    static String show(Action.Set set, Match packets) {
        return oldWord(set, packets)
                .or(() -> load(set, packets))
                .orElseGet(() -> setField(set, packets));
    }

    /** Such a set as the last of the actions is an instruction. */
    static String writeMetadata(Action.Set set) {
        String value = "write_metadata:" + hex(set.low());
        return set.maskLow() == -1 ? value : value + "/" + hex(set.maskLow());
    }

    private static String hex(long value) {
        return "0x" + Long.toHexString(value);
    }

    private static Optional<String> oldWord(Action.Set set, Match packets) {
        Field field = set.field();
        boolean isWhole = set.maskLow() == field.maxValue();
        String word =
                switch (field) {
                    case ETH_SRC -> isWhole ? "mod_dl_src:" + mac(set) : null;
                    case ETH_DST -> isWhole ? "mod_dl_dst:" + mac(set) : null;
                    case NW_SRC -> isWhole && !isArp(packets) ? "mod_nw_src:" + ip(set) : null;
                    case NW_DST -> isWhole && !isArp(packets) ? "mod_nw_dst:" + ip(set) : null;
                    case NW_TTL -> isWhole ? "mod_nw_ttl:" + set.low() : null;
                    case NW_TOS ->
                            set.maskLow() == DSCP_BITS
                                    ? "mod_nw_tos:" + set.low()
                                    : set.maskLow() == ECN_BITS ? "mod_nw_ecn:" + set.low() : null;
                    case TP_SRC -> isWhole ? "mod_tp_src:" + set.low() : null;
                    case TP_DST -> isWhole ? "mod_tp_dst:" + set.low() : null;
                    default -> null;
                };
        return Optional.ofNullable(word);
    }

    private static boolean isArp(Match packets) {
        return Prerequisite.ARP.holds(packets);
    }

    private static String mac(Action.Set set) {
        return AddressText.formatMac(set.low());
    }

    private static String ip(Action.Set set) {
        return AddressText.formatIpv4((int) set.low());
    }

    /** Bits side by side, at most 64. */
    private static Optional<String> load(Action.Set set, Match packets) {
        int offset =
                set.maskLow() != 0
                        ? Long.numberOfTrailingZeros(set.maskLow())
                        : Long.SIZE + Long.numberOfTrailingZeros(set.maskHigh());
        int count = Long.bitCount(set.maskLow()) + Long.bitCount(set.maskHigh());
        if (count == 0 || count > Long.SIZE || offset + count > set.field().bits()) {
            return Optional.empty();
        }
        SubField bits = new SubField(set.field(), offset, count);
        if (bits.maskHigh() != set.maskHigh() || bits.maskLow() != set.maskLow()) {
            return Optional.empty();
        }
        long[] key = new long[Field.WORDS];
        set.field().set(key, set.high(), set.low());
        String value = new Wide(0, bits.get(key)).toHex();
        return Optional.of("load:" + value + "->" + FieldNames.show(bits, packets));
    }

    private static String setField(Action.Set set, Match packets) {
        List<NamedField> fitting =
                FieldUse.ALL.stream()
                        .filter(named ->
                                named.maskable()
                                        && named.wireName().isPresent()
                                        && holds(named, set))
                        .toList();
        NamedField named =
                fitting.stream()
                        .filter(each -> each.needs().holds(packets))
                        .findFirst()
                        .orElseGet(fitting::getFirst);
        Masked masked = new Masked(set.high(), set.low(), set.maskHigh(), set.maskLow());
        return "set_field:" + named.syntax().show(masked).orElseThrow() + "->" + named.name();
    }

    private static boolean holds(NamedField named, Action.Set set) {
        return named.field() == set.field()
                && (set.maskHigh() & ~named.bits().maskHigh()) == 0
                && (set.maskLow() & ~named.bits().maskLow()) == 0;
    }
}
