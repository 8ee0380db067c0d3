package io.sluice.control.flow;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import io.sluice.control.text.Span;
import io.sluice.control.text.SyntaxException;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The whole sentences, because people read them. */
class FlowErrorsTest {
    private static final PortNames PORTS = PortNames.of(Map.of("p0", 1, "uplink", 2));

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "tcpp,actions=drop|column 1: unknown word 'tcpp', expected a match field, table,"
                        + " priority, cookie or actions; did you mean 'tcp'?",
                "tcp,tp_dts=80,actions=drop|column 5: unknown word 'tp_dts', expected a match"
                        + " field, table, priority, cookie or actions; did you mean 'tp_dst'?",
                "ip,output:1|column 4: unknown word 'output', expected a match field, table,"
                        + " priority, cookie or actions; actions stand after 'actions='",
                "tp_dst=80,actions=drop|column 1: 'tp_dst' needs tcp, udp or sctp",
                "udp,tcp_dst=80,actions=drop|column 5: 'tcp_dst' needs tcp or tcp6",
                "nw_src=1.2.3.4,actions=drop|column 1: 'nw_src' needs ip or arp",
                "tcp,udp,actions=drop|column 5: 'udp' contradicts 'tcp' at column 1",
                "tcp|column 4: expected actions=... at the end of the flow",
                "in_port=p9,actions=drop|column 9: no port is called 'p9'; did you mean 'p0'?",
                "in_port,actions=drop|column 1: 'in_port' needs a value: in_port=...",
                "ip,nw_src=10.0.0.300,actions=drop|column 11: expected an IPv4 address (a.b.c.d),"
                        + " found '10.0.0.300'",
                "ip,nw_src=10.0.0.0/33,actions=drop|column 20: expected a prefix length from 0 to"
                        + " 32, found '33'",
                "dl_src=1:2:3,actions=drop|column 8: expected an Ethernet address"
                        + " (xx:xx:xx:xx:xx:xx), found '1:2:3'",
                "ct_state=+trk+nwe,actions=drop|column 15: unknown connection state 'nwe', expected"
                        + " one of new est rel rpl inv trk snat dnat; did you mean 'new'?",
                "ct_state=trk+new,actions=drop|column 10: unknown connection state 'trk+new',"
                        + " expected one of new est rel rpl inv trk snat dnat",
                "ct_state=,actions=drop|column 1: 'ct_state' needs a value: ct_state=...",
                "priority=70000,actions=drop|column 10: expected a priority from 0 to 65535, found"
                        + " '70000'",
                "table=255,actions=drop|column 7: expected a table number from 0 to 254, found"
                        + " '255'",
                "actions=outptu:1|column 9: unknown action 'outptu', expected an action or a port;"
                        + " did you mean 'output'?",
                "actions=upling|column 9: unknown action 'upling', expected an action or a port;"
                        + " did you mean 'uplink'?",
                "actions=1,drop|column 11: 'drop' must be the only action",
                "actions=drop,1|column 9: 'drop' must be the only action",
                "actions=ct(table=1)|column 9: 'ct' needs ip or ipv6 in the flow's match",
                "ip,actions=ct(nat(src=1.2.3.4))|column 15: nat with src or dst needs commit in the"
                        + " same ct()",
                "ip,actions=ct(force)|column 15: 'force' needs commit in the same ct()",
                "ip,actions=ct(exec(set_field:1->ct_mark))|column 15: 'exec' needs commit in the"
                        + " same ct()",
                "ip,actions=ct(comit)|column 15: unknown word 'comit' in ct(...), expected one of"
                        + " commit force log zone zone_orig zone_reply table nat exec alg untied;"
                        + " did you mean 'commit'?",
                "ip,ct_state=+trk+inv,actions=ct(zone=1,commit)|column 40: packets that are +inv"
                        + " have no connection to commit",
                "ip,actions=ct(commit|column 14: '(' is never closed",
                "ip,actions=ct(commit,nat(src=10.0.0.9-10.0.0.1))|column 30: the range's last"
                        + " address 10.0.0.1 is below its first 10.0.0.9",
                "ip,actions=ct(commit,nat(sr=10.0.0.9))|column 26: unknown word 'sr' in nat(...),"
                        + " expected one of src dst random hash persistent"
                        + " address-and-port-dependent-mapping endpoint-independent-mapping"
                        + " address-and-port-dependent-filtering address-dependent-filtering"
                        + " endpoint-independent-filtering port-block-size max-port-blocks"
                        + " port-block-hold; did you mean 'src'?",
                "ip,actions=ct(commit,nat(src=10.0.0.9:0))|column 39: expected a port from 1 to"
                        + " 65535, found '0'",
                "table=3,actions=goto_table:1|column 28: expected a table after the flow's own 3"
                        + " (resubmit(,TABLE) may go back), found '1'",
                "actions=goto_table:1,2|column 9: goto_table must be the last action",
                "actions=set_field:1->ct_mark|column 22: ct_mark can only be set when a connection"
                        + " is committed: ct(commit,exec(set_field:V->ct_mark))",
            })
    void namesTheWordThePlaceAndWhatWasExpected(String line, String expected) {
        SyntaxException e =
                assertThrows(
                        SyntaxException.class, () -> FlowLine.flow(Span.of(line), PORTS), line);
        assertEquals(expected, e.getMessage());
    }

    @Test
    void refusesMoreParenthesesThanItCanRead() {
        String deep = "actions=" + "clone(".repeat(20_000) + ")".repeat(20_000);
        assertEquals(
                "column 614: more than 100 parentheses within each other",
                assertThrows(SyntaxException.class, () -> FlowLine.flow(Span.of(deep), PORTS))
                        .getMessage());
    }

    @Test
    void reportsEveryLineOfAFile() {
        String text =
                """
                # edge
                tcp,actions=p0

                tcpp,actions=p0   # comment
                group_id=1,type=al,bucket=p0
                  modify udp,action=p7
                """;
        ChangeReader reader =
                new ChangeReader(PORTS, ChangeReader.Verb.ADD, Optional.of("edge.flows"));
        RulesException e = assertThrows(RulesException.class, () -> reader.read(text));
        assertEquals(
                """
                edge.flows:4:1: unknown word 'tcpp', expected a match field, table, priority,\
                 cookie or actions; did you mean 'tcp'?
                edge.flows:5:17: unknown type 'al', expected one of all select indirect ff\
                 fast_failover; did you mean 'all'?
                edge.flows:6:21: unknown action 'p7', expected an action or a port; did you mean\
                 'p0'?\
                """,
                e.getMessage());
    }

    @Test
    void countsColumnsWithinOneLineOfMany() {
        ChangeReader reader = new ChangeReader(PORTS, ChangeReader.Verb.ADD, Optional.empty());
        RulesException one = assertThrows(RulesException.class, () -> reader.read("actions=p7"));
        assertEquals(
                "column 9: unknown action 'p7', expected an action or a port; did you mean 'p0'?",
                one.getMessage());
        RulesException many =
                assertThrows(RulesException.class, () -> reader.read("actions=p0\nactions=99999"));
        assertEquals(
                "line 2, column 9: expected a port number from 1 to 65279, found '99999'",
                many.getMessage());
    }
}
