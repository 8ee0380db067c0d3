package io.sluice.control.flow;

import io.sluice.fastpath.Field;
import io.sluice.fastpath.Match;
import java.util.Set;

/**
 * What a packet must be known to be before a field of it can be matched.
 *
 * @param words the words of a flow that fulfil it
 * @param ethTypes one of these; empty: any
 * @param protocols one of these IP protocols; empty: any
 */
record Prerequisite(String words, Set<Integer> ethTypes, Set<Integer> protocols) {
    static final int ETH_TYPE_IPV4 = 0x0800;
    static final int ETH_TYPE_ARP = 0x0806;
    static final int PROTO_ICMP = 1;
    static final int PROTO_TCP = 6;
    static final int PROTO_UDP = 17;
    static final int PROTO_SCTP = 132;

    static final Prerequisite NOTHING = new Prerequisite("", Set.of(), Set.of());
    static final Prerequisite ARP = new Prerequisite("arp", Set.of(ETH_TYPE_ARP), Set.of());
    static final Prerequisite IP_OR_ARP =
            new Prerequisite("ip or arp", Set.of(ETH_TYPE_IPV4, ETH_TYPE_ARP), Set.of());
    static final Prerequisite IP = ofIp("ip");
    static final Prerequisite TCP = ofIp("tcp", PROTO_TCP);
    static final Prerequisite UDP = ofIp("udp", PROTO_UDP);
    static final Prerequisite TCP_OR_UDP = ofIp("tcp or udp", PROTO_TCP, PROTO_UDP);
    static final Prerequisite ICMP = ofIp("icmp", PROTO_ICMP);

    boolean holds(Match match) {
        return holds(match, Field.ETH_TYPE, ethTypes) && holds(match, Field.NW_PROTO, protocols);
    }

    private static Prerequisite ofIp(String words, Integer... protocols) {
        return new Prerequisite(words, Set.of(ETH_TYPE_IPV4), Set.of(protocols));
    }

    private static boolean holds(Match match, Field field, Set<Integer> allowed) {
        return allowed.isEmpty()
                || (match.mask(field) == field.maxValue()
                        && allowed.contains((int) match.value(field)));
    }
}
