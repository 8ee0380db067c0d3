package io.sluice.control.flow;

import io.sluice.conntrack.CtState;
import io.sluice.fastpath.Field;
import io.sluice.fastpath.Match;
import java.util.Set;
import java.util.function.Predicate;

/**
 * What a packet must be known to be before a field of it can be matched or set.
 *
 * @param words the words of a flow that fulfil it
 */
record Prerequisite(String words, Predicate<Match> condition) {
    static final int ETH_TYPE_IPV4 = 0x0800;
    static final int ETH_TYPE_IPV6 = 0x86DD;
    static final int ETH_TYPE_ARP = 0x0806;
    static final int ETH_TYPE_RARP = 0x8035;
    static final int PROTO_ICMP = 1;
    static final int PROTO_TCP = 6;
    static final int PROTO_UDP = 17;
    static final int PROTO_ICMPV6 = 58;
    static final int PROTO_SCTP = 132;
    private static final int ND_SOLICIT = 135;
    private static final int ND_ADVERT = 136;

    private static final int VALID_STATES =
            CtState.NEW
                    | CtState.ESTABLISHED
                    | CtState.RELATED
                    | CtState.REPLY
                    | CtState.SOURCE_NAT
                    | CtState.DESTINATION_NAT;
    private static final String VALID_WORDS =
            "a ct_state with a connection (+new, +est, +rel, +rpl or +trk-inv)";

    static final Prerequisite NOTHING = new Prerequisite("", match -> true);
    static final Prerequisite TAG =
            new Prerequisite(
                    "a VLAN tag (vlan_tci=0x1000/0x1000)",
                    match -> (match.value(Field.VLAN_TCI) & Field.VLAN_PRESENT) != 0);
    static final Prerequisite ARP =
            new Prerequisite("arp or rarp", type(ETH_TYPE_ARP, ETH_TYPE_RARP));
    static final Prerequisite IPV4 = new Prerequisite("ip", type(ETH_TYPE_IPV4));
    static final Prerequisite IPV6 = new Prerequisite("ipv6", type(ETH_TYPE_IPV6));
    static final Prerequisite IP =
            new Prerequisite("ip or ipv6", type(ETH_TYPE_IPV4, ETH_TYPE_IPV6));
    static final Prerequisite IPV4_OR_ARP =
            new Prerequisite("ip or arp", type(ETH_TYPE_IPV4, ETH_TYPE_ARP, ETH_TYPE_RARP));
    static final Prerequisite IP_OR_ARP =
            new Prerequisite("ip, ipv6 or arp", IP.condition.or(ARP.condition));
    static final Prerequisite TCP = overIp("tcp or tcp6", PROTO_TCP);
    static final Prerequisite UDP = overIp("udp or udp6", PROTO_UDP);
    static final Prerequisite SCTP = overIp("sctp or sctp6", PROTO_SCTP);
    static final Prerequisite ICMPV4 =
            new Prerequisite("icmp", type(ETH_TYPE_IPV4).and(protocol(PROTO_ICMP)));
    static final Prerequisite ICMPV6 =
            new Prerequisite("icmp6", type(ETH_TYPE_IPV6).and(protocol(PROTO_ICMPV6)));
    static final Prerequisite ICMP =
            new Prerequisite("icmp or icmp6", ICMPV4.condition.or(ICMPV6.condition));

    static final Prerequisite L4_PORTS =
            new Prerequisite(
                    "tcp, udp or sctp", TCP.condition.or(UDP.condition).or(SCTP.condition));

    /** Old flows give the type of an ICMP message as tp_src. */
    static final Prerequisite L4_PORTS_OR_ICMP =
            new Prerequisite(L4_PORTS.words, L4_PORTS.condition.or(ICMP.condition));

    static final Prerequisite ND =
            neighbour("icmp6 with icmpv6_type=135 or 136", ND_SOLICIT, ND_ADVERT);
    static final Prerequisite ND_SOLICITATION = neighbour("icmp6 with icmpv6_type=135", ND_SOLICIT);
    static final Prerequisite ND_ADVERTISEMENT = neighbour("icmp6 with icmpv6_type=136", ND_ADVERT);
    static final Prerequisite CT_IPV4 =
            new Prerequisite(
                    "ip and " + VALID_WORDS, type(ETH_TYPE_IPV4).and(Prerequisite::hasConnection));
    static final Prerequisite CT_IPV6 =
            new Prerequisite(
                    "ipv6 and " + VALID_WORDS,
                    type(ETH_TYPE_IPV6).and(Prerequisite::hasConnection));
    static final Prerequisite CT_IP =
            new Prerequisite(
                    "ip or ipv6, and " + VALID_WORDS,
                    IP.condition.and(Prerequisite::hasConnection));
    static final Prerequisite CT_PORTS =
            new Prerequisite(
                    "ct_nw_proto=6, 17 or 132",
                    CT_IP.condition.and(
                            exactly(Field.CT_NW_PROTO, PROTO_TCP, PROTO_UDP, PROTO_SCTP)));

    boolean holds(Match match) {
        return condition.test(match);
    }

    private static Prerequisite overIp(String words, int protocol) {
        return new Prerequisite(words, IP.condition.and(protocol(protocol)));
    }

    private static Prerequisite neighbour(String words, Integer... types) {
        return new Prerequisite(
                words + " and no other icmpv6_code than 0",
                ICMPV6.condition
                        .and(exactly(Field.TP_SRC, types))
                        .and(match -> match.value(Field.TP_DST) == 0));
    }

    private static Predicate<Match> type(Integer... ethTypes) {
        return exactly(Field.ETH_TYPE, ethTypes);
    }

    /** Later fragments have no header of their protocol. */
    private static Predicate<Match> protocol(int protocol) {
        return exactly(Field.NW_PROTO, protocol)
                .and(match -> (match.value(Field.NW_FRAG) & Field.FRAG_LATER) == 0);
    }

    private static Predicate<Match> exactly(Field field, Integer... values) {
        Set<Integer> allowed = Set.of(values);
        return match -> match.hasExactly(field) && allowed.contains((int) match.value(field));
    }

    private static boolean hasConnection(Match match) {
        long state = match.value(Field.CT_STATE);
        boolean notInvalid =
                (state & CtState.TRACKED) != 0
                        && (match.mask(Field.CT_STATE) & ~state & CtState.INVALID) != 0;
        return notInvalid || (state & VALID_STATES) != 0;
    }
}
