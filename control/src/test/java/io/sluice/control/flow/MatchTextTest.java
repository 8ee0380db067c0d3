package io.sluice.control.flow;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import io.sluice.control.text.Span;
import io.sluice.control.text.SyntaxException;
import io.sluice.fastpath.Field;
import io.sluice.fastpath.Match;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvFileSource;
import org.junit.jupiter.params.provider.CsvSource;

class MatchTextTest {
    private static final PortNames PORTS = PortNames.of(Map.of("p0", 1, "uplink", 2));
    private static final int ROUNDS = 5_000;

    private static Match read(String text) {
        return FlowLine.flow(Span.of(text + " actions=drop"), PORTS).match();
    }

    @ParameterizedTest
    @CsvFileSource(resources = "matches.txt", delimiterString = " => ", maxCharsPerColumn = 500)
    void showsAsOpenVSwitchDoes(String written, String shown) {
        Match match = read(written);
        assertEquals(shown, MatchFormat.show(match));
        assertEquals(match, read(shown));
    }

    @Test
    void aMaskOfNothingSaysNothing() {
        assertEquals("ip", MatchFormat.show(read("ip,reg0=5/0,nw_src=1.2.3.4/0")));
    }

    @Test
    void randomMatchesSurviveBeingShownAndRead() {
        long seed = System.nanoTime();
        Random random = new Random(seed);
        for (int round = 0; round < ROUNDS; round++) {
            Match match = RandomMatches.match(random);
            String text = MatchFormat.show(match);
            assertEquals(match, read(text), "seed " + seed + ", round " + round + ": " + text);
        }
    }

    @Test
    void fillsBothHalvesOfWideFields() {
        Match match = read("ipv6,ipv6_dst=2001:db8::1/ffff:ffff::ff");
        assertEquals(0x20010DB800000000L, match.valueHigh(Field.IPV6_DST));
        assertEquals(1, match.value(Field.IPV6_DST));
        assertEquals(0xFFFFFFFF00000000L, match.maskHigh(Field.IPV6_DST));
        assertEquals(0xFF, match.mask(Field.IPV6_DST));
        assertEquals(
                0x100000000L, read("xxreg0=0x1000000000000000000000000").valueHigh(Field.XXREG0));
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "nw_tos=4|column 1: 'nw_tos' needs ip or ipv6",
                "ipv6,nw_src=1.2.3.4|column 6: 'nw_src' needs ip or arp",
                "ip,ipv6_src=::1|column 4: 'ipv6_src' needs ipv6",
                "ip,arp_sha=0:0:0:0:0:1|column 4: 'arp_sha' needs arp or rarp",
                "arp,nw_ttl=1|column 5: 'nw_ttl' needs ip or ipv6",
                "icmp6,nd_target=::1|column 7: 'nd_target' needs icmp6 with icmpv6_type=135 or 136"
                        + " and no other icmpv6_code than 0",
                "icmp6,icmpv6_type=135,nd_tll=0:0:0:0:0:1|column 23: 'nd_tll' needs icmp6 with"
                        + " icmpv6_type=136 and no other icmpv6_code than 0",
                "tcp,sctp_dst=1|column 5: 'sctp_dst' needs sctp or sctp6",
                "udp,tcp_flags=syn|column 5: 'tcp_flags' needs tcp or tcp6",
                "tcp,ip_frag=later,tp_dst=80|column 19: 'tp_dst' needs tcp, udp or sctp",
                "ip,ct_nw_src=1.2.3.4|column 4: 'ct_nw_src' needs ip and a ct_state with a"
                        + " connection (+new, +est, +rel, +rpl or +trk-inv)",
                "ip,ct_state=+est,ct_tp_src=4|column 18: 'ct_tp_src' needs ct_nw_proto=6, 17 or"
                        + " 132",
                "reg0=5,reg0[0]=0|column 8: 'reg0[0]' contradicts 'reg0' at column 1",
                "xxreg0=5,reg3=6|column 10: 'reg3' contradicts 'xxreg0' at column 1",
                "reg0=1/1,reg0=2/2|column 10: 'reg0' contradicts 'reg0' at column 1",
                "dl_vlan=0xffff,dl_vlan_pcp=1|column 16: 'dl_vlan_pcp' contradicts 'dl_vlan' at"
                        + " column 1",
                "reg16=5|column 1: unknown word 'reg16', expected a match field, table, priority,"
                        + " cookie or actions; did you mean 'reg1'?",
                "NXM_NX_REGG0[0]=5|column 1: unknown field 'NXM_NX_REGG0', expected a field's"
                        + " name; did you mean 'NXM_NX_REG0'?",
                "reg0[0..32]=5|column 9: expected a bit of reg0 from 0 to 31, found '32'",
                "reg0[5..3]=1|column 6: no bits from 5 to 3: the first must not be above the last",
                "reg0[0..3]=16|column 12: expected a number of at most 4 bits, found '16'",
                "reg0[0..3]=5/3|column 12: expected a number of at most 4 bits, found '5/3'",
                "reg0[0..3=5|column 1: expected bits of a field: NAME[], NAME[BIT] or"
                        + " NAME[FIRST..LAST], found 'reg0[0..3'",
                "dl_type[0..7]=1|column 1: 'dl_type' can only be matched as a whole",
                "ct_zone=5/1|column 9: expected a zone from 0 to 65535, found '5/1'",
                "reg0=0x100000000|column 6: expected a number from 0 to 4294967295, found"
                        + " '0x100000000'",
                "metadata=18446744073709551616|column 10: expected a number of at most 64 bits,"
                        + " found '18446744073709551616'",
                "ipv6,ipv6_src=::g|column 15: expected an IPv6 address (2001:db8::1), found '::g'",
                "ipv6,ipv6_src=::1/129|column 19: expected a prefix length from 0 to 128, found"
                        + " '129'",
                "dl_vlan=4096|column 9: expected a VLAN (or 0xffff: no tag) from 0 to 4095, found"
                        + " '4096'",
                "ip,ip_frag=frist|column 12: expected one of no yes first later not_later, found"
                        + " 'frist'; did you mean 'first'?",
                "tcp,tcp_flags=+sny|column 16: unknown TCP flag 'sny', expected one of fin syn rst"
                        + " psh ack urg ece cwr ns [200] [400] [800]; did you mean 'syn'?",
                "icmpv6|column 1: unknown word 'icmpv6', expected a match field, table, priority,"
                        + " cookie or actions; did you mean 'icmp6'?",
            })
    void namesTheWordThePlaceAndWhatWasExpected(String text, String expected) {
        SyntaxException e = assertThrows(SyntaxException.class, () -> read(text), text);
        assertEquals(expected, e.getMessage());
    }
}
