package io.sluice.control.flow;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.sluice.control.text.Span;
import io.sluice.fastpath.Action;
import io.sluice.fastpath.Field;
import io.sluice.fastpath.Flow;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class FlowTextTest {
    private static final PortNames PORTS = PortNames.of(Map.of("p0", 1, "p1", 2, "in", 17));

    private static Flow read(String line) {
        return FlowLine.flow(Span.of(line), PORTS);
    }

    /** The part of a dump that says what the flow is. */
    private static String shown(String line) {
        String text = FlowFormat.show(read(line), System.nanoTime());
        return text.substring(text.indexOf("idle_age=0, ") + "idle_age=0, ".length());
    }

    /** The right sides are what {@code ovs-ofctl parse-flows} prints for the left. */
    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "priority=100,in_port=1,tcp,ct_state=-trk,actions=ct(table=1,zone=5,nat)|priority=100,ct_state=-trk,tcp,in_port=1"
                    + " actions=ct(table=1,zone=5,nat)",
                "ct_state=+trk+new,ct_mark=0x1/0xf,ct_zone=5,udp,dl_src=00:11:22:33:44:55,"
                    + "dl_dst=01:00:00:00:00:00/01:00:00:00:00:00,nw_src=10.1.2.3/8,"
                    + "nw_dst=10.0.0.1/255.0.255.0,tp_src=0x10/0xff,tp_dst=53,in_port=2,"
                    + "actions=ct(commit,force,zone=5,table=3,nat(src=10.0.0.1-10.0.0.9:100-200,"
                    + "random)),mod_dl_src:00:11:22:33:44:56,"
                    + "set_field:00:11:22:33:44:57->eth_dst,resubmit(,4),output:3,in_port,normal"
                    + "|ct_state=+new+trk,ct_zone=5,ct_mark=0x1/0xf,udp,in_port=2,"
                    + "dl_src=00:11:22:33:44:55,dl_dst=01:00:00:00:00:00/01:00:00:00:00:00,"
                    + "nw_src=10.0.0.0/8,nw_dst=10.0.0.0/255.0.255.0,tp_src=0x10/0xff,tp_dst=53"
                    + " actions=ct(commit,force,table=3,zone=5,nat(src=10.0.0.1-10.0.0.9:100-200,"
                    + "random)),mod_dl_src:00:11:22:33:44:56,mod_dl_dst:00:11:22:33:44:57,"
                    + "resubmit(,4),output:3,IN_PORT,NORMAL",
                "arp,in_port=1,arp_spa=1.2.3.4,arp_tpa=1.2.3.0/24,arp_op=1,actions=normal"
                        + "|arp,in_port=1,arp_spa=1.2.3.4,arp_tpa=1.2.3.0/24,arp_op=1"
                        + " actions=NORMAL",
                "icmp,icmp_type=8,icmp_code=0,priority=7,actions=drop"
                        + "|priority=7,icmp,icmp_type=8,icmp_code=0 actions=drop",
                "ip,nw_proto=47,actions=2,group:5|ip,nw_proto=47 actions=output:2,group:5",
                "dl_type=0x0801,actions=goto_table:3|dl_type=0x0801 actions=goto_table:3",
                "udp,actions=output:IN_PORT|udp actions=IN_PORT",
                "priority=0,actions=|priority=0 actions=drop",
                "tcp,ct_state=0x21/0x23,actions=ct(commit,nat(dst=10.0.0.1)),"
                        + "ct(commit,nat(dst=10.0.0.1:80,persistent))"
                        + "|ct_state=+new-est+trk,tcp actions=ct(commit,nat(dst=10.0.0.1)),"
                        + "ct(commit,nat(dst=10.0.0.1:80,persistent))",
                "ip,actions=ct(commit,nat(src=0.0.0.0:1-9))|ip"
                        + " actions=ct(commit,nat(src=0.0.0.0:1-9))",
                "ipv6,actions=ct(commit,nat(src=[::]:1))|ipv6 actions=ct(commit,nat(src=[::]:1))",
                "dl_type=0x0800,ip_proto=6,tcp_dst=80,actions=p1|tcp,tp_dst=80 actions=output:2",
                "actions=drop|actions=drop",
            })
    void showsAsOpenVSwitchDoes(String written, String shown) {
        assertEquals(shown, shown(written));
    }

    @Test
    void keepsNumbersAsPeopleWriteThem() {
        Flow flow =
                read("table=3,cookie=0xffffffffffffffff,udp,nw_src=10.1.2.3,udp_dst=53,actions=p0");
        assertEquals(3, flow.table());
        assertEquals(-1, flow.cookie());
        assertEquals(32768, flow.priority());
        assertEquals(0x0A010203L, flow.match().value(Field.NW_SRC));
        assertEquals(0xFFFFFFFFL, flow.match().mask(Field.NW_SRC));
        assertEquals(53, flow.match().value(Field.TP_DST));
        assertEquals(17, flow.match().value(Field.NW_PROTO));
        assertEquals(new Action.Output(1), flow.actions().getFirst());
    }

    @Test
    void setsSeveralPartsOfTheMarkInTheirOrder() {
        String flow =
                "ip actions=ct(commit,exec(set_field:0x1/0x3->ct_mark,"
                        + "move:NXM_NX_REG0[0..7]->NXM_NX_CT_MARK[8..15],"
                        + "set_field:0x100/0xf00->ct_mark))";
        assertEquals(flow, shown(flow));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "tcp,in_port=p0 actions=p1",
                " cookie=0x5, duration=12.345s, table=2, n_packets=7, n_bytes=420, idle_age=3,"
                        + " hard_age=9, priority=3,tcp,in_port=1 actions=output:2",
                "in_port=in,actions=in_port,in",
                "ip,actions=ct",
            })
    void readsWhatItShows(String line) {
        Flow once = read(line);
        Flow twice = read(FlowFormat.show(once, System.nanoTime()));
        assertEquals(once.match(), twice.match());
        assertEquals(once.actions(), twice.actions());
        assertEquals(once.cookie(), twice.cookie());
        assertEquals(once.table(), twice.table());
        assertEquals(once.priority(), twice.priority());
    }
}
