package io.sluice.control.config;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.sluice.conntrack.ExpectationSettings;
import io.sluice.conntrack.FragmentSettings;
import io.sluice.conntrack.TcpChecks;
import io.sluice.control.event.EventLogSettings;
import io.sluice.fastpath.Checksums;
import io.sluice.fastpath.TimeExceededSource;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ConfigReaderTest {
    private final ConfigReader reader = new ConfigReader(AllowedCores.parse("0-3"));

    @TempDir private Path folder;

    private Config read(String text) throws ConfigException {
        return reader.read("sluice.yaml", text, folder);
    }

    private List<String> mistakes(String text) {
        return assertThrows(ConfigException.class, () -> read(text)).mistakes();
    }

    @Test
    void addressesThatAreNoneAreMistakes() {
        assertEquals(
                List.of(
                        "sluice.yaml:1: ipv4 is 192.0.2, expected the IPv4 address of one host",
                        "sluice.yaml:1: ipv6 is 192.0.2.1, expected the IPv6 address of one host"),
                mistakes("time-exceeded: {ipv4: 192.0.2, ipv6: 192.0.2.1}"));
        assertEquals(
                List.of(
                        "sluice.yaml:1: ipv4 is 224.0.0.1, expected the IPv4 address of one host",
                        "sluice.yaml:1: ipv6 is ff02::1, expected the IPv6 address of one host"),
                mistakes("time-exceeded: {ipv4: 224.0.0.1, ipv6: \"ff02::1\"}"));
    }

    @Test
    void servicesAreReadInTheirOrder() throws ConfigException {
        Config config =
                read(
                        """
                        ports: [{name: p0, devargs: net_null0}]
                        interfaces: [{port: p0, address: 192.0.2.1/24, gateway: 192.0.2.254}]
                        services:
                          - {name: web, vip: "192.0.2.10:80", zone: 7,
                             backends: ["10.0.0.11:8080 weight=2", 10.0.0.12]}
                        """);
        assertEquals("p0 192.0.2.1/24", config.services().interfaces().getFirst().toString());
        config.services()
                .services()
                .forEach((web, backends) -> {
                    assertEquals(7, web.zone());
                    assertEquals(
                            List.of("10.0.0.11:8080", "10.0.0.12"),
                            backends.stream().map(each -> each.name()).toList());
                    assertEquals(2, backends.getFirst().weight());
                });
        assertEquals(1, config.services().services().size());
    }

    @Test
    void mistakesInServicesHaveTheirLines() {
        assertEquals(
                List.of(
                        "sluice.yaml:2: no port is called 'p1'; did you mean 'p0'?",
                        "sluice.yaml:5: no 'vip' in a service, expected one",
                        "sluice.yaml:6: vip is '192.0.2.10', expected a port too: ADDRESS:PORT",
                        "sluice.yaml:8: unknown word 'wight', expected one of weight; did you mean"
                                + " 'weight'?",
                        "sluice.yaml:9: there is a service c already"),
                mistakes(
                        """
                        ports: [{name: p0, devargs: net_null0}]
                        interfaces: [{port: p1, address: 192.0.2.2/24},
                          {port: p0, address: 192.0.2.1/24}]
                        services:
                          - {name: a}
                          - {name: b, vip: 192.0.2.10}
                          - {name: c, vip: "192.0.2.10:80", backends: [
                              192.0.2.20 wight=2]}
                          - {name: c, vip: "192.0.2.10:81"}
                        """));
    }

    @Test
    void readsAllKeys() throws ConfigException, IOException {
        Files.writeString(folder.resolve("groups.flows"), "group_id=1,type=select,bucket=p1\n");
        Files.writeString(folder.resolve("edge.flows"), "# edge\nin_port=p0,tcp,actions=group:1\n");
        Config config =
                read(
                        """
                        socket: /run/sluice/other.sock
                        eal: ["--no-pci", "--no-huge", "-m", "512"]
                        workers: [1, 2]
                        control-core: 0
                        ports:
                          - {name: p0, number: 2, devargs: "net_af_packet0,iface=veth0"}
                          - {name: p1, devargs: "0000:3b:00.0", queues: 2, mtu: 1500}
                        mbufs: {count: 4096, data-room: 320}
                        flows: [edge.flows, groups.flows]
                        conntrack:
                          max-connections: 1000
                          default-zone-limit: 7
                          default-timeouts: {udp-replied: 60}
                          tcp-loose: false
                          verify-checksums: all
                          zones:
                            5: {limit: 100, timeouts: {tcp-established: 3600}}
                            6: {}
                            7: {tcp-liberal: true}
                        flow-cache: {enabled: false, entries: 4096}
                        time-exceeded: {ipv4: 192.0.2.1, ipv6: "2001:db8::1"}
                        """);
        assertEquals(
                new TimeExceededSource(0xC0000201, 0x20010DB800000000L, 1), config.timeExceeded());
        assertEquals(Path.of("/run/sluice/other.sock"), config.socket());
        assertEquals(List.of("--no-pci", "--no-huge", "-m", "512"), config.eal());
        assertEquals(List.of(1, 2), config.workers());
        assertEquals(OptionalInt.of(0), config.controlCore());
        assertEquals(
                List.of(
                        new Config.Port("p0", 2, "net_af_packet0,iface=veth0", 1, 0),
                        new Config.Port("p1", 1, "0000:3b:00.0", 2, 1500)),
                config.ports());
        assertEquals(new Config.Mbufs(4096, 320), config.mbufs());
        assertEquals(2, config.flows().size());
        assertEquals(1000, config.conntrack().maxConnections());
        assertEquals(7, config.conntrack().defaultZoneLimit());
        assertEquals(Map.of("udp-replied", 60), config.conntrack().defaultTimeouts());
        assertEquals(
                new Config.Zone(
                        OptionalInt.of(100), Map.of("tcp-established", 3600), Optional.empty()),
                config.conntrack().zones().get(5));
        assertEquals(OptionalInt.empty(), config.conntrack().zones().get(6).limit());
        assertEquals(new TcpChecks(false, false), config.conntrack().tcpChecks());
        assertEquals(Checksums.Verify.ALL, config.conntrack().verify());
        assertEquals(Optional.empty(), config.conntrack().zones().get(6).tcpChecks());
        assertEquals(
                Optional.of(new TcpChecks(true, false)),
                config.conntrack().zones().get(7).tcpChecks());
        assertEquals(new Config.FlowCache(false, OptionalInt.of(4096)), config.flowCache());
    }

    @Test
    void whatChecksumsAreVerifiedIsOneOfThree() {
        assertEquals(
                List.of("sluice.yaml:1: verify-checksums is 'some', expected none, state or all"),
                mistakes("conntrack: {verify-checksums: some}\n"));
    }

    @Test
    void expectationsHaveBoundsAndFateMayBeUntied() throws ConfigException {
        String section = "{max: 10, per-master: 2, per-zone: 5, ftp-timeout: 20, tftp-timeout: 30}";
        assertEquals(
                new ExpectationSettings(10, 2, 5, 20, 30, false),
                read("conntrack: {tied-fate: false, expectations: " + section + "}\n")
                        .conntrack()
                        .expectations());
        assertEquals(
                ExpectationSettings.DEFAULT,
                read("conntrack: {default-zone-limit: 1}\n").conntrack().expectations());
        assertEquals(
                List.of(
                        "sluice.yaml:1: per-master is '65', expected a number from 1 to 64",
                        "sluice.yaml:1: unknown key 'xyz' in expectations, expected one of"
                                + " max, per-master, per-zone, ftp-timeout, tftp-timeout"),
                mistakes("conntrack: {expectations: {per-master: 65, xyz: 1}}\n"));
    }

    @Test
    void fragmentsHaveTheirBounds() throws ConfigException {
        Config config =
                read(
                        "conntrack:\n  fragments: {ipv4: false, min-ipv6: 400, max: 5000, timeout:"
                                + " 30}\n");
        assertEquals(
                new FragmentSettings(false, true, 1200, 400, 5000, 30_000),
                config.conntrack().fragments());
        assertEquals(
                List.of("sluice.yaml:1: max is '5001', expected a number from 0 to 5000"),
                mistakes("conntrack: {fragments: {max: 5001}}\n"));
    }

    @Test
    void anEmptyFileMeansDefaults() throws ConfigException {
        Config config = read("# nothing\n");
        assertEquals(reader.defaults(), config);
        assertEquals(Config.DEFAULT_SOCKET, config.socket());
        assertEquals(List.of(3), config.workers());
        assertEquals(OptionalInt.of(0), config.controlCore());
        assertEquals(List.of(), config.ports());
        assertEquals(
                new Config.Conntrack(
                        1 << 20,
                        0,
                        Map.of(),
                        TcpChecks.DEFAULT,
                        Checksums.Verify.STATE,
                        FragmentSettings.DEFAULT,
                        Map.of(),
                        ExpectationSettings.DEFAULT),
                config.conntrack());
        assertEquals(new Config.FlowCache(true, OptionalInt.empty()), config.flowCache());
    }

    @Test
    void refusesPathsThatCannotBe() {
        assertEquals(
                List.of(
                        "sluice.yaml:1: socket is '/tmp/\0' (Nul character not allowed), expected a"
                                + " path",
                        "sluice.yaml:2: flow file '\0' cannot be read (Nul character not allowed),"
                                + " expected a file with flows"),
                mistakes("socket: \"/tmp/\\0\"\nflows: [\"\\0\"]\n"));
        assertEquals(
                List.of("sluice.yaml:1: nested too deeply, expected a config file"),
                mistakes("[".repeat(100_000)));
    }

    @Test
    void reportsAllMistakesWithTheirLines() throws IOException {
        Files.writeString(
                folder.resolve("bad.flows"), "tcp,actions=p0\ntcpp,actions=p0\nactions=group:3\n");
        String flowFile = folder.resolve("bad.flows").toString();
        assertEquals(
                List.of(
                        "sluice.yaml:1: workers names core 9, expected cores that this process may"
                                + " use: [0, 1, 2, 3]",
                        "sluice.yaml:1: core 1 is listed twice, expected one worker for each core",
                        "sluice.yaml:2: control-core 1 is a worker's, expected one of the other"
                                + " cores (allowed: [0, 1, 2, 3])",
                        "sluice.yaml:4: port name 'p0' is taken by the port in line 3, expected"
                                + " another",
                        "sluice.yaml:4: port number '1' is taken by the port in line 3, expected"
                                + " another",
                        "sluice.yaml:5: no 'devargs' in a port, expected one",
                        "sluice.yaml:5: port name 'normal', expected a name that means nothing else"
                                + " in flows",
                        "sluice.yaml:6: queues is 'many', expected a number from 1 to 64",
                        "sluice.yaml:7: unknown key 'mbuf', expected one of socket, eal, workers,"
                                + " control-core, ports, mbufs, flows, conntrack, flow-cache,"
                                + " time-exceeded, event-log, interfaces, services; did you mean"
                                + " 'mbufs'?",
                        "sluice.yaml:8: 'metrics' is not supported by this version, expected no"
                                + " such key",
                        "sluice.yaml:9: entries is 1000, expected a power of two such as 512",
                        "sluice.yaml:10: flow file 'none.flows' cannot be read (no such file),"
                                + " expected a file with flows",
                        flowFile
                                + ":2:1: unknown word 'tcpp', expected a match field, table,"
                                + " priority, cookie or actions; did you mean 'tcp'?",
                        "sluice.yaml:11: unknown timeout 'tcp-etablished', expected one of"
                            + " tcp-none, tcp-syn-sent, tcp-syn-recv, tcp-established,"
                            + " tcp-fin-wait, tcp-close-wait, tcp-last-ack, tcp-time-wait,"
                            + " tcp-close, tcp-syn-sent2, udp-unreplied, udp-replied, icmp, other,"
                            + " icmpv6, tcp-max-retrans, tcp-unacknowledged, sctp-closed,"
                            + " sctp-cookie-wait, sctp-cookie-echoed, sctp-established,"
                            + " sctp-shutdown-sent, sctp-shutdown-recd, sctp-shutdown-ack-sent,"
                            + " sctp-heartbeat-sent, gre-unreplied, gre-replied; did you mean"
                            + " 'tcp-established'?",
                        "sluice.yaml:12: eal is 'x', expected a list ([..., ...])"),
                mistakes(
                        """
                        workers: [1, 9, 1]
                        control-core: 1
                        ports: [{name: p0, devargs: net_null0, number: 1},
                          {name: p0, devargs: net_null1, number: 1},
                          {name: normal},
                          {name: p2, devargs: net_null2, queues: many}]
                        mbuf: {count: 4096}
                        metrics: "127.0.0.1:9464"
                        flow-cache: {entries: 1000}
                        flows: [none.flows, bad.flows]
                        conntrack: {zones: {5: {timeouts: {tcp-etablished: 3}}}}
                        eal: x
                        """));
    }

    @Test
    void reportsGroupsThatNoFileHas() throws IOException {
        Files.writeString(folder.resolve("a.flows"), "actions=drop\nactions=group:3\n");
        assertEquals(
                List.of(folder.resolve("a.flows") + ":2: group 3 does not exist"),
                mistakes("flows: [a.flows]\n"));
    }

    @Test
    void reportsWhatIsNotYaml() {
        List<String> mistakes = mistakes("ports: [\nflows: }\n");
        assertEquals(1, mistakes.size());
        assertTrue(
                mistakes.getFirst().matches("sluice.yaml:2: .*, expected YAML"),
                mistakes::toString);
        assertEquals(
                List.of("sluice.yaml:1: 'ports', expected keys with values (KEY: VALUE)"),
                mistakes("ports\n"));
        assertEquals(
                List.of("sluice.yaml:2: 'eal' is given twice, expected it once"),
                mistakes("eal: []\neal: []\n"));
    }

    @Test
    void reportsAFileThatIsNotThere() {
        ConfigException e =
                assertThrows(ConfigException.class, () -> reader.read(folder.resolve("none.yaml")));
        assertEquals(
                List.of(
                        folder.resolve("none.yaml")
                                + ": cannot be read (no such file), expected a config file"),
                e.mistakes());
    }

    @Test
    void readsWhereConnectionsAreLogged() throws ConfigException {
        assertTrue(read("{}").eventLog().isEmpty());
        EventLogSettings all =
                read("event-log: {path: /a/b, filter: 'zone=5', file-bytes: 65536, old-files: 2}")
                        .eventLog()
                        .orElseThrow();
        assertEquals(Path.of("/a/b"), all.path());
        assertEquals(65536, all.fileBytes());
        assertEquals(2, all.oldFiles());
        EventLogSettings none = read("event-log: {}").eventLog().orElseThrow();
        assertEquals(Path.of("/var/log/sluice/connections"), none.path());
        assertEquals(1 << 24, none.fileBytes());
        assertEquals(8, none.oldFiles());
        assertEquals(
                List.of(
                        "sluice.yaml:1: filter: column 6: unknown type 'destory', expected new,"
                                + " update or destroy; did you mean 'destroy'?",
                        "sluice.yaml:1: file-bytes is '5', expected a number from 65536 to"
                                + " 1073741824"),
                mistakes("event-log: {filter: 'type=destory', file-bytes: 5}"));
        assertEquals(
                List.of(
                        "sluice.yaml:1: filter: column 1: unknown word 'zones', expected one of"
                            + " type zone zone-orig zone-reply mark labels state proto src dst"
                            + " sport dport reply-src reply-dst reply-sport reply-dport; did you"
                            + " mean 'zone'?"),
                mistakes("event-log: {filter: 'zones=1'}"));
    }

    @Test
    void workersMayTakeEveryCore() throws ConfigException {
        Config config = read("workers: [0, 1, 2, 3]\n");
        assertEquals(OptionalInt.empty(), config.controlCore());
        assertEquals(OptionalInt.of(2), read("workers: [0,1,2,3]\ncontrol-core: 2").controlCore());
    }
}
