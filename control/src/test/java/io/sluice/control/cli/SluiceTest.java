package io.sluice.control.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.sluice.control.socket.CommandException;
import io.sluice.control.socket.SocketException;
import io.sluice.packet.AddressText;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;

/** The whole program: processes of its own, real DPDK ports, packets from a capture file. */
@Timeout(180)
class SluiceTest {
    private static final String EAL =
            """
            eal: ['--no-pci', '--no-huge', '-m', '128', '--no-shconf', '--no-telemetry']
            mbufs: {count: 2048}
            conntrack: {max-connections: 4096}
            """;

    private static final String NOTHING_REFUSED =
            "\"evicted\":0,\"refused_zone_limit\":0,\"refused_table_full\":0,"
                    + "\"refused_bucket_full\":0,\"refused_nat\":0";

    @TempDir private Path folder;
    private Path socket;
    private Path config;

    @BeforeEach
    void names() {
        socket = folder.resolve("sluice.sock");
        config = folder.resolve("sluice.yaml");
    }

    private static int ip(String text) {
        return AddressText.parseIpv4(text);
    }

    private String call(String method, String... parameters) throws SocketException {
        return SluiceProcess.call(socket, method, parameters).asString();
    }

    private JsonNode json(String method, String... parameters) throws SocketException {
        String[] all = new String[parameters.length + 1];
        System.arraycopy(parameters, 0, all, 0, parameters.length);
        all[parameters.length] = "--format=json";
        return SluiceProcess.call(socket, method, all);
    }

    private String refusal(String method, String... parameters) {
        return assertThrows(CommandException.class, () -> call(method, parameters))
                .getMessage()
                .stripTrailing();
    }

    private SluiceProcess start(String yaml) throws IOException {
        Files.writeString(config, EAL + yaml);
        return SluiceProcess.start(
                folder, "run", "--config", config.toString(), "--socket", socket.toString());
    }

    @Test
    void tracksAndTranslatesWhatACaptureHolds() throws Exception {
        Path capture = folder.resolve("in.pcap");
        PcapFile.write(
                capture,
                List.of(
                        PcapFile.tcp(ip("10.0.0.1"), ip("10.9.9.9"), 4000, 80),
                        PcapFile.udp(ip("10.0.0.2"), ip("10.9.9.9"), 5000, 53),
                        PcapFile.udp(ip("10.0.0.2"), ip("10.9.9.9"), 5000, 53),
                        PcapFile.ping(ip("10.0.0.3"), ip("10.9.9.9"), 77)));
        Files.writeString(
                folder.resolve("edge.flows"),
                """
                group_id=1,type=select,bucket=actions=ct(commit,zone=5,nat(dst=10.0.0.9:8080),\
                exec(set_field:0x1->ct_mark)),p1
                tcp,in_port=p0,actions=group:1
                udp,in_port=p0,actions=ct(commit,zone=5),output:p1
                icmp,in_port=p0,actions=ct(commit),p1
                """);
        try (SluiceProcess sluice =
                start(
                        """
                        ports:
                          - {name: p0, devargs: "net_pcap0,rx_pcap=%s,tx_pcap=%s"}
                          - {name: p1, devargs: "net_null0,no-rx=1"}
                        flows: [edge.flows]
                        """
                                .formatted(capture, folder.resolve("out.pcap")))) {
            sluice.awaitReady();
            awaitPackets(4);
            assertEquals(
                    List.of(
                            "icmp,orig=(src=10.0.0.3,dst=10.9.9.9,id=77,type=8,code=0),"
                                    + "reply=(src=10.9.9.9,dst=10.0.0.3,id=77,type=0,code=0)",
                            "tcp,orig=(src=10.0.0.1,dst=10.9.9.9,sport=4000,dport=80),"
                                    + "reply=(src=10.0.0.9,dst=10.0.0.1,sport=8080,dport=4000),"
                                    + "zone=5,mark=1,protoinfo=(state=SYN_SENT)",
                            "udp,orig=(src=10.0.0.2,dst=10.9.9.9,sport=5000,dport=53),"
                                    + "reply=(src=10.9.9.9,dst=10.0.0.2,sport=53,dport=5000),"
                                    + "zone=5"),
                    call("ct/dump").lines().sorted().toList());
            checkConnectionJson();
            checkCounters();
            checkTcpSequenceChecking();
            checkFragments();
            checkFlush();
            sluice.terminate();
            assertEquals(0, sluice.awaitEnd().exitCode());
        }
    }

    private void awaitPackets(long count) throws Exception {
        for (int i = 0; i < 500; i++) {
            if (json("stats/workers").get(0).get("packets").asLong() >= count) {
                return;
            }
            Thread.sleep(10);
        }
        throw new AssertionError("no packets: " + call("stats/workers"));
    }

    private void checkConnectionJson() throws SocketException {
        JsonNode tcp = json("ct/dump", "proto=tcp,reply-src=10.0.0.9", "mark=0x1/0x3").get(0);
        assertTrue(tcp.path("timeout_s").asLong() > 100, tcp::toString);
        assertEquals(
                "{\"proto\":\"tcp\",\"zone\":5,\"mark\":1,\"labels\":0,\"state\":\"SYN_SENT\","
                        + "\"orig\":{\"src\":\"10.0.0.1\",\"dst\":\"10.9.9.9\",\"sport\":4000,"
                        + "\"dport\":80},\"reply\":{\"src\":\"10.0.0.9\",\"dst\":\"10.0.0.1\","
                        + "\"sport\":8080,\"dport\":4000},\"packets\":1,\"bytes\":40,",
                tcp.toString().substring(0, tcp.toString().indexOf("\"timeout_s\"")));
        assertEquals("{\"connections\":2}", json("ct/count", "zone=5").toString());
        assertEquals("1\n", call("ct/count", "state=unreplied", "src=10.0.0.2"));
        assertEquals(0, json("ct/dump", "mark=2").size());
        assertEquals(
                "column 8: unknown word 'prot', expected one of zone zone-orig zone-reply mark"
                        + " labels state proto src dst sport dport reply-src reply-dst reply-sport"
                        + " reply-dport; did you mean 'proto'?",
                refusal("ct/dump", "zone=5", "prot=tcp"));
    }

    private void checkCounters() throws SocketException {
        assertEquals(
                "[{\"zone\":0,\"connections\":1,\"created\":1,\"closed\":0,\"refused\":0,"
                        + "\"packets\":1,\"bytes\":28,"
                        + NOTHING_REFUSED
                        + "},{\"zone\":5,\"connections\":2,"
                        + "\"created\":2,\"closed\":0,\"refused\":0,\"packets\":3,"
                        + "\"bytes\":104,"
                        + NOTHING_REFUSED
                        + "}]",
                json("stats/zones").toString());
        JsonNode ports = json("port/stats");
        assertEquals("p0", ports.get(0).get("name").asString());
        assertEquals(4, ports.get(0).get("rx_packets").asLong());
        assertEquals(4, ports.get(1).get("tx_packets").asLong());
        assertTrue(
                call("flow/dump", "udp")
                        .matches(
                                " cookie=0x0, duration=[0-9.]+s, table=0, n_packets=2,"
                                        + " n_bytes=92, idle_age=[0-9]+, udp,in_port=1"
                                        + " actions=ct\\(commit,zone=5\\),output:2\n"),
                () -> flows());
        assertEquals(1, json("group/dump").get(0).get("buckets").get(0).get("packets").asLong());
        assertEquals(
                "[{\"zone\":5,\"range\":\"dst=10.0.0.9:8080\",\"created\":1,\"exhausted\":0,"
                        + "\"gave_up\":0,\"block_limit\":0}]",
                json("stats/nat").toString());
        assertEquals(
                "zone range created exhausted gave_up block_limit 5 dst=10.0.0.9:8080 1 0 0 0",
                call("stats/nat").strip().replaceAll("\\s+", " "));
        for (JsonNode reason : json("stats/drops")) {
            assertEquals(0, reason.get("packets").asLong(), reason::toString);
        }
    }

    private String flows() {
        try {
            return call("flow/dump");
        } catch (SocketException e) {
            return e.getMessage();
        }
    }

    private void checkTcpSequenceChecking() throws SocketException {
        assertEquals(
                "TCP sequence checking: enabled\n", call("dpctl/ct-get-tcp-seq-chk", "netdev@x"));
        assertEquals(
                "disabling TCP sequence checking successful\n",
                call("dpctl/ct-disable-tcp-seq-chk"));
        assertEquals(
                "{\"tcp_sequence_checking\":false}", json("dpctl/ct-get-tcp-seq-chk").toString());
        assertEquals(
                "enabling TCP sequence checking successful\n", call("dpctl/ct-enable-tcp-seq-chk"));
        assertEquals("TCP sequence checking: enabled\n", call("dpctl/ct-get-tcp-seq-chk"));
        assertEquals(
                "2 parameters, expected [DP]", refusal("dpctl/ct-get-tcp-seq-chk", "one", "two"));
    }

    /** As ovs-appctl of Open vSwitch 3.1 prints it. */
    private void checkFragments() throws SocketException {
        assertEquals(
                "disabling fragmentation reassembly successful\n",
                call("dpctl/ipf-set-disabled", "netdev@x", "v6"));
        assertEquals(
                "setting minimum fragment size successful\n",
                call("dpctl/ipf-set-min-frag", "v4", "500"));
        assertEquals(
                "setting maximum fragments successful\n", call("dpctl/ipf-set-max-nfrags", "99"));
        String counters =
                """
                min %1$s frag size: %2$d
                %1$s frags accepted: 0
                %1$s frags completed: 0
                %1$s frags expired: 0
                %1$s frags too small: 0
                %1$s frags overlapped: 0
                %1$s frags purged: 0
                """;
        String status =
                """
                Fragmentation Module Status
                ---------------------------
                v4 enabled: 1
                v6 enabled: 0
                max num frags (v4/v6): 99
                num frag: 0
                """
                        + counters.formatted("v4", 500)
                        + counters.formatted("v6", 1280);
        assertEquals(status.indent(8), call("dpctl/ipf-get-status"));
        assertEquals(
                "enabling fragmentation reassembly successful\n",
                call("dpctl/ipf-set-enabled", "v6"));
        JsonNode json = json("dpctl/ipf-get-status");
        assertTrue(json.get("ipv6").get("enabled").asBoolean());
        assertEquals(99, json.get("max_fragments").asInt());
        assertEquals(
                "'v5', expected v4 for IPv4 or v6 for IPv6",
                refusal("dpctl/ipf-set-enabled", "v5"));
        assertEquals(
                "'399', expected a minimum fragment size from 400 to 65535 bytes",
                refusal("dpctl/ipf-set-min-frag", "v6", "399"));
        assertEquals(
                "'5001', expected a number of fragments from 0 to 5000",
                refusal("dpctl/ipf-set-max-nfrags", "5001"));
    }

    private void checkFlush() throws SocketException {
        assertEquals("2 connections flushed\n", call("ct/flush", "zone=5"));
        assertEquals("1\n", call("ct/count"));
        assertEquals("1 connection flushed\n", call("ct/flush"));
        assertEquals("", call("ct/dump"));
    }

    @Test
    void limitsAndTimeoutsChangeWhileItRuns() throws Exception {
        try (SluiceProcess sluice = start("")) {
            sluice.awaitReady();
            assertEquals("", call("ct/limit-set", "default=100", "zone=5,limit=10"));
            assertEquals(
                    "default limit=100\nzone=5,limit=10,count=0\n", call("dpctl/ct-get-limits"));
            assertEquals(
                    "{\"default_limit\":100,\"zones\":[{\"zone\":5,\"limit\":10,\"connections\":0},"
                            + "{\"zone\":6,\"limit\":100,\"connections\":0}]}",
                    json("ct/limit-get", "zone=5,6").toString());
            assertEquals("", call("dpctl/ct-del-limits", "zone=5"));
            assertEquals("", call("ct/limit-del", "default"));
            assertEquals("default limit=0\n", call("ct/limit-get"));
            assertEquals(
                    "column 1: expected zone=N[,N]... or default, found nothing",
                    refusal("ct/limit-del"));

            // What a zone does not say follows the default, also when that changes later.
            assertEquals("", call("ct/timeout-set", "zone=5", "tcp-established=7200"));
            assertEquals("", call("ct/timeout-set", "icmp=9", "tcp-established=100"));
            JsonNode timeouts = json("ct/timeout-get", "zone=5").path("timeouts");
            assertEquals(7200, timeouts.path("tcp_established_s").asInt());
            assertEquals(9, timeouts.path("icmp_s").asInt());
            assertEquals("", call("ct/timeout-set", "zone=5,tcp-established=default"));
            assertEquals(
                    100,
                    json("ct/timeout-get", "zone=5")
                            .path("timeouts")
                            .path("tcp_established_s")
                            .asInt());
            assertTrue(
                    refusal("ct/timeout-set", "tcp-etablished=1")
                            .endsWith("; did you mean 'tcp-established'?"));
            assertEquals(
                    "column 6: expected 'default' or a number of seconds from 1 to 1000000, found"
                            + " '0'",
                    refusal("ct/timeout-set", "icmp=0"));

            assertEquals("4096\n", call("dpctl/ct-get-maxconns", "netdev@ovs-netdev"));
            assertEquals("setting maxconns successful\n", call("dpctl/ct-set-maxconns", "99"));
            assertEquals("99\n", call("dpctl/ct-get-maxconns"));
            assertEquals(
                    "the maximum is 4097, not within 1-4096: memory was mapped for"
                            + " conntrack.max-connections at the start",
                    refusal("dpctl/ct-set-maxconns", "4097"));
            assertEquals("0\n", call("dpctl/ct-get-nconns"));
            assertEquals("Connections Stats:\n    Total: 0\n", call("dpctl/ct-stats-show", "-m"));
            assertEquals("", call("dpctl/flush-conntrack", "zone=5", "", "ct_tp_dst=4"));
            assertEquals("", call("dpctl/dump-conntrack", "-s", "zone=5"));
        }
    }

    @Test
    void changesWhileItRuns() throws Exception {
        try (SluiceProcess sluice = start("")) {
            sluice.awaitReady();
            assertEquals("1\n", call("port/add", "east", "net_null0,no-rx=1"));
            assertEquals("7\n", call("port/add", "west", "net_null1,no-rx=1", "7"));
            assertEquals("2\n", call("port/add", "north", "net_null2,no-rx=1"));
            assertEquals(
                    "there is a port named east already",
                    refusal("port/add", "east", "net_null3,no-rx=1"));
            assertEquals(
                    "port number 7 is taken by west",
                    refusal("port/add", "south", "net_null3,no-rx=1", "7"));
            assertTrue(refusal("port/add", "south", "net_nonsense0").contains("net_nonsense0"));
            assertEquals(
                    "no port is called 'wets'; did you mean 'west'?", refusal("port/del", "wets"));
            assertEquals("port north deleted\n", call("port/del", "north"));
            assertEquals(2, json("port/list").size());
            assertEquals(
                    "2 flows added, 1 group added\n",
                    call(
                            "flow/add",
                            "tcp,in_port=west actions=group:1\nudp,actions=east\n"
                                    + "group_id=1,type=select,bucket=east"));
            String dump = call("flow/dump");
            assertEquals("2 flows added\n", call("flow/add", dump));
            assertEquals(
                    "line 2: group 9 does not exist",
                    refusal("flow/replace", "# none\narp,actions=group:9"));
            assertEquals("1 flow deleted, 1 group deleted\n", call("group/del", "group_id=1"));
            assertEquals("1 flow deleted\n", call("flow/del"));
            assertEquals("", call("flow/dump"));
            assertEquals("0 parameters, expected NAME DEVARGS [NUMBER]", refusal("port/add"));
            assertEquals(
                    "unknown method 'flow/dmp', see list-commands; did you mean 'flow/dump'?",
                    refusal("flow/dmp"));
            JsonNode status = json("status");
            assertEquals(sluice.pid(), status.get("pid").asLong());
            assertEquals(2, status.get("ports").asInt());
            checkMeters();
            checkSecondOne();
            assertEquals("stopping\n", call("exit"));
            SluiceProcess.Ended ended = sluice.awaitEnd();
            assertEquals(0, ended.exitCode(), ended::err);
            assertFalse(Files.exists(socket));
        }
    }

    private void checkMeters() throws SocketException {
        assertEquals(
                "2 meters added\n",
                call(
                        "meter/add",
                        "meter=1 pktps burst stats bands=type=drop rate=100 burst_size=50\n"
                                + "meter=2 kbps bands=type=drop rate=1 type=drop rate=2"));
        String dump = call("meter/dump");
        assertEquals(
                """
                meter=1 pktps burst stats bands=
                type=drop rate=100 burst_size=50

                meter=2 kbps bands=
                type=drop rate=1
                type=drop rate=2
                """,
                dump);
        assertEquals(
                "[{\"meter_id\":1,\"unit\":\"pktps\",\"stats\":true,\"bands\":[{\"type\":\"drop\","
                        + "\"rate_packets_per_s\":100,\"burst_packets\":50}]}]",
                json("meter/dump", "meter=1").toString());
        assertEquals(
                "1 meter modified\n",
                call("meter/mod", "meter=2", "kbps", "bands=type=drop,rate=3"));
        assertEquals(
                "{\"type\":\"drop\",\"rate_kbit_per_s\":3}",
                json("meter/dump", "meter=2").get(0).get("bands").get(0).toString());
        assertEquals(
                """
                meter:2 flow_count:0 packet_in_count:0 byte_in_count:0 duration:Xs bands:
                0: packet_count:0 byte_count:0
                """,
                call("meter/stats", "meter=2").replaceFirst("duration:[0-9.]+", "duration:X"));
        assertEquals(
                "{\"meter_id\":1,\"flows\":0,\"packets\":0,\"bytes\":0,\"duration_s\":0,"
                        + "\"bands\":[{\"dropped_packets\":0,\"dropped_bytes\":0}]}",
                json("meter/stats").get(0).toString().replaceFirst("_s\":[0-9]+", "_s\":0"));
        assertEquals("meter 3 does not exist", refusal("meter/stats", "meter=3"));
        assertEquals("not a meter; expected meter=N...", refusal("meter/add", "actions=east"));
        assertEquals("1 meter deleted\n", call("meter/del", "meter=1"));
        assertEquals(1, json("meter/dump").size());
        assertEquals("1 meter deleted\n", call("meter/del"));
        assertEquals("2 meters added\n", call("flow/replace", dump));
        assertEquals("2 meters deleted\n", call("meter/del", "meter=all"));
    }

    private void checkSecondOne() throws Exception {
        Path other = Files.createDirectory(folder.resolve("second"));
        SluiceProcess.Ended second =
                SluiceProcess.run(
                        other, "run", "--config", config.toString(), "--socket", socket.toString());
        assertEquals(1, second.exitCode());
        assertTrue(second.err().startsWith("sluice: another Sluice (process "), second::err);
        assertEquals("", second.out());
    }

    @Test
    void aPortThatCannotBeOpenedEndsTheStart() throws Exception {
        try (SluiceProcess sluice =
                start("ports: [{name: p0, devargs: 'net_af_packet0,iface=no-such-interface'}]")) {
            SluiceProcess.Ended ended = sluice.awaitEnd();
            assertEquals(1, ended.exitCode());
            assertTrue(
                    ended.err()
                            .lines()
                            .anyMatch(line -> line.matches("sluice: .*no-such-interface.*")),
                    ended::err);
            assertFalse(ended.out().contains("sluice ready"));
            assertFalse(Files.exists(socket));
        }
    }

    @Test
    void aWrongConfigIsTold() throws Exception {
        Files.writeString(config, "portz: []\nworkers: many\n");
        SluiceProcess.Ended ended = SluiceProcess.run(folder, "run", "--config", config.toString());
        assertEquals(2, ended.exitCode());
        assertEquals(2, ended.err().lines().count(), ended::err);
        assertTrue(ended.err().startsWith(config + ":1: unknown key 'portz'"), ended::err);
    }

    @Test
    void aWrongCommandLineIsTold() throws Exception {
        checkRefusal(
                2,
                "sluice: unknown command 'ct dmup', expected one of: ct count, ct dump, ct events,"
                        + " ct expect-dump, ct flush, ct limit-del, ct limit-get, ct limit-set, ct"
                        + " timeout-get, ct timeout-set; see sluice --help\n",
                "ct",
                "dmup");
        checkRefusal(
                2,
                "sluice: unknown command 'statsu'; did you mean 'status'?; see sluice"
                        + " --help\n",
                "statsu");
        checkRefusal(2, "sluice: no command; see sluice --help\n");
        checkRefusal(2, "sluice: Unknown option: '--confg'; see sluice --help\n", "run", "--confg");
        checkRefusal(
                1,
                "sluice: no Sluice is running: there is no socket " + socket + " (see --socket)\n",
                "--socket",
                socket.toString(),
                "ct",
                "dump",
                "zone=5",
                "--format=json");
        checkRefusal(
                1,
                "sluice: 'no.flows' is neither a flow nor a group (it has no =) nor the name of a"
                        + " file\n",
                "flow",
                "replace",
                "no.flows");
    }

    private void checkRefusal(int exitCode, String err, String... arguments) throws Exception {
        SluiceProcess.Ended ended = SluiceProcess.run(folder, arguments);
        assertEquals(err, ended.err());
        assertEquals(exitCode, ended.exitCode());
    }

    @Test
    void helpNamesEveryCommand() throws Exception {
        SluiceProcess.Ended ended = SluiceProcess.run(folder, "--help");
        assertEquals(0, ended.exitCode());
        for (String command : List.of("run", "ct dump", "flow replace", "stats drops", "version")) {
            assertTrue(ended.out().contains("\n  " + command + " "), ended::out);
        }
    }
}
