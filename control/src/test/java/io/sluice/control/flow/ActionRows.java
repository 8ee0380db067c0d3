package io.sluice.control.flow;

import java.util.List;
import java.util.stream.Stream;

/** Actions as people write them, and as they are shown. */
final class ActionRows {
    /**
     * One row.
     *
     * @param match of the flow
     * @param openVSwitch what {@code ovs-ofctl} of this OpenFlow version shows the same; empty: it
     *     reads the row and shows it in another way
     */
    record Row(String match, String written, String shown, String openVSwitch) {
        String flow() {
            return match + (match.isEmpty() ? "" : ",") + "actions=" + written;
        }

        @Override
        public String toString() {
            return flow();
        }
    }

    private static final String OUTPUTS =
            """
            |1|output:1|10
            |p0|output:1|
            |output:p1|output:2|
            |output:65279|output:65279|10
            |output(port=2,max_len=100)|output(port=2,max_len=100)|10
            |output(max_len=0xe,port=in_port),1|output(port=IN_PORT,max_len=14),output:1|10
            |output(port=p1,max_len=65535)|output(port=2,max_len=65535)|
            |output:in_port|IN_PORT|10
            |output:FLOOD,output:all,output:normal|FLOOD,ALL,NORMAL|10
            |in_port,normal,flood,all|IN_PORT,NORMAL,FLOOD,ALL|10
            |output:NXM_NX_REG2[]|output:NXM_NX_REG2[]|10
            |output:reg2[0..15]|output:NXM_NX_REG2[0..15]|10
            |output:reg5|output:NXM_NX_REG5[]|10
            ip|output:nw_src[0..3]|output:NXM_OF_IP_SRC[0..3]|10
            |drop|drop|10
            ||drop|10
            |controller|CONTROLLER:65535|10
            |CONTROLLER:128|CONTROLLER:128|10
            |output:controller|CONTROLLER:65535|10
            |controller()|CONTROLLER:65535|10
            |controller(max_len=0)|CONTROLLER:0|10
            |controller(id=7)|controller(id=7)|10
            |controller(userdata=0001ff,reason=no_match,max_len=9,id=1)\
            |controller(reason=no_match,max_len=9,id=1,userdata=00.01.ff)|10
            |controller(reason=invalid_ttl)|controller(reason=invalid_ttl)|10
            |group:5|group:5|13
            |resubmit:2|resubmit:2|10
            |resubmit(p1)|resubmit:2|
            |resubmit(3,4)|resubmit(3,4)|10
            |resubmit(,4)|resubmit(,4)|10
            |resubmit(in_port,4)|resubmit(,4)|10
            ct_state=+est+trk|resubmit(,2,ct)|resubmit(,2,ct)|10
            ct_state=-inv+trk|resubmit(3,2,ct)|resubmit(3,2,ct)|10
            |1,goto_table:3|output:1,goto_table:3|13
            |exit|exit|10
            |1,exit,2|output:1,exit,output:2|10
            """;

    private static final String FIELDS =
            """
            |mod_dl_src:00:11:22:33:44:55|mod_dl_src:00:11:22:33:44:55|10
            |set_field:00:11:22:33:44:55->eth_dst|mod_dl_dst:00:11:22:33:44:55|10
            |set_field:01:00:00:00:00:00/01:00:00:00:00:00->eth_dst|load:0x1->NXM_OF_ETH_DST[40]|
            tcp|mod_nw_src:10.0.0.1,mod_nw_dst:10.0.0.2|mod_nw_src:10.0.0.1,mod_nw_dst:10.0.0.2|10
            ip|set_field:10.0.0.0/8->ip_src|load:0xa->NXM_OF_IP_SRC[24..31]|
            ip|set_field:10.0.1.0/255.0.255.0->nw_dst|set_field:10.0.1.0/255.0.255.0->nw_dst|
            ip|load:0xa->NXM_OF_IP_SRC[24..31]|load:0xa->NXM_OF_IP_SRC[24..31]|10
            ip|mod_nw_tos:16|mod_nw_tos:16|10
            ipv6|set_field:4->ip_dscp|mod_nw_tos:16|10
            ip|load:9->NXM_OF_IP_TOS[]|load:0x9->NXM_OF_IP_TOS[]|10
            ip|mod_nw_ecn:2|mod_nw_ecn:2|
            ip|set_field:2->nw_ecn|mod_nw_ecn:2|
            ipv6|mod_nw_ttl:64|mod_nw_ttl:64|13
            tcp|mod_tp_src:80,set_field:81->tcp_dst|mod_tp_src:80,mod_tp_dst:81|10
            udp6|set_field:80->udp_src|mod_tp_src:80|10
            sctp|load:1->sctp_dst[0..7]|load:0x1->OXM_OF_SCTP_DST[0..7]|10
            udp|load:1->udp_dst[0..7]|load:0x1->NXM_OF_UDP_DST[0..7]|10
            icmp|set_field:8->icmp_type,load:3->icmp_code|load:0x8->NXM_OF_ICMP_TYPE[],load:0x3->NXM_OF_ICMP_CODE[]|10
            icmp6|set_field:8->icmpv6_type|load:0x8->NXM_NX_ICMPV6_TYPE[]|10
            ipv6|set_field:fe80::1->ipv6_src|set_field:fe80::1->ipv6_src|
            ipv6|set_field:fe80::/ffff::->ipv6_dst|load:0xfe80->NXM_NX_IPV6_DST[112..127]|10
            ipv6|set_field:5->ipv6_label|load:0x5->NXM_NX_IPV6_LABEL[]|10
            icmp6,icmpv6_type=136|set_field:fe80::1->nd_target,load:1->nd_tll|set_field:fe80::1->nd_target,load:0x1->NXM_NX_ND_TLL[]|
            icmp6,icmpv6_type=135|set_field:00:00:00:00:00:02->nd_sll|load:0x2->NXM_NX_ND_SLL[]|10
            arp|set_field:2->arp_op,load:1->arp_sha,move:arp_sha->arp_tha\
            |load:0x2->NXM_OF_ARP_OP[],load:0x1->NXM_NX_ARP_SHA[],move:NXM_NX_ARP_SHA[]->NXM_NX_ARP_THA[]|
            arp|set_field:1.2.3.4->arp_spa|load:0x1020304->NXM_OF_ARP_SPA[]|10
            |set_field:5->reg0|load:0x5->NXM_NX_REG0[]|10
            |set_field:0x500/0xff00->reg15|load:0x5->NXM_NX_REG15[8..15]|10
            |set_field:0x5/0xf0f->reg1|set_field:0x5/0xf0f->reg1|
            |load:0->reg3[31]|load:0->NXM_NX_REG3[31]|10
            |load:7->xreg1|load:0x7->OXM_OF_PKT_REG1[]|10
            |set_field:0x12345678901234567890->xxreg0|set_field:0x12345678901234567890->xxreg0|
            |load:3->NXM_NX_XXREG1[60..70]|load:0x3->NXM_NX_XXREG1[60..70]|10
            |set_field:9->metadata,1|load:0x9->OXM_OF_METADATA[],output:1|10
            |set_field:9->pkt_mark|load:0x9->NXM_NX_PKT_MARK[]|10
            |load:0->in_port|load:0->NXM_OF_IN_PORT[]|10
            |load:0->OXM_OF_IN_PORT[]|load:0->OXM_OF_IN_PORT[]|10
            |move:NXM_NX_REG0[0..15]->NXM_NX_REG1[16..31]|move:NXM_NX_REG0[0..15]->NXM_NX_REG1[16..31]|10
            tcp|move:ip_src->reg0,move:tcp_src->reg1[0..15]|move:NXM_OF_IP_SRC[]->NXM_NX_REG0[],move:NXM_OF_TCP_SRC[]->NXM_NX_REG1[0..15]|10
            |move:ct_mark->reg0|move:NXM_NX_CT_MARK[]->NXM_NX_REG0[]|10
            |mod_vlan_vid:5,mod_vlan_pcp:3|mod_vlan_vid:5,mod_vlan_pcp:3|10
            |push_vlan:0x88a8,set_field:4100->vlan_vid|push_vlan:0x88a8,mod_vlan_vid:4|
            |push_vlan:0x8100,set_vlan_vid:4,set_vlan_pcp:2|push_vlan:0x8100,mod_vlan_vid:4,mod_vlan_pcp:2|
            dl_vlan=5|set_field:3->vlan_pcp|mod_vlan_pcp:3|10
            dl_vlan=5|set_field:0x1001/0x100f->vlan_vid|load:0x1->NXM_OF_VLAN_TCI[0..3]|
            dl_vlan=5|strip_vlan|strip_vlan|10
            |strip_vlan|strip_vlan|10
            dl_vlan=5|pop_vlan|strip_vlan|
            |load:5->vlan_tci[0..11]|load:0x5->NXM_OF_VLAN_TCI[0..11]|10
            |set_field:0->vlan_tci|load:0->NXM_OF_VLAN_TCI[]|
            ip|dec_ttl|dec_ttl|10
            ip|dec_ttl(1,2)|dec_ttl|
            """;

    private static final String CONNECTIONS =
            """
            ip|ct|ct|
            ip|ct()|ct|
            tcp|ct(alg=ftp,commit,zone=5,nat,exec(set_field:1->ct_mark))|ct(commit,zone=5,nat,exec(set_field:0x1->ct_mark),alg=ftp)|15
            udp6|ct(commit,alg=tftp,table=3)|ct(commit,table=3,alg=tftp)|10
            udp|ct(untied,commit,alg=tftp)|ct(commit,alg=tftp,untied)|
            ip|ct_clear|ct_clear|10
            ipv6|ct(table=2,zone=5,commit)|ct(commit,table=2,zone=5)|10
            ip|ct(zone=reg0[0..15],nat)|ct(zone=NXM_NX_REG0[0..15],nat)|10
            ipv6|ct(commit,nat(src=[fc00::1]-[fc00::9]:1000-2000))|ct(commit,nat(src=[fc00::1]-[fc00::9]:1000-2000))|10
            ipv6|ct(commit,nat(src=[fc00::1]-[fc00::9]))|ct(commit,nat(src=fc00::1-fc00::9))|10
            ipv6|ct(commit,nat(dst=fd00::5))|ct(commit,nat(dst=fd00::5))|10
            ipv6|ct(commit,nat(dst=[fd00::5]:80,hash,persistent))|ct(commit,nat(dst=[fd00::5]:80,persistent,hash))|10
            ip|ct(commit,nat(src=10.0.0.1,persistent,random))|ct(commit,nat(src=10.0.0.1,persistent,random))|10
            ip|ct(commit,nat(src=10.0.0.1-10.0.0.9:1024-65535,persistent,port-block-size=512,max-port-blocks=4,port-block-hold=60))\
            |ct(commit,nat(src=10.0.0.1-10.0.0.9:1024-65535,persistent,port-block-size=512,max-port-blocks=4,port-block-hold=60))|
            ipv6|ct(commit,nat(port-block-size=64,src=[fc00::1]:64-127,max-port-blocks=1,port-block-hold=120))\
            |ct(commit,nat(src=[fc00::1]:64-127,port-block-size=64))|
            ip|ct(commit,nat(src=10.0.0.1,endpoint-independent-mapping,endpoint-independent-filtering))\
            |ct(commit,nat(src=10.0.0.1,endpoint-independent-mapping,endpoint-independent-filtering))|
            ip|ct(commit,nat(src=10.0.0.1:5-6,address-dependent-filtering,endpoint-independent-mapping,random))\
            |ct(commit,nat(src=10.0.0.1:5-6,random,endpoint-independent-mapping,address-dependent-filtering))|
            ip|ct(commit,nat(src=10.0.0.1,address-and-port-dependent-mapping,address-and-port-dependent-filtering))\
            |ct(commit,nat(src=10.0.0.1))|
            ip|ct(commit,nat(src=0.0.0.0))|ct(commit,nat(src))|10
            ipv6|ct(commit,nat(src=[::]))|ct(commit,nat(src))|10
            ipv6|ct(commit,nat(dst))|ct(commit,nat(dst))|10
            ip|ct(commit,nat(src,random))|ct(commit,nat(src,random))|
            ip|ct(commit,force,nat(src=10.0.0.1-10.0.0.9:5-6,random),exec(set_field:1->ct_mark))\
            |ct(commit,force,nat(src=10.0.0.1-10.0.0.9:5-6,random),exec(set_field:0x1->ct_mark))|15
            ip|ct(commit,exec(load:3->ct_mark[4..7]))|ct(commit,exec(set_field:0x30/0xf0->ct_mark))|15
            ip|ct(commit,exec(set_field:0/0->ct_mark))|ct(commit)|
            ip|ct(commit,exec(move:NXM_NX_REG0[]->NXM_NX_CT_MARK[]))|ct(commit,exec(move:NXM_NX_REG0[]->NXM_NX_CT_MARK[]))|10
            tcp|ct(commit,exec(move:tcp_dst->ct_mark[0..15],load:1->ct_mark[16]))\
            |ct(commit,exec(move:NXM_OF_TCP_DST[]->NXM_NX_CT_MARK[0..15],set_field:0x10000/0x10000->ct_mark))|15
            ip|ct(commit,exec(load:3->NXM_NX_CT_MARK[]))|ct(commit,exec(set_field:0x3->ct_mark))|15
            """;

    private static final String OTHERS =
            """
            |clone(1,2),3|clone(output:1,output:2),output:3|10
            |clone()|clone(drop)|10
            |clone(clone(drop),set_field:1->reg0)|clone(clone(drop),load:0x1->NXM_NX_REG0[])|10
            ip|clone(ct(commit))|clone(ct(commit))|10
            tcp|fin_timeout(hard_timeout=9,idle_timeout=5)|fin_timeout(idle_timeout=5,hard_timeout=9)|10
            tcp|fin_timeout(idle_timeout=0,hard_timeout=65535),1|fin_timeout(hard_timeout=65535),output:1|10
            |fin_timeout()|fin_timeout()|10
            |fin_timeout|fin_timeout()|10
            |conjunction(5,1/2)|conjunction(5,1/2)|10
            |conjunction(0xffffffff,3/64),note:112233445566|conjunction(4294967295,3/64),note:11.22.33.44.55.66|10
            |note:01.02.03.04.05.06,note:|note:01.02.03.04.05.06,note:|
            |multipath(eth_src,50,modulo_n,10,0,reg0[0..10])|multipath(eth_src,50,modulo_n,10,0,NXM_NX_REG0[0..10])|10
            |multipath(symmetric_l3l4+udp, 1, hrw, 65536, 7, reg0)|multipath(symmetric_l3l4+udp,1,hrw,65536,7,NXM_NX_REG0[])|10
            |multipath(symmetric_l3,1,iter_hash,8,7,reg0[0..2])|multipath(symmetric_l3,1,iter_hash,8,7,NXM_NX_REG0[0..2])|10
            |multipath(nw_dst,1,hash_threshold,8,7,reg0[0..2])|multipath(nw_dst,1,hash_threshold,8,7,NXM_NX_REG0[0..2])|10
            |check_pkt_larger(1500)->reg0[0]|check_pkt_larger(1500)->NXM_NX_REG0[0]|10
            |check_pkt_larger(0)->NXM_NX_XXREG0[127],1|check_pkt_larger(0)->NXM_NX_XXREG0[127],output:1|10
            |meter:3,1|meter:3,output:1|13
            |clear_actions|clear_actions|13
            |write_actions(2,set_field:5->reg0)|write_actions(output:2,load:0x5->NXM_NX_REG0[])|
            |write_metadata:1/0xff|write_metadata:0x1/0xff|10
            |set_field:9->metadata|write_metadata:0x9|
            ip|meter:1,dec_ttl,clear_actions,write_actions(1),write_metadata:5,goto_table:9\
            |meter:1,dec_ttl,clear_actions,write_actions(output:1),write_metadata:0x5,goto_table:9|13
            """;

    private static final String LEARNED =
            """
            |learn()|learn(table=1)|10
            |learn(table=10,priority=32768)|learn(table=10)|10
            |learn(table=1,idle_timeout=10,hard_timeout=20,fin_idle_timeout=1,fin_hard_timeout=2,\
            priority=5,cookie=9,delete_learned,limit=5)\
            |learn(table=1,idle_timeout=10,hard_timeout=20,fin_idle_timeout=1,fin_hard_timeout=2,\
            priority=5,delete_learned,cookie=0x9,limit=5)|10
            |learn(table=2,result_dst=reg0[31],limit=3,eth_dst=eth_src)|learn(table=2,limit=3,result_dst=NXM_NX_REG0[31],NXM_OF_ETH_DST[]=NXM_OF_ETH_SRC[])|10
            ip|learn(result_dst=nw_tos[0])|learn(table=1,result_dst=NXM_OF_IP_TOS[0])|10
            |learn(send_flow_rem)|learn(table=1)|
            |learn(table=2,NXM_OF_VLAN_TCI[0..11],NXM_OF_ETH_DST[]=NXM_OF_ETH_SRC[],load:NXM_OF_IN_PORT[]->NXM_NX_REG0[0..15])\
            |learn(table=2,NXM_OF_VLAN_TCI[0..11],NXM_OF_ETH_DST[]=NXM_OF_ETH_SRC[],load:NXM_OF_IN_PORT[]->NXM_NX_REG0[0..15])|10
            |learn(eth_dst=eth_src,output:NXM_OF_IN_PORT[])|learn(table=1,NXM_OF_ETH_DST[]=NXM_OF_ETH_SRC[],output:NXM_OF_IN_PORT[])|10
            tcp|learn(eth_type=0x800,nw_proto=6,NXM_OF_IP_SRC[]=NXM_OF_IP_DST[],NXM_OF_TCP_SRC[]=NXM_OF_TCP_DST[],load:1->reg0)\
            |learn(table=1,dl_type=0x0800,nw_proto=6,NXM_OF_IP_SRC[]=NXM_OF_IP_DST[],NXM_OF_TCP_SRC[]=NXM_OF_TCP_DST[],load:0x1->NXM_NX_REG0[])|
            udp|learn(eth_type=0x800,nw_proto=6,tcp_src=udp_dst)|learn(table=1,dl_type=0x0800,nw_proto=6,NXM_OF_TCP_SRC[]=NXM_OF_UDP_DST[])|
            |learn(reg0[0..7]=3,reg1=4,xxreg1=5)|learn(table=1,NXM_NX_REG0[0..7]=0x3,reg1=0x4,xxreg1=0x5)|10
            |learn(eth_type=0x86dd,ipv6_src=fe80::1,load:0x12345678901234567890->xxreg0)\
            |learn(table=1,dl_type=0x86dd,ipv6_src=fe80::1,load:0x12345678901234567890->NXM_NX_XXREG0[])|
            |learn(in_port=5,eth_dst[0..7]=0x5)|learn(table=1,in_port=5,NXM_OF_ETH_DST[0..7]=0x5)|10
            """;

    private ActionRows() {}

    static Stream<Row> all() {
        return Stream.of(OUTPUTS, FIELDS, CONNECTIONS, OTHERS, LEARNED)
                .flatMap(String::lines)
                .map(line -> List.of(line.split("\\|", -1)))
                .map(cells -> new Row(cells.get(0), cells.get(1), cells.get(2), cells.get(3)));
    }
}
