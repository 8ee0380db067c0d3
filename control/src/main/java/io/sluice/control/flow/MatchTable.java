package io.sluice.control.flow;

import io.sluice.control.flow.MatchWord.FieldWord;
import io.sluice.control.flow.MatchWord.Shorthand;
import io.sluice.fastpath.Field;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** Every word that a match may contain. A new field is a row. */
final class MatchTable {
    /** Most special first: the first that fits is displayed. */
    static final List<Shorthand> SHORTHANDS =
            List.of(
                    new Shorthand("tcp", Prerequisite.ETH_TYPE_IPV4, Prerequisite.PROTO_TCP),
                    new Shorthand("udp", Prerequisite.ETH_TYPE_IPV4, Prerequisite.PROTO_UDP),
                    new Shorthand("icmp", Prerequisite.ETH_TYPE_IPV4, Prerequisite.PROTO_ICMP),
                    new Shorthand("sctp", Prerequisite.ETH_TYPE_IPV4, Prerequisite.PROTO_SCTP),
                    new Shorthand("ip", Prerequisite.ETH_TYPE_IPV4, -1),
                    new Shorthand("arp", Prerequisite.ETH_TYPE_ARP, -1));

    /** Fields displayed before the shorthand, in this order. */
    static final List<FieldWord> CT_FIELDS =
            List.of(
                    row("ct_state", Field.CT_STATE, FieldSyntaxes.CT_STATE, Prerequisite.NOTHING),
                    row("ct_zone", Field.CT_ZONE, FieldSyntaxes.ZONE, Prerequisite.NOTHING),
                    row("ct_mark", Field.CT_MARK, FieldSyntaxes.MARK, Prerequisite.NOTHING));

    /** Fields displayed after the shorthand; of several for one field, the first that applies. */
    static final List<FieldWord> PACKET_FIELDS =
            List.of(
                    row("in_port", Field.IN_PORT, FieldSyntaxes.PORT, Prerequisite.NOTHING),
                    row("dl_src eth_src", Field.ETH_SRC, FieldSyntaxes.MAC, Prerequisite.NOTHING),
                    row("dl_dst eth_dst", Field.ETH_DST, FieldSyntaxes.MAC, Prerequisite.NOTHING),
                    row(
                            "dl_type eth_type",
                            Field.ETH_TYPE,
                            FieldSyntaxes.ETH_TYPE,
                            Prerequisite.NOTHING),
                    row("arp_spa", Field.NW_SRC, FieldSyntaxes.IPV4, Prerequisite.ARP),
                    row("arp_tpa", Field.NW_DST, FieldSyntaxes.IPV4, Prerequisite.ARP),
                    row("arp_op", Field.NW_PROTO, FieldSyntaxes.ARP_OP, Prerequisite.ARP),
                    row("nw_src ip_src", Field.NW_SRC, FieldSyntaxes.IPV4, Prerequisite.IP_OR_ARP),
                    row("nw_dst ip_dst", Field.NW_DST, FieldSyntaxes.IPV4, Prerequisite.IP_OR_ARP),
                    row(
                            "nw_proto ip_proto",
                            Field.NW_PROTO,
                            FieldSyntaxes.PROTO,
                            Prerequisite.IP_OR_ARP),
                    row("icmp_type", Field.TP_SRC, FieldSyntaxes.ICMP_NUMBER, Prerequisite.ICMP),
                    row("icmp_code", Field.TP_DST, FieldSyntaxes.ICMP_NUMBER, Prerequisite.ICMP),
                    row("tp_src", Field.TP_SRC, FieldSyntaxes.L4_PORT, Prerequisite.TCP_OR_UDP),
                    row("tp_dst", Field.TP_DST, FieldSyntaxes.L4_PORT, Prerequisite.TCP_OR_UDP),
                    row("tcp_src", Field.TP_SRC, FieldSyntaxes.L4_PORT, Prerequisite.TCP),
                    row("tcp_dst", Field.TP_DST, FieldSyntaxes.L4_PORT, Prerequisite.TCP),
                    row("udp_src", Field.TP_SRC, FieldSyntaxes.L4_PORT, Prerequisite.UDP),
                    row("udp_dst", Field.TP_DST, FieldSyntaxes.L4_PORT, Prerequisite.UDP));

    /** All of them by name. */
    static final Map<String, MatchWord> BY_NAME = byName();

    private MatchTable() {}

    private static FieldWord row(
            String names, Field field, FieldSyntax syntax, Prerequisite needs) {
        return new FieldWord(List.of(names.split(" ")), field, syntax, needs);
    }

    private static Map<String, MatchWord> byName() {
        Map<String, MatchWord> words = new LinkedHashMap<>();
        SHORTHANDS.forEach(word -> words.put(word.name(), word));
        for (List<FieldWord> fields : List.of(CT_FIELDS, PACKET_FIELDS)) {
            fields.forEach(word -> word.names().forEach(name -> words.put(name, word)));
        }
        return Map.copyOf(words);
    }
}
