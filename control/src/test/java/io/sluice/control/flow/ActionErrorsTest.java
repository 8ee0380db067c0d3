package io.sluice.control.flow;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import io.sluice.control.text.Span;
import io.sluice.control.text.SyntaxException;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** The whole sentences, because people read them. */
class ActionErrorsTest {
    private static final PortNames PORTS = PortNames.of(Map.of("p0", 1, "uplink", 2));
    private static final String ARROW = " => ";

    private static final String WRONG =
            """
            actions=output => column 9: 'output' needs a value: output=PORT
            actions=output:p7 => column 16: no port is called 'p7'; did you mean 'p0'?
            actions=output(port=1,max_len=10) => column 31: expected a number of bytes from 14 to 2147483647, found '10'
            actions=output(port=1) => column 9: 'output' needs a port and a length: output(port=PORT,max_len=BYTES)
            actions=output(max_len=100) => column 9: 'output' needs a port and a length: output(port=PORT,max_len=BYTES)
            actions=output(port=flood,max_len=100) => column 21: expected one port: what goes to others is not cut, found 'flood'
            actions=output(port=reg0[],max_len=100) => column 21: no port is called 'reg0[]'
            actions=output(port=1,maxlen=100) => column 23: unknown word 'maxlen' in output(...), expected port or max_len; did you mean 'max_len'?
            actions=write_actions(output(port=1,max_len=100)) => column 23: write_actions(...) cannot have output
            actions=output:nw_src => column 16: 'nw_src' needs ip in the flow's match
            actions=output:reg0[32] => column 21: expected a bit of reg0 from 0 to 31, found '32'
            actions=output:reg0[9..3] => column 21: no bits from 9 to 3: the first must not be above the last
            actions=controller:70000 => column 20: expected a number of bytes from 0 to 65535, found '70000'
            actions=controller(maxlen=5) => column 20: unknown word 'maxlen' in controller(...), expected one of max_len reason id userdata; did you mean 'max_len'?
            actions=controller(reason=actoin) => column 27: unknown reason 'actoin', expected one of no_match action invalid_ttl action_set group packet_out; did you mean 'action'?
            actions=controller(userdata=0.1) => column 29: expected two hexadecimal digits, found '0.'
            actions=resubmit => column 9: resubmit needs a port or a table: resubmit(PORT,TABLE)
            actions=resubmit(,) => column 9: resubmit needs a port or a table: resubmit(PORT,TABLE)
            actions=resubmit(,255) => column 19: expected a table number from 0 to 254, found '255'
            actions=resubmit(1,2,nat) => column 22: expected ct, found 'nat'
            actions=resubmit(1,2,ct) => column 22: resubmit with ct needs a flow whose ct_state is sure of a connection, as +est or +trk-inv
            actions=group:x => column 15: expected a group number from 0 to 4294967040, found 'x'
            actions=set_field:1->ct_state => column 22: 'ct_state' cannot be set: it is read-only
            actions=set_field:1->ct_mrak => column 22: unknown field 'ct_mrak', expected a field's name; did you mean 'ct_mark'?
            actions=set_field:1 => column 19: expected VALUE->FIELD, found '1'
            actions=set_field:1->nw_src => column 22: 'nw_src' needs ip in the flow's match
            ip,actions=set_field:1->nw_src => column 22: expected an IPv4 address (a.b.c.d), found '1'
            tcp,actions=set_field:80->udp_dst => column 27: 'udp_dst' needs udp or udp6 in the flow's match
            actions=set_field:fe80::1->ipv6_src => column 28: 'ipv6_src' needs ipv6 in the flow's match
            actions=set_field:5/3->reg0 => column 19: the value has bits that the mask leaves out
            actions=set_field:1->reg0[0..3] => column 22: set_field sets whole fields, or bits as VALUE/MASK; load:VALUE->reg0[0..3] sets these
            actions=set_field:0x1ffffffff->reg0 => column 19: expected a number from 0 to 4294967295, found '0x1ffffffff'
            actions=set_field:5->dl_vlan => column 22: 'dl_vlan' has a meaning in matches only, expected vlan_vid, vlan_pcp or vlan_tci
            actions=set_field:4100->vlan_vid => column 25: 'vlan_vid' needs a VLAN: dl_vlan in the flow's match, or push_vlan before it
            actions=push_vlan:0x8100,set_field:4->vlan_vid => column 36: vlan_vid is set together with the bit 0x1000: 4100 is VLAN 4
            dl_vlan=3,actions=strip_vlan,set_field:3->vlan_pcp => column 43: 'vlan_pcp' needs a VLAN: dl_vlan in the flow's match, or push_vlan before it
            actions=set_field:1->ct_label => column 22: ct_label can only be set when a connection is committed: ct(commit,exec(set_field:V->ct_label))
            actions=load:300->reg0[0..7] => column 14: expected a value of at most 8 bits, found '300'
            actions=load:1->tcp_flags[0] => column 17: 'tcp_flags[0]' cannot be set: it is read-only
            actions=load:1->NXM_NX_REG16[] => column 17: unknown field 'NXM_NX_REG16', expected a field's name; did you mean 'NXM_NX_REG1'?
            actions=move:reg0->reg1[0..15] => column 14: 'reg0' has 32 bits, but what it goes to has 16
            tcp,actions=move:reg0->ct_mark => column 24: ct_mark can only be set when a connection is committed: ct(commit,exec(set_field:V->ct_mark))
            tcp,actions=move:reg0[0]->nw_proto[0] => column 27: 'nw_proto[0]' cannot be set: it is read-only
            arp,actions=mod_nw_src:1.2.3.4 => column 13: 'mod_nw_src' needs ip in the flow's match
            icmp,actions=mod_tp_dst:80 => column 14: 'mod_tp_dst' needs tcp, udp or sctp in the flow's match
            ip,actions=mod_nw_tos:17 => column 23: expected a type of service that is a multiple of 4 (mod_nw_ecn sets the rest), found '17'
            ip,actions=mod_nw_ecn:4 => column 23: expected an ECN from 0 to 3, found '4'
            actions=mod_nw_ttl:4 => column 9: 'mod_nw_ttl' needs ip or ipv6 in the flow's match
            actions=mod_vlan_vid:4096 => column 22: expected a VLAN from 0 to 4095, found '4096'
            actions=mod_vlan_pcp:8 => column 22: expected a VLAN priority from 0 to 7, found '8'
            actions=set_vlan_vid:5 => column 9: 'set_vlan_vid' needs a VLAN: dl_vlan in the flow's match, or push_vlan before it
            actions=push_vlan:0x800 => column 19: expected 0x8100 or 0x88a8, found '0x800'
            actions=dec_ttl => column 9: 'dec_ttl' needs ip or ipv6 in the flow's match
            actions=strip_vlan:1 => column 20: 'strip_vlan' takes no value
            ip,actions=ct(zone=reg0) => column 20: expected 16 bits of a field for the zone, found 'reg0'
            ip,actions=ct(zone_orig=reg0[0..7]) => column 25: expected 16 bits of a field for the zone, found 'reg0[0..7]'
            ip,actions=ct(zone_reply=65536) => column 26: expected a zone from 0 to 65535, found '65536'
            ip,actions=ct(zone_orig) => column 15: 'zone_orig' needs a value: zone_orig=N
            ip,actions=ct(zone_orig=1,zone_orig=2) => column 27: 'zone_orig' is given twice in ct(...)
            ip,actions=ct(zone_origin=1) => column 15: unknown word 'zone_origin' in ct(...), expected one of commit force log zone zone_orig zone_reply table nat exec alg untied; did you mean 'zone_orig'?
            ip,actions=ct(zone_orig=1,zone_reply=2,zone=3) => column 40: 'zone' says nothing beside zone_orig and zone_reply
            ip,actions=ct(commit,exec(set_field:1->reg0)) => column 40: expected ct_mark or ct_label: exec(...) sets nothing else, found 'reg0'
            ip,actions=ct(commit,exec(output:1)) => column 27: expected set_field:V[/M]->FIELD, load:V->FIELD[..] or move:FIELD[..]->FIELD[..], to ct_mark or ct_label, in exec(...), found 'output'
            ip,actions=ct(commit,exec(move:reg0[0..3]->reg1[0..3])) => column 44: expected ct_mark or ct_label: exec(...) sets nothing else, found 'reg1[0..3]'
            ip,actions=ct(commit,exec(move:reg0[0..3]->ct_mark[0..4])) => column 32: 'reg0[0..3]' has 4 bits, but what it goes to has 5
            ip,actions=ct(commit,exec(move:reg0->ct_label[0..32])) => column 32: 'reg0' has 32 bits, but what it goes to has 33
            ip,actions=ct(commit,exec(move:tcp_dst->ct_mark[0..15])) => column 32: 'tcp_dst' needs tcp or tcp6 in the flow's match
            ip,actions=ct(commit,exec(load:1->ct_mark[40])) => column 43: expected a bit of ct_mark from 0 to 31, found '40'
            udp,actions=ct(alg=ftp) => column 20: 'ftp' needs tcp or tcp6 in the flow's match
            tcp6,actions=ct(commit,alg=tftp) => column 28: 'tftp' needs udp or udp6 in the flow's match
            tcp,actions=ct(commit,alg) => column 23: 'alg' needs a value: alg=HELPER
            tcp,actions=ct(commit,alg=fpt) => column 27: unknown helper 'fpt', expected one of ftp tftp; did you mean 'ftp'?
            ip,actions=ct(commit,untied) => column 22: 'untied' needs alg in the same ct()
            ip,actions=ct(commit,nat(src=[fc00::1])) => column 22: 'nat' needs ipv6 in the flow's match
            ipv6,actions=ct(commit,nat(src=[fc00::9]-[fc00::1])) => column 32: the range's last address fc00::1 is below its first fc00::9
            ipv6,actions=ct(commit,nat(src=[fc00::1]-10.0.0.1)) => column 32: the range's first address fc00::1 and its last 10.0.0.1 are not of the same kind
            ipv6,actions=ct(commit,nat(src=[fc00::1:80)) => column 32: expected an IPv6 address in brackets ([2001:db8::1]), found '[fc00::1:80'
            ipv6,actions=ct(commit,nat(src=[fc00::g])) => column 33: expected an IPv6 address (2001:db8::1), found 'fc00::g'
            ipv6,actions=ct(commit,nat(src=[fc00::1]:70000)) => column 42: expected a port from 1 to 65535, found '70000'
            ip,actions=ct(commit,nat(src=1.2.3.4,hash,random)) => column 43: only one of random and hash can be given, once
            ip,actions=ct(commit,nat(src=1.2.3.4,persistent,persistent)) => column 49: 'persistent' is given twice in nat(...)
            ip,actions=ct(commit,nat(dst=1.2.3.4,endpoint-independent-mapping)) => column 26: endpoint-independent-mapping needs src with an address
            ip,actions=ct(commit,nat(src,endpoint-independent-mapping)) => column 26: endpoint-independent-mapping needs src with an address
            ip,actions=ct(commit,nat(src=1.2.3.4,address-dependent-filtering)) => column 26: endpoint-independent-filtering and address-dependent-filtering need endpoint-independent-mapping
            ip,actions=ct(commit,nat(src=1.2.3.4,endpoint-independent-mapping,address-and-port-dependent-mapping)) => column 67: only one behaviour of mapping can be given, once
            ip,actions=ct(commit,nat(src=1.2.3.4,endpoint-independent-filtering,endpoint-independent-filtering)) => column 69: only one behaviour of filtering can be given, once
            ip,actions=ct(commit,nat(src=1.2.3.4:1024-65535,port-block-size=100)) => column 26: port-block-size is 100, expected a power of two from 64 to 32768
            ip,actions=ct(commit,nat(src=1.2.3.4:1024-65535,port-block-size=0)) => column 26: port-block-size is 0, expected a power of two from 64 to 32768
            ip,actions=ct(commit,nat(src=1.2.3.4:1000-65535,port-block-size=512)) => column 26: 1000-65535 are no whole blocks of 512 ports, which begin at multiples of it; 1024-65535 are
            ip,actions=ct(commit,nat(src=1.2.3.4,port-block-size=512)) => column 26: port-block-size needs src with ports
            ip,actions=ct(commit,nat(dst=1.2.3.4:1024-65535,port-block-size=512)) => column 26: port-block-size needs src with ports
            ip,actions=ct(commit,nat(src=0.0.0.0:1024-65535,port-block-size=512)) => column 26: port-block-size needs src with an address
            ip,actions=ct(commit,nat(src=1.2.3.4:1024-65535,max-port-blocks=2)) => column 26: max-port-blocks and port-block-hold need port-block-size
            ip,actions=ct(commit,nat(src=1.2.3.4:1024-65535,port-block-size=512,max-port-blocks=0)) => column 26: max-port-blocks is 0, not within 1-64
            ip,actions=ct(commit,nat(src=1.2.3.4:1024-65535,port-block-size=512,port-block-hold=86401)) => column 26: port-block-hold is 86401, not within 0-86400 seconds
            ip,actions=ct(commit,nat(src=1.2.3.4:1024-65535,port-block-size=512,port-block-size=512)) => column 69: 'port-block-size' is given twice in nat(...)
            ip,actions=ct(commit,nat(src=1.2.3.4:1024-65535,port-block-size)) => column 49: 'port-block-size' needs a value: port-block-size=NUMBER
            ip,actions=ct(commit,zone_reply=2,nat(src=1.2.3.4,endpoint-independent-mapping)) => column 35: endpoint-independent-mapping needs one zone for both directions
            ip,actions=ct(commit,nat(src=)) => column 26: 'src' needs a value: src=ADDRESS
            ip,actions=ct(commit,nat(random)) => column 26: expected nat(src=...) or nat(dst=...), found 'random'
            ipv6,actions=ct(commit,nat(src=1.2.3.4)) => column 24: 'nat' needs ip in the flow's match
            actions=clone(goto_table:3) => column 15: clone(...) cannot have goto_table; resubmit(,TABLE) can
            actions=clone(write_actions(1)) => column 15: clone(...) cannot have write_actions
            actions=clone => column 9: 'clone' needs parentheses: clone(...)
            actions=clone(outptu:1) => column 15: unknown action 'outptu', expected an action or a port; did you mean 'output'?
            actions=write_actions(clone(1)) => column 23: write_actions(...) cannot have clone
            actions=write_actions(controller(id=1)) => column 23: write_actions(...) cannot have controller
            actions=write_actions(note:01) => column 23: write_actions(...) cannot have note
            actions=write_actions(1),clear_actions => column 26: 'clear_actions' must stand before 'write_actions'
            actions=write_actions(1),2 => column 26: '2' must stand before 'write_actions'
            actions=write_actions(1),write_actions(2) => column 26: 'write_actions' is given twice
            actions=1,meter:3 => column 11: 'meter' must stand before '1'
            actions=write_metadata:1,1 => column 26: '1' must stand before 'write_metadata'
            actions=meter:0 => column 15: expected a meter number from 1 to 4294901760, found '0'
            actions=conjunction(1,1/2),output:1 => column 28: 'output' cannot stand beside conjunction(...); only note can
            actions=conjunction(1,0/2) => column 23: expected a dimension from 1 to 2, found '0'
            actions=conjunction(1,3/2) => column 23: expected a dimension from 1 to 2, found '3'
            actions=conjunction(1,1/65) => column 25: expected a number of dimensions from 2 to 64, found '65'
            actions=conjunction(1,2) => column 23: expected K/N, the dimension and how many there are, found '2'
            actions=conjunction(1) => column 9: expected conjunction(ID,K/N)
            actions=note:0x1 => column 14: expected two hexadecimal digits, found '0x'
            actions=multipath(eth_src,50,modulo,10,0,reg0[0..10]) => column 30: unknown algorithm 'modulo', expected one of modulo_n hash_threshold hrw iter_hash; did you mean 'modulo_n'?
            actions=multipath(eth_dst,50,hrw,10,0,reg0[0..10]) => column 19: unknown fields 'eth_dst', expected one of eth_src symmetric_l4 symmetric_l3l4 symmetric_l3l4+udp nw_src nw_dst symmetric_l3
            actions=multipath(eth_src,50,hrw,10,0) => column 9: expected multipath(FIELDS,BASIS,ALGORITHM,LINKS,ARGUMENT,FIELD[..])
            actions=multipath(eth_src,50,hrw,17,0,reg0[0..3]) => column 39: 'reg0[0..3]' is too small for 17 links
            actions=check_pkt_larger(1500) => column 9: 'check_pkt_larger' needs a length and a bit: check_pkt_larger(BYTES)->FIELD[BIT]
            actions=check_pkt_larger(1500)->reg0 => column 33: expected one bit, found 'reg0'
            actions=check_pkt_larger(70000)->reg0[0] => column 26: expected a number of bytes from 0 to 65535, found '70000'
            actions=learn(tabel=1) => column 15: unknown word 'tabel' in learn(...), expected a field, load, output or one of its options; did you mean 'table'?
            actions=learn(table=255) => column 21: expected a table number from 0 to 254, found '255'
            actions=learn(ip) => column 15: unknown word 'ip' in learn(...), expected a field, load, output or one of its options
            actions=learn(NXM_OF_IP_SRC[]) => column 15: 'NXM_OF_IP_SRC[]' needs ip before it in learn(...), as eth_type=... and nw_proto=...
            tcp,actions=learn(NXM_OF_IP_SRC[]) => column 19: 'NXM_OF_IP_SRC[]' needs ip before it in learn(...), as eth_type=... and nw_proto=...
            arp,actions=learn(eth_type=0x800,NXM_OF_IP_SRC[]) => column 34: 'NXM_OF_IP_SRC[]' needs ip in the flow's match
            actions=learn(load:5->reg0[0..1]) => column 20: expected a value of at most 2 bits, found '5'
            actions=learn(load:reg0->reg1[0..1]) => column 20: 'reg0' has 32 bits, but what it goes to has 2
            actions=learn(load:1->ct_state) => column 23: 'ct_state' cannot be set: it is read-only
            actions=learn(reg0=5/7) => column 20: expected a value without a mask, found '5/7'
            tcp,actions=fin_timeout(idle=5) => column 25: unknown word 'idle' in fin_timeout(...), expected idle_timeout or hard_timeout
            tcp,actions=fin_timeout(idle_timeot=5) => column 25: unknown word 'idle_timeot' in fin_timeout(...), expected idle_timeout or hard_timeout; did you mean 'idle_timeout'?
            tcp,actions=fin_timeout(idle_timeout=70000) => column 38: expected seconds from 0 to 65535, found '70000'
            tcp,actions=fin_timeout:5 => column 13: 'fin_timeout' needs parentheses: fin_timeout(...)
            tcp,actions=write_actions(fin_timeout(idle_timeout=5)) => column 27: write_actions(...) cannot have fin_timeout
            actions=learn(result_dst=reg0[0..1]) => column 26: expected one bit, found 'reg0[0..1]'
            actions=learn(result_dst=reg0) => column 26: expected one bit, found 'reg0'
            actions=learn(result_dst=ct_state[0]) => column 26: 'ct_state[0]' cannot be set: it is read-only
            actions=learn(result_dst=nw_src[0]) => column 26: 'nw_src[0]' needs ip in the flow's match
            actions=learn(limit=1,limit=2) => column 23: 'limit' is given twice in learn(...)
            actions=learn(output:5) => column 22: unknown field '5', expected a field's name
            """;

    static Stream<Arguments> wrong() {
        return WRONG.lines()
                .map(line -> {
                    int arrow = line.indexOf(ARROW);
                    return Arguments.of(
                            line.substring(0, arrow), line.substring(arrow + ARROW.length()));
                });
    }

    @ParameterizedTest
    @MethodSource("wrong")
    void namesTheWordThePlaceAndWhatWasExpected(String line, String expected) {
        SyntaxException e =
                assertThrows(SyntaxException.class, () -> FlowLine.flow(Span.of(line), PORTS));
        assertEquals(expected, e.getMessage());
    }
}
