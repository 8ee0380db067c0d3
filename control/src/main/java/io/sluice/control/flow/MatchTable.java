package io.sluice.control.flow;

import io.sluice.fastpath.Field;
import io.sluice.fastpath.Match;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;

/** The words of a match that say what kind of packet it is. The fields are {@link FieldTable}'s. */
final class MatchTable {
    /**
     * Stands for {@code dl_type} and {@code nw_proto}.
     *
     * @param protocol of IP, or -1 where the Ethernet type says all
     */
    record Shorthand(String name, int ethType, int protocol) {
        boolean fits(Match match) {
            return isExactly(match, Field.ETH_TYPE, ethType)
                    && (protocol < 0 || isExactly(match, Field.NW_PROTO, protocol));
        }

        private static boolean isExactly(Match match, Field field, int value) {
            return match.hasExactly(field) && match.value(field) == value;
        }
    }

    /** Most special first: the first that fits is shown. */
    static final List<Shorthand> SHORTHANDS =
            List.of(
                    new Shorthand("tcp", Prerequisite.ETH_TYPE_IPV4, Prerequisite.PROTO_TCP),
                    new Shorthand("udp", Prerequisite.ETH_TYPE_IPV4, Prerequisite.PROTO_UDP),
                    new Shorthand("icmp", Prerequisite.ETH_TYPE_IPV4, Prerequisite.PROTO_ICMP),
                    new Shorthand("sctp", Prerequisite.ETH_TYPE_IPV4, Prerequisite.PROTO_SCTP),
                    new Shorthand("ip", Prerequisite.ETH_TYPE_IPV4, -1),
                    new Shorthand("tcp6", Prerequisite.ETH_TYPE_IPV6, Prerequisite.PROTO_TCP),
                    new Shorthand("udp6", Prerequisite.ETH_TYPE_IPV6, Prerequisite.PROTO_UDP),
                    new Shorthand("icmp6", Prerequisite.ETH_TYPE_IPV6, Prerequisite.PROTO_ICMPV6),
                    new Shorthand("sctp6", Prerequisite.ETH_TYPE_IPV6, Prerequisite.PROTO_SCTP),
                    new Shorthand("ipv6", Prerequisite.ETH_TYPE_IPV6, -1),
                    new Shorthand("arp", Prerequisite.ETH_TYPE_ARP, -1),
                    new Shorthand("rarp", Prerequisite.ETH_TYPE_RARP, -1),
                    new Shorthand("mpls", 0x8847, -1),
                    new Shorthand("mplsm", 0x8848, -1));

    static final Map<String, Shorthand> BY_NAME = byName();

    private MatchTable() {}

    /** Every word that a match may contain. */
    static Set<String> words() {
        Set<String> words = new TreeSet<>(BY_NAME.keySet());
        words.addAll(FieldNames.NAMES);
        return words;
    }

    private static Map<String, Shorthand> byName() {
        Map<String, Shorthand> words = new LinkedHashMap<>();
        SHORTHANDS.forEach(word -> words.put(word.name(), word));
        return words;
    }
}
