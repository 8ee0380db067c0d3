package io.sluice.control.flow;

import io.sluice.fastpath.Field;
import io.sluice.fastpath.SubField;
import java.util.ArrayList;
import java.util.List;

/**
 * The fields of ovs-fields(7) that Sluice has, by all their names. A new field is a row.
 *
 * <p>The rows stand in the order in which matches are shown. Of several for the same bits, a match
 * fulfils the prerequisite of one at most.
 */
final class FieldTable {
    /** Shown before the word that says what kind of packet it is. */
    static final List<NamedField> OF_STATE =
            List.of(
                    row("pkt_mark NXM_NX_PKT_MARK", Field.PKT_MARK, FieldSyntaxes.HEX_32),
                    row("conj_id NXM_NX_CONJ_ID", Field.CONJ_ID, FieldSyntaxes.ID).readOnly(),
                    row("ct_state NXM_NX_CT_STATE", Field.CT_STATE, FlagsSyntax.CT_STATE)
                            .ofBits(0, 8)
                            .readOnly(),
                    row("ct_zone NXM_NX_CT_ZONE", Field.CT_ZONE, FieldSyntaxes.ZONE).readOnly(),
                    row("ct_mark NXM_NX_CT_MARK", Field.CT_MARK, FieldSyntaxes.MARK),
                    row("ct_label NXM_NX_CT_LABEL", Field.CT_LABEL, FieldSyntaxes.HEX_128),
                    row(
                                    "ct_nw_src NXM_NX_CT_NW_SRC",
                                    Field.CT_NW_SRC,
                                    FieldSyntaxes.IPV4,
                                    Prerequisite.CT_IPV4)
                            .readOnly(),
                    row(
                                    "ct_ipv6_src NXM_NX_CT_IPV6_SRC",
                                    Field.CT_IPV6_SRC,
                                    FieldSyntaxes.IPV6,
                                    Prerequisite.CT_IPV6)
                            .readOnly(),
                    row(
                                    "ct_nw_dst NXM_NX_CT_NW_DST",
                                    Field.CT_NW_DST,
                                    FieldSyntaxes.IPV4,
                                    Prerequisite.CT_IPV4)
                            .readOnly(),
                    row(
                                    "ct_ipv6_dst NXM_NX_CT_IPV6_DST",
                                    Field.CT_IPV6_DST,
                                    FieldSyntaxes.IPV6,
                                    Prerequisite.CT_IPV6)
                            .readOnly(),
                    row(
                                    "ct_nw_proto NXM_NX_CT_NW_PROTO",
                                    Field.CT_NW_PROTO,
                                    FieldSyntaxes.PROTO,
                                    Prerequisite.CT_IP)
                            .readOnly(),
                    row(
                                    "ct_tp_src NXM_NX_CT_TP_SRC",
                                    Field.CT_TP_SRC,
                                    FieldSyntaxes.L4_PORT,
                                    Prerequisite.CT_PORTS)
                            .readOnly(),
                    row(
                                    "ct_tp_dst NXM_NX_CT_TP_DST",
                                    Field.CT_TP_DST,
                                    FieldSyntaxes.L4_PORT,
                                    Prerequisite.CT_PORTS)
                            .readOnly());

    private static final List<NamedField> LINK =
            List.of(
                    row("metadata OXM_OF_METADATA", Field.METADATA, FieldSyntaxes.HEX_64),
                    row("in_port NXM_OF_IN_PORT", Field.IN_PORT, FieldSyntaxes.PORT).ofBits(0, 16),
                    row("dl_vlan", Field.VLAN_TCI, VlanSyntax.DL_VLAN).ofBits(0, 12),
                    row("dl_vlan_pcp", Field.VLAN_TCI, VlanSyntax.PCP).ofBits(13, 3),
                    row("vlan_tci NXM_OF_VLAN_TCI", Field.VLAN_TCI, VlanSyntax.TCI),
                    row(
                            "dl_src eth_src NXM_OF_ETH_SRC OXM_OF_ETH_SRC",
                            Field.ETH_SRC,
                            FieldSyntaxes.MAC),
                    row(
                            "dl_dst eth_dst NXM_OF_ETH_DST OXM_OF_ETH_DST",
                            Field.ETH_DST,
                            FieldSyntaxes.MAC),
                    row(
                                    "dl_type eth_type NXM_OF_ETH_TYPE OXM_OF_ETH_TYPE",
                                    Field.ETH_TYPE,
                                    FieldSyntaxes.ETH_TYPE)
                            .readOnly());

    private static final List<NamedField> NETWORK =
            List.of(
                    row(
                            "arp_spa NXM_OF_ARP_SPA OXM_OF_ARP_SPA",
                            Field.NW_SRC,
                            FieldSyntaxes.IPV4,
                            Prerequisite.ARP),
                    row(
                            "arp_tpa NXM_OF_ARP_TPA OXM_OF_ARP_TPA",
                            Field.NW_DST,
                            FieldSyntaxes.IPV4,
                            Prerequisite.ARP),
                    row(
                                    "nw_src ip_src NXM_OF_IP_SRC OXM_OF_IPV4_SRC",
                                    Field.NW_SRC,
                                    FieldSyntaxes.IPV4,
                                    Prerequisite.IPV4)
                            .neededInMatch(Prerequisite.IPV4_OR_ARP),
                    row(
                                    "nw_dst ip_dst NXM_OF_IP_DST OXM_OF_IPV4_DST",
                                    Field.NW_DST,
                                    FieldSyntaxes.IPV4,
                                    Prerequisite.IPV4)
                            .neededInMatch(Prerequisite.IPV4_OR_ARP),
                    row(
                            "ipv6_src NXM_NX_IPV6_SRC OXM_OF_IPV6_SRC",
                            Field.IPV6_SRC,
                            FieldSyntaxes.IPV6,
                            Prerequisite.IPV6),
                    row(
                            "ipv6_dst NXM_NX_IPV6_DST OXM_OF_IPV6_DST",
                            Field.IPV6_DST,
                            FieldSyntaxes.IPV6,
                            Prerequisite.IPV6),
                    row(
                                    "ipv6_label NXM_NX_IPV6_LABEL OXM_OF_IPV6_FLABEL",
                                    Field.IPV6_LABEL,
                                    FieldSyntaxes.IPV6_LABEL,
                                    Prerequisite.IPV6)
                            .ofBits(0, 20),
                    row(
                            "arp_op NXM_OF_ARP_OP OXM_OF_ARP_OP",
                            Field.NW_PROTO,
                            FieldSyntaxes.ARP_OP,
                            Prerequisite.ARP),
                    row(
                                    "nw_proto ip_proto NXM_OF_IP_PROTO OXM_OF_IP_PROTO",
                                    Field.NW_PROTO,
                                    FieldSyntaxes.PROTO,
                                    Prerequisite.IP)
                            .neededInMatch(Prerequisite.IP_OR_ARP)
                            .readOnly(),
                    row(
                            "arp_sha NXM_NX_ARP_SHA OXM_OF_ARP_SHA",
                            Field.ARP_SHA,
                            FieldSyntaxes.MAC,
                            Prerequisite.ARP),
                    row(
                            "arp_tha NXM_NX_ARP_THA OXM_OF_ARP_THA",
                            Field.ARP_THA,
                            FieldSyntaxes.MAC,
                            Prerequisite.ARP),
                    row("nw_tos NXM_OF_IP_TOS", Field.NW_TOS, TosSyntax.TOS, Prerequisite.IP),
                    row(
                                    "nw_ecn ip_ecn NXM_NX_IP_ECN OXM_OF_IP_ECN",
                                    Field.NW_TOS,
                                    TosSyntax.ECN,
                                    Prerequisite.IP)
                            .ofBits(0, 2),
                    row(
                            "nw_ttl ip_ttl NXM_NX_IP_TTL",
                            Field.NW_TTL,
                            FieldSyntaxes.TTL,
                            Prerequisite.IP),
                    row(
                                    "nw_frag ip_frag NXM_NX_IP_FRAG",
                                    Field.NW_FRAG,
                                    FragmentSyntax.INSTANCE,
                                    Prerequisite.IP)
                            .ofBits(0, 2)
                            .readOnly());

    private static final List<NamedField> TRANSPORT =
            List.of(
                    row("icmp_type", Field.TP_SRC, FieldSyntaxes.ICMP_NUMBER, Prerequisite.ICMP)
                            .ofBits(0, 8),
                    row("icmp_code", Field.TP_DST, FieldSyntaxes.ICMP_NUMBER, Prerequisite.ICMP)
                            .ofBits(0, 8),
                    row("tp_src", Field.TP_SRC, FieldSyntaxes.L4_PORT, Prerequisite.L4_PORTS)
                            .neededInMatch(Prerequisite.L4_PORTS_OR_ICMP),
                    row("tp_dst", Field.TP_DST, FieldSyntaxes.L4_PORT, Prerequisite.L4_PORTS)
                            .neededInMatch(Prerequisite.L4_PORTS_OR_ICMP),
                    row(
                                    "tcp_flags NXM_NX_TCP_FLAGS ONFOXM_ET_TCP_FLAGS",
                                    Field.TCP_FLAGS,
                                    FlagsSyntax.TCP_FLAGS,
                                    Prerequisite.TCP)
                            .ofBits(0, 12)
                            .readOnly(),
                    row(
                            "nd_target NXM_NX_ND_TARGET OXM_OF_IPV6_ND_TARGET",
                            Field.ND_TARGET,
                            FieldSyntaxes.IPV6,
                            Prerequisite.ND),
                    row(
                            "nd_sll NXM_NX_ND_SLL OXM_OF_IPV6_ND_SLL",
                            Field.ARP_SHA,
                            FieldSyntaxes.MAC,
                            Prerequisite.ND_SOLICITATION),
                    row(
                            "nd_tll NXM_NX_ND_TLL OXM_OF_IPV6_ND_TLL",
                            Field.ARP_THA,
                            FieldSyntaxes.MAC,
                            Prerequisite.ND_ADVERTISEMENT));

    private static final List<NamedField> ALIASES =
            List.of(
                    row("in_port_oxm OXM_OF_IN_PORT", Field.IN_PORT, FieldSyntaxes.PORT),
                    row("vlan_vid OXM_OF_VLAN_VID", Field.VLAN_TCI, VlanSyntax.VID).ofBits(0, 12),
                    row(
                                    "vlan_pcp OXM_OF_VLAN_PCP",
                                    Field.VLAN_TCI,
                                    VlanSyntax.PCP,
                                    Prerequisite.TAG)
                            .ofBits(13, 3),
                    row("ip_dscp OXM_OF_IP_DSCP", Field.NW_TOS, TosSyntax.DSCP, Prerequisite.IP)
                            .ofBits(2, 6),
                    row(
                                    "NXM_OF_ICMP_TYPE OXM_OF_ICMPV4_TYPE",
                                    Field.TP_SRC,
                                    FieldSyntaxes.ICMP_NUMBER,
                                    Prerequisite.ICMPV4)
                            .ofBits(0, 8),
                    row(
                                    "NXM_OF_ICMP_CODE OXM_OF_ICMPV4_CODE",
                                    Field.TP_DST,
                                    FieldSyntaxes.ICMP_NUMBER,
                                    Prerequisite.ICMPV4)
                            .ofBits(0, 8),
                    row(
                                    "icmpv6_type NXM_NX_ICMPV6_TYPE OXM_OF_ICMPV6_TYPE",
                                    Field.TP_SRC,
                                    FieldSyntaxes.ICMP_NUMBER,
                                    Prerequisite.ICMPV6)
                            .ofBits(0, 8),
                    row(
                                    "icmpv6_code NXM_NX_ICMPV6_CODE OXM_OF_ICMPV6_CODE",
                                    Field.TP_DST,
                                    FieldSyntaxes.ICMP_NUMBER,
                                    Prerequisite.ICMPV6)
                            .ofBits(0, 8),
                    row(
                            "tcp_src NXM_OF_TCP_SRC OXM_OF_TCP_SRC",
                            Field.TP_SRC,
                            FieldSyntaxes.L4_PORT,
                            Prerequisite.TCP),
                    row(
                            "tcp_dst NXM_OF_TCP_DST OXM_OF_TCP_DST",
                            Field.TP_DST,
                            FieldSyntaxes.L4_PORT,
                            Prerequisite.TCP),
                    row(
                            "udp_src NXM_OF_UDP_SRC OXM_OF_UDP_SRC",
                            Field.TP_SRC,
                            FieldSyntaxes.L4_PORT,
                            Prerequisite.UDP),
                    row(
                            "udp_dst NXM_OF_UDP_DST OXM_OF_UDP_DST",
                            Field.TP_DST,
                            FieldSyntaxes.L4_PORT,
                            Prerequisite.UDP),
                    row(
                            "sctp_src OXM_OF_SCTP_SRC",
                            Field.TP_SRC,
                            FieldSyntaxes.L4_PORT,
                            Prerequisite.SCTP),
                    row(
                            "sctp_dst OXM_OF_SCTP_DST",
                            Field.TP_DST,
                            FieldSyntaxes.L4_PORT,
                            Prerequisite.SCTP));

    /** Shown after that word. */
    static final List<NamedField> OF_PACKET = ofPacket();

    /** Bits that have other names above, under which matches are shown. */
    static final List<NamedField> OTHER_NAMES = otherNames();

    private FieldTable() {}

    private static List<NamedField> ofPacket() {
        List<NamedField> rows = new ArrayList<>();
        addRegisters(rows, 16, "reg%d NXM_NX_REG%d", Field.REG0, FieldSyntaxes.HEX_32);
        List.of(LINK, NETWORK, TRANSPORT).forEach(rows::addAll);
        return List.copyOf(rows);
    }

    private static List<NamedField> otherNames() {
        List<NamedField> rows = new ArrayList<>(ALIASES);
        addRegisters(rows, 8, "xreg%d OXM_OF_PKT_REG%d", Field.XREG0, FieldSyntaxes.HEX_64);
        addRegisters(rows, 4, "xxreg%d NXM_NX_XXREG%d", Field.XXREG0, FieldSyntaxes.HEX_128);
        return List.copyOf(rows);
    }

    private static void addRegisters(
            List<NamedField> rows, int count, String names, Field first, FieldSyntax syntax) {
        for (int i = 0; i < count; i++) {
            Field field = Field.values()[first.ordinal() + i];
            rows.add(row(names.formatted(i, i), field, syntax));
        }
    }

    private static NamedField row(String names, Field field, FieldSyntax syntax) {
        return row(names, field, syntax, Prerequisite.NOTHING);
    }

    private static NamedField row(
            String names, Field field, FieldSyntax syntax, Prerequisite needs) {
        List<String> each = List.of(names.split(" "));
        return new NamedField(each, SubField.whole(field), syntax, needs, needs, true);
    }
}
