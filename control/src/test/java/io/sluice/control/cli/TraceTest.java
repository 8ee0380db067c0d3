package io.sluice.control.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.sluice.control.socket.CommandException;
import io.sluice.control.socket.SocketException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;

/** {@code trace} through the whole program. */
@Timeout(180)
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class TraceTest {
    private static final String CONFIG =
            """
            eal: ['--no-pci', '--no-huge', '-m', '128', '--no-shconf', '--no-telemetry']
            mbufs: {count: 4096}
            conntrack: {max-connections: 4096}
            ports:
              - {name: p0, devargs: "net_null0,no-rx=1"}
              - {name: p1, devargs: "net_null1,no-rx=1"}
              - {name: p2, devargs: "net_null2,no-rx=1"}
            """;
    private static final String REQUEST =
            "in_port=p0,udp,nw_src=10.0.0.1,nw_dst=192.0.2.1,nw_ttl=9,tp_src=4000,tp_dst=53";
    private static final String ANSWER =
            "in_port=p1,udp,nw_src=10.0.0.11,nw_dst=10.0.0.1,nw_ttl=9,tp_src=5353,tp_dst=4000";
    private static final String NAT =
            """
            udp,actions=ct(table=1,zone=5,nat)
            table=1,cookie=0x7,ct_state=+new,udp,in_port=p0,\
            actions=ct(commit,zone=5,nat(dst=10.0.0.11:5353)),p1
            table=1,priority=5,ct_state=+est,udp,in_port=p0,actions=p1
            table=1,priority=5,ct_state=+est,udp,in_port=p1,actions=p0
            """;

    private Path socket;
    private SluiceProcess sluice;

    @BeforeAll
    void start(@TempDir Path folder) throws IOException, InterruptedException {
        socket = folder.resolve("sluice.sock");
        Path config = folder.resolve("sluice.yaml");
        Files.writeString(config, CONFIG);
        sluice =
                SluiceProcess.start(
                        folder,
                        "run",
                        "--config",
                        config.toString(),
                        "--socket",
                        socket.toString());
        sluice.awaitReady();
    }

    @AfterAll
    void stop() {
        sluice.close();
    }

    @BeforeEach
    void forget() throws SocketException {
        call("ct/flush");
        call("flow/replace", "");
    }

    private String call(String method, String... parameters) throws SocketException {
        return SluiceProcess.call(socket, method, parameters).asString();
    }

    /** Without the first line, which shows the packet. */
    private String trace(String... parameters) throws SocketException {
        String text = call("trace", parameters);
        assertTrue(text.startsWith("Packet: "), text);
        return text.substring(text.indexOf('\n') + 2);
    }

    private JsonNode json(String packet) throws SocketException {
        return SluiceProcess.call(socket, "trace", packet, "--format=json");
    }

    /** Sends the packet by the flows, and waits until it has left some port. */
    private void send(String packet) throws Exception {
        long before = txPackets();
        int end = packet.indexOf(',');
        call(
                "packet/out",
                "%s,packet(%s),actions=table"
                        .formatted(packet.substring(0, end), packet.substring(end + 1)));
        for (int i = 0; i < 1000 && txPackets() == before; i++) {
            Thread.sleep(5);
        }
        assertTrue(txPackets() > before, "the packet was not sent");
    }

    private long txPackets() throws SocketException {
        long packets = 0;
        for (JsonNode port : SluiceProcess.call(socket, "port/stats", "--format=json")) {
            packets += port.get("tx_packets").asLong();
        }
        return packets;
    }

    @Test
    void forwardsAndShowsThePacket() throws Exception {
        call("flow/add", "priority=7,cookie=0x12,udp,actions=mod_nw_tos:4,p1,p2");
        assertEquals(
                """
                Packet: in_port=1,udp,vlan_tci=0x0000,dl_src=00:00:00:00:00:00,\
                dl_dst=00:00:00:00:00:00,nw_src=10.0.0.1,nw_dst=192.0.2.1,nw_tos=0,nw_ecn=0,\
                nw_ttl=9,nw_frag=no,tp_src=4000,tp_dst=53

                 0. udp, priority 7, cookie 0x12
                    mod_nw_tos:4
                    output:2
                     -> sent to port 2 (p1)
                    output:3
                     -> sent to port 3 (p2)

                Sent to port 2 (p1): nw_tos=4
                Sent to port 3 (p2): nw_tos=4
                """,
                call("trace", REQUEST));
        JsonNode json = json(REQUEST);
        JsonNode lookup = json.get("events").get(0);
        assertEquals("lookup", lookup.get("event").asString());
        assertEquals(0, lookup.get("table").asInt());
        assertEquals(7, lookup.get("priority").asInt());
        assertEquals(0x12, lookup.get("cookie").asInt());
        assertEquals("udp", lookup.get("match").asString());
        assertEquals("output:2", json.get("events").get(2).get("action").asString());
        assertEquals(1, json.get("events").get(2).get("depth").asInt());
        assertEquals("p1", json.get("sent").get(0).get("name").asString());
        assertEquals("nw_tos=4", json.get("sent").get(0).get("changes").asString());
        assertTrue(json.get("complete").asBoolean());
        assertFalse(json.has("dropped"));
        assertEquals(0, json.get("events").get(0).get("depth").asInt());
    }

    @Test
    void saysThatNoFlowMatches() throws Exception {
        assertEquals(
                " 0. No match.\n\nDropped: no-match (no flow of the table matched)\n",
                trace(REQUEST));
        JsonNode json = json(REQUEST);
        assertFalse(json.get("events").get(0).get("found").asBoolean());
        assertEquals("no-match", json.get("dropped").asString());
    }

    @Test
    void wouldMakeAConnectionAndThenFindsItInBothDirections() throws Exception {
        call("flow/add", NAT);
        String made =
                "udp,orig=(src=10.0.0.1,dst=192.0.2.1,sport=4000,dport=53),"
                        + "reply=(src=10.0.0.11,dst=10.0.0.1,sport=5353,dport=4000),zone=5";
        String there = "src=10.0.0.1,dst=10.0.0.11,sport=4000,dport=5353";
        assertEquals(
                """
                 0. udp, priority 32768
                    ct(table=1,zone=5,nat)
                     -> zone 5, ct_state=new|trk
                     -> no connection
                     1. ct_state=+new,udp,in_port=1, priority 32768, cookie 0x7
                        ct(commit,zone=5,nat(dst=10.0.0.11:5353))
                         -> zone 5, ct_state=new|trk|dnat
                         -> would make %s
                         -> translated to %s
                        output:2
                         -> sent to port 2 (p1)

                Sent to port 2 (p1): nw_dst=10.0.0.11,tp_dst=5353
                """
                        .formatted(made, there),
                trace(REQUEST));
        assertEquals("0\n", call("ct/count"));
        send(REQUEST);
        assertEquals(
                """
                 0. udp, priority 32768
                    ct(table=1,zone=5,nat)
                     -> zone 5, ct_state=est|rpl|trk|snat
                     -> %s
                     -> translated to src=192.0.2.1,dst=10.0.0.1,sport=53,dport=4000
                     1. ct_state=+est,udp,in_port=2, priority 5
                        output:1
                         -> sent to port 1 (p0)

                Sent to port 1 (p0): nw_src=192.0.2.1,tp_src=53
                """
                        .formatted(made),
                trace(ANSWER));
        // The answer was not sent: the connection still waits for one.
        assertTrue(trace(REQUEST).contains(" -> zone 5, ct_state=new|trk|dnat\n"));
        send(ANSWER);
        String answered = trace(REQUEST);
        assertTrue(
                answered.contains(
                        " -> zone 5, ct_state=est|trk|dnat\n     -> "
                                + made
                                + "\n"
                                + "     -> translated to "
                                + there),
                answered);
        JsonNode tracked = json(REQUEST).get("events").get(2);
        assertEquals("tracked", tracked.get("event").asString());
        assertEquals("est|trk|dnat", tracked.get("ct_state").asString());
        assertEquals("10.0.0.11", tracked.get("translated").get("dst").asString());
        assertEquals(4000, tracked.get("connection").get("orig").get("sport").asInt());
        assertFalse(tracked.get("made").asBoolean());
    }

    @Test
    void findsTheStatesThatAreGiven() throws Exception {
        call("flow/add", NAT);
        String text = trace(REQUEST, "ct_state=trk,est");
        assertTrue(text.contains(" -> zone 5, ct_state=est|trk as given\n"), text);
        assertTrue(text.endsWith("\n\nSent to port 2 (p1): unchanged\n"), text);
        assertEquals(
                " 0. No match.\n\nDropped: no-match (no flow of the table matched)\n",
                trace("in_port=p0,arp", "ct_state=trk|new"));
        call(
                "flow/replace",
                """
                udp,actions=ct(table=1,zone=1)
                table=1,ct_state=+est,udp,actions=ct(table=2,zone=2)
                table=2,ct_state=+inv,udp,actions=ct(table=3,zone=3)
                table=3,ct_state=+new,udp,actions=p2
                """);
        String three = trace(REQUEST, "ct_state=est|trk", "ct_state=inv,trk");
        assertTrue(three.endsWith("\n\nSent to port 3 (p2): unchanged\n"), three);
        // Of the packet itself, before any lookup.
        call("flow/replace", "ct_state=+est+rpl,ct_mark=5,udp,actions=p1");
        assertTrue(trace("ct_state=est|rpl|trk,ct_mark=5," + REQUEST).contains("Sent to port 2"));
    }

    @Test
    void choosesABucket() throws Exception {
        call(
                "group/add",
                "group_id=4,type=select,bucket=bucket_id=7,actions=mod_nw_dst:1.1.1.1,p1");
        call("flow/add", "udp,actions=group:4,p2");
        assertEquals(
                """
                 0. udp, priority 32768
                    group:4
                     -> group 4, bucket 7
                        mod_nw_dst:1.1.1.1
                        output:2
                         -> sent to port 2 (p1)
                    output:3
                     -> sent to port 3 (p2)

                Sent to port 2 (p1): nw_dst=1.1.1.1
                Sent to port 3 (p2): unchanged
                """,
                trace(REQUEST));
    }

    @Test
    void switchesByLearnedAddresses() throws Exception {
        call("flow/add", "udp,actions=normal");
        String from = REQUEST + ",dl_src=02:00:00:00:00:01,dl_dst=02:00:00:00:00:02";
        String back =
                from.replace("in_port=p0", "in_port=p1")
                        .replace("dl_src=02:00:00:00:00:01", "dl_src=02:00:00:00:00:02")
                        .replace("dl_dst=02:00:00:00:00:02", "dl_dst=02:00:00:00:00:01");
        assertEquals(
                """
                 0. udp, priority 32768
                    NORMAL
                     -> sent to port 2 (p1)
                     -> sent to port 3 (p2)

                Sent to port 2 (p1): unchanged
                Sent to port 3 (p2): unchanged
                """,
                trace(from));
        assertTrue(trace(back).contains("Sent to port 3"), "the first trace taught an address");
        send(from);
        assertTrue(trace(back).endsWith("\n\nSent to port 1 (p0): unchanged\n"));
    }

    @Test
    void nestsResubmitsAndCopies() throws Exception {
        call(
                "flow/add",
                """
                udp,actions=resubmit(,2),p2
                table=2,udp,actions=load:1->NXM_NX_REG0[],clone(mod_tp_dst:98,p1),mod_tp_dst:99
                """);
        assertEquals(
                """
                 0. udp, priority 32768
                    resubmit(,2)
                     2. udp, priority 32768
                        load:0x1->NXM_NX_REG0[]
                        clone(mod_tp_dst:98,output:2)
                         -> a copy
                            mod_tp_dst:98
                            output:2
                             -> sent to port 2 (p1)
                        mod_tp_dst:99
                    output:3
                     -> sent to port 3 (p2)

                Sent to port 2 (p1): tp_dst=98
                Sent to port 3 (p2): tp_dst=99
                """,
                trace(REQUEST));
    }

    @Test
    void endsAtTheLimitOfLookups() throws Exception {
        call("flow/add", "udp,actions=resubmit(,0)");
        assertTrue(trace(REQUEST).contains("\nDropped: resubmit-limit ("));
        StringBuilder deep = new StringBuilder("table=253,actions=resubmit(,0)\n");
        for (int table = 0; table < 253; table++) {
            deep.append("table=%d,actions=resubmit(,%d)\n".formatted(table, table + 1));
        }
        call("flow/replace", deep.toString());
        assertTrue(trace(REQUEST).contains("\nDropped: resubmit-limit ("));
        assertEquals("resubmit-limit", json(REQUEST).get("dropped").asString());
        // Real packets are as deep within each other.
        call("packet/out", "in_port=p0,packet(udp),actions=table");
        call("flow/replace", "udp,actions=p1");
        send(REQUEST);
    }

    @Test
    void expiresAndMeters() throws Exception {
        call("meter/add", "meter=1 pktps burst bands=type=drop rate=1 burst_size=1");
        call(
                "flow/add",
                """
                udp,actions=dec_ttl,p1
                tcp,actions=meter:1,p1
                """);
        assertEquals(
                """
                 0. udp, priority 32768
                    dec_ttl
                     -> sent up to packet/in
                     -> ttl-expired (dec_ttl found a TTL or hop limit of 0 or 1)

                Sent up to packet/in
                Dropped: ttl-expired (dec_ttl found a TTL or hop limit of 0 or 1)
                """,
                trace("in_port=p0,udp,nw_ttl=1"));
        assertTrue(trace(REQUEST).endsWith("\nSent to port 2 (p1): nw_ttl=8\n"));
        for (int i = 0; i < 3; i++) {
            assertTrue(trace("in_port=p0,tcp").endsWith("\nSent to port 2 (p1): unchanged\n"));
        }
        assertTrue(call("meter/stats").contains("packet_in_count:0 "), call("meter/stats"));
    }

    @Test
    void takesIpv6AndVlans() throws Exception {
        call(
                "flow/add",
                """
                udp6,actions=set_field:2001:db8::9->ipv6_dst,p1
                dl_vlan=7,udp,actions=strip_vlan,write_actions(mod_nw_ttl:3,p2)
                """);
        String six = "in_port=p0,udp6,ipv6_src=2001:db8::1,ipv6_dst=2001:db8::2,tp_dst=53";
        assertTrue(trace(six).endsWith("\n\nSent to port 2 (p1): ipv6_dst=2001:db8::9\n"));
        assertEquals(
                """
                 0. udp,dl_vlan=7, priority 32768
                    pop_vlan
                    write_actions(mod_nw_ttl:3,output:3)
                 -> the action set
                    mod_nw_ttl:3
                    output:3
                     -> sent to port 3 (p2)

                Sent to port 3 (p2): vlan_tci=0x0000,nw_ttl=3
                """
                        .replace("pop_vlan", "strip_vlan"),
                trace("dl_vlan=7," + REQUEST));
    }

    @Test
    void takesBytesAndActions() throws Exception {
        call("flow/add", "udp,actions=p1");
        String hex = call("packet/compose", REQUEST).strip();
        assertEquals(trace(REQUEST), trace("in_port=p0,packet=" + hex));
        assertEquals(
                "output:3\n -> sent to port 3 (p2)\n\nSent to port 3 (p2): unchanged\n",
                trace("in_port=p0,packet=" + hex + ",actions=p2"));
    }

    @Test
    void saysWhatIsWrong() {
        assertEquals(
                "column 12: unknown word 'udq', expected a field or a kind of packet; did you mean"
                        + " 'udp'?",
                refusal("in_port=p0,udq"));
        assertEquals(
                "column 14: unknown connection state 'esx', expected one of new est rel rpl inv trk"
                        + " snat dnat; did you mean 'est'?",
                refusal(REQUEST, "ct_state=trk,esx"));
    }

    private String refusal(String... parameters) {
        return assertThrows(CommandException.class, () -> call("trace", parameters))
                .getMessage()
                .stripTrailing();
    }
}
