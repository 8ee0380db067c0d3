package io.sluice.perf;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.sluice.perf.Peer.Scene;
import io.sluice.perf.Peer.Source;
import io.sluice.perf.SluiceCounters.Port;
import io.sluice.perf.SluiceCounters.Workers;
import io.sluice.perf.SluiceCounters.Zone;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

class SluiceCountersTest {
    private static final Workload WORKLOAD = new Workload(10, Traffic.ONE_WAY, 10);
    private static final Workers WORKERS = new Workers(100, 4, 85, 15, 50);
    private static final Zone ZONE = new Zone(10, 10, 0, 0, 100, 6000);
    private static final Port PORT = new Port(100, 100, 0, 0);

    @Test
    void workersAreSummed() {
        JsonNode answer =
                json(
                        """
                        [{"worker":0,"core":1,"packets":10,"bursts":2,"cache_hits":7,"slow_path":3,
                          "busy_percent":40},
                         {"worker":1,"core":2,"packets":5,"bursts":1,"cache_hits":5,"slow_path":0,
                          "busy_percent":60.4}]
                        """);
        assertEquals(new Workers(15, 3, 12, 3, 50), SluiceCounters.workers(answer));
    }

    @Test
    void zonesPortsAndDropsAreFoundByName() {
        JsonNode zones =
                json(
                        """
                        [{"zone":0,"connections":9,"created":9,"closed":9,"refused":9,"packets":9,
                          "bytes":9},
                         {"zone":1,"connections":1,"created":2,"closed":3,"refused":4,"packets":5,
                          "bytes":6}]
                        """);
        assertEquals(new Zone(1, 2, 3, 4, 5, 6), SluiceCounters.zone(zones, 1));
        assertEquals(new Zone(0, 0, 0, 0, 0, 0), SluiceCounters.zone(zones, 7));
        JsonNode ports =
                json(
                        """
                        [{"name":"p0","number":1,"rx_packets":1,"tx_packets":2,"rx_bytes":3,
                          "tx_bytes":4,"rx_dropped":5,"tx_dropped":6}]
                        """);
        assertEquals(new Port(1, 2, 5, 6), SluiceCounters.port(ports, "p0"));
        assertThrows(BenchException.class, () -> SluiceCounters.port(ports, "p1"));
        JsonNode drops =
                json(
                        "[{\"reason\":\"no-match\",\"packets\":3},{\"reason\":\"ttl\",\"packets\":0}]");
        assertEquals(Map.of("no-match", 3L), SluiceCounters.drops(drops));
    }

    @Test
    void aMissingCounterIsNoZero() {
        BenchException failure =
                assertThrows(
                        BenchException.class,
                        () -> SluiceCounters.workers(json("[{\"packets\":1}]")));
        assertTrue(failure.getMessage().contains("'bursts'"), failure.getMessage());
        assertThrows(BenchException.class, () -> SluiceCounters.workers(json("\"text\"")));
    }

    @Test
    void countersThatAddUpPass() {
        assertEquals(List.of(), still(WORKERS, ZONE, Map.of(), PORT));
    }

    @Test
    void everyCounterThatDoesNotAddUpIsToldAfterThePcapHasEnded() {
        assertMistake("workers saw", new Workers(99, 4, 84, 15, 50), ZONE, Map.of(), PORT);
        assertMistake("cache_hits", new Workers(100, 4, 84, 15, 50), ZONE, Map.of(), PORT);
        assertMistake("in the zone", WORKERS, new Zone(10, 10, 0, 0, 99, 0), Map.of(), PORT);
        assertMistake("connections", WORKERS, new Zone(9, 10, 0, 0, 100, 0), Map.of(), PORT);
        assertMistake("created", WORKERS, new Zone(10, 11, 1, 0, 100, 0), Map.of(), PORT);
        assertMistake("refused", WORKERS, new Zone(10, 10, 0, 1, 100, 0), Map.of(), PORT);
        assertMistake("dropped: {ttl=1}", WORKERS, ZONE, Map.of("ttl", 1L), PORT);
        assertMistake("packets sent", WORKERS, ZONE, Map.of(), new Port(100, 99, 0, 0));
        assertMistake("packets received", WORKERS, ZONE, Map.of(), new Port(99, 100, 0, 0));
        assertMistake("port dropped", WORKERS, ZONE, Map.of(), new Port(100, 100, 0, 1));
    }

    @Test
    void whilePacketsFlowCountersLieBetweenTwoReadings() {
        Workers before = new Workers(1_000_000, 0, 0, 0, 0);
        Workers during = new Workers(1_500_000, 0, 1_499_990, 10, 0);
        Workers after = new Workers(2_000_000, 0, 0, 0, 0);
        Zone zone = new Zone(10, 10, 0, 0, 1_600_000, 0);
        Port port = new Port(1_700_000, 1_700_000, 0, 0);
        assertEquals(
                List.of(),
                CounterChecks.flowing(
                        before, new SluiceCounters(during, zone, Map.of(), port), after, WORKLOAD));

        Zone untracked = new Zone(10, 10, 0, 0, 900_000, 0);
        Port unsent = new Port(1_700_000, 900_000, 0, 0);
        Workers unexplained = new Workers(1_500_000, 0, 900_000, 10, 0);
        List<String> mistakes =
                CounterChecks.flowing(
                        before,
                        new SluiceCounters(unexplained, untracked, Map.of(), unsent),
                        after,
                        WORKLOAD);
        assertEquals(3, mistakes.size(), mistakes.toString());
    }

    @Test
    void theConfigIsTheOneUsersWrite() {
        Scene scene = new Scene(new Children(), Path.of("/run/x"), 3, 2);
        Source source = new Source(Path.of("/pcaps/a.pcap"), Optional.empty());
        String config =
                Sluice.config(
                        Sluice.Setup.of(WORKLOAD, source),
                        scene,
                        Path.of("/run/x/s.sock"),
                        Path.of("/run/x/f"));
        assertEquals(
                """
                socket: "/run/x/s.sock"
                eal: ["--no-pci", "--in-memory", "--no-telemetry"]
                workers: [3]
                control-core: 2
                ports:
                  - {name: p0, number: 1, devargs: "net_pcap0,rx_pcap=/pcaps/a.pcap,infinite_rx=1"}
                mbufs: {count: 16484, data-room: 320}
                flows: ["/run/x/f"]
                conntrack:
                  max-connections: 1048576
                """,
                config);
    }

    private static void assertMistake(
            String expected, Workers workers, Zone zone, Map<String, Long> drops, Port port) {
        List<String> mistakes = still(workers, zone, drops, port);
        assertTrue(
                mistakes.stream().anyMatch(mistake -> mistake.contains(expected)),
                expected + ": " + mistakes);
    }

    private static List<String> still(
            Workers workers, Zone zone, Map<String, Long> drops, Port port) {
        return CounterChecks.still(new SluiceCounters(workers, zone, drops, port), WORKLOAD);
    }

    private static JsonNode json(String text) {
        return JsonMapper.shared().readTree(text);
    }
}
