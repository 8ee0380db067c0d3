package io.sluice.control.flow;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import io.sluice.control.text.Span;
import io.sluice.control.text.SyntaxException;
import io.sluice.fastpath.Field;
import io.sluice.fastpath.Match;
import io.sluice.fastpath.SubField;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class FieldNamesTest {
    private static final Match UDP =
            Match.builder().exact(Field.ETH_TYPE, 0x0800).exact(Field.NW_PROTO, 17).build();

    /** The right sides are what {@code ovs-ofctl} shows within actions for the same bits. */
    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "NXM_NX_REG0[]|REG0|0|32|NXM_NX_REG0[]",
                "reg15[3]|REG15|3|1|NXM_NX_REG15[3]",
                "NXM_NX_REG0[0..15]|REG0|0|16|NXM_NX_REG0[0..15]",
                "xreg1[16..63]|XREG1|16|48|OXM_OF_PKT_REG1[16..63]",
                "xxreg3[]|XXREG3|0|128|NXM_NX_XXREG3[]",
                "ct_label[127]|CT_LABEL|127|1|NXM_NX_CT_LABEL[127]",
                "metadata|METADATA|0|64|OXM_OF_METADATA[]",
                "in_port|IN_PORT|0|16|NXM_OF_IN_PORT[]",
                "OXM_OF_IN_PORT[]|IN_PORT|0|32|OXM_OF_IN_PORT[]",
                "dl_src|ETH_SRC|0|48|NXM_OF_ETH_SRC[]",
                "vlan_tci[]|VLAN_TCI|0|16|NXM_OF_VLAN_TCI[]",
                "OXM_OF_VLAN_VID[]|VLAN_TCI|0|12|NXM_OF_VLAN_TCI[0..11]",
                "vlan_pcp[]|VLAN_TCI|13|3|NXM_OF_VLAN_TCI[13..15]",
                "ip_dscp[0..1]|NW_TOS|2|2|NXM_OF_IP_TOS[2..3]",
                "nw_src|NW_SRC|0|32|NXM_OF_IP_SRC[]",
                "tp_dst|TP_DST|0|16|NXM_OF_TCP_DST[]",
                "icmp_type|TP_SRC|0|8|NXM_OF_TCP_SRC[0..7]",
                "ipv6_label|IPV6_LABEL|0|20|NXM_NX_IPV6_LABEL[]",
                "tcp_flags[1]|TCP_FLAGS|1|1|NXM_NX_TCP_FLAGS[1]",
                "arp_tha[0..7]|ARP_THA|0|8|NXM_NX_ARP_THA[0..7]",
            })
    void readsBitsAndShowsThem(String text, Field field, int offset, int bits, String shown) {
        SubField read = NamedBits.readOrWhole(Span.of(text)).bits();
        assertEquals(new SubField(field, offset, bits), read);
        assertEquals(shown, FieldNames.show(read));
        assertEquals(read, NamedBits.read(Span.of(shown)).bits());
    }

    @Test
    void showsPortsAsThePacketsHaveThem() {
        SubField port = SubField.whole(Field.TP_DST);
        assertEquals("NXM_OF_UDP_DST[]", FieldNames.show(port, UDP));
        assertEquals("NXM_OF_TCP_DST[]", FieldNames.show(port));
        Match arp = Match.builder().exact(Field.ETH_TYPE, 0x0806).build();
        assertEquals("NXM_OF_ARP_SPA[]", FieldNames.show(SubField.whole(Field.NW_SRC), arp));
    }

    @Test
    void noNameIsGivenTwice() {
        Set<String> names = new HashSet<>();
        Stream.of(FieldTable.OF_STATE, FieldTable.OF_PACKET, FieldTable.OTHER_NAMES)
                .flatMap(List::stream)
                .flatMap(row -> row.names().stream())
                .forEach(name -> assertEquals(true, names.add(name), name));
    }

    @Test
    void setsNoBitsOfOtherFields() {
        PortNames none = PortNames.of(Map.of());
        assertEquals(
                new FieldSyntax.Masked(0x10, 0xFC),
                FieldNames.read(Span.of("ip_dscp")).readToSet(Span.of("4"), none));
        assertEquals(
                new FieldSyntax.Masked(5, 0xFFF),
                FieldNames.read(Span.of("vlan_vid")).readToSet(Span.of("0x1005"), none));
        assertEquals(
                new FieldSyntax.Masked(8, 0xFF),
                FieldNames.read(Span.of("icmp_type")).readToSet(Span.of("8"), none));
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "reg0|column 1: expected bits of a field: NAME[], NAME[BIT] or NAME[FIRST..LAST],"
                        + " found 'reg0'",
                "OXM_OF_PKT_REG8[]|column 1: unknown field 'OXM_OF_PKT_REG8', expected a field's"
                        + " name; did you mean 'OXM_OF_PKT_REG0'?",
                "nxm_nx_reg0[]|column 1: unknown field 'nxm_nx_reg0', expected a field's name; did"
                        + " you mean 'NXM_NX_REG0'?",
                "reg0[1..]|column 9: expected a bit of reg0 from 0 to 31",
                "reg0[]x|column 1: expected bits of a field: NAME[], NAME[BIT] or"
                        + " NAME[FIRST..LAST], found 'reg0[]x'",
                "vlan_pcp[3]|column 10: expected a bit of vlan_pcp from 0 to 2, found '3'",
            })
    void saysWhatIsWrong(String text, String expected) {
        SyntaxException e =
                assertThrows(SyntaxException.class, () -> NamedBits.read(Span.of(text)));
        assertEquals(expected, e.getMessage());
    }
}
