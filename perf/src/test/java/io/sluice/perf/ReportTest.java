package io.sluice.perf;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

class ReportTest {
    private static final Workload SMALL = Workload.endless(8192, Traffic.ONE_WAY);
    private static final Workload LARGE = Workload.endless(1 << 20, Traffic.TWO_WAY);
    private static final Machine MACHINE = new Machine(Map.of("cpu", "a <fast> one & another"));

    private static Results results() {
        Results results =
                new Results(
                        List.of(Testpmd.NAME, OpenVswitch.NAME, Sluice.NAME),
                        List.of(SMALL, LARGE));
        double[] testpmd = {60, 50, 58};
        double[] sluice = {30, 29, 31};
        for (int round = 1; round <= 3; round++) {
            add(results, Testpmd.NAME, SMALL, round, testpmd[round - 1]);
            add(results, OpenVswitch.NAME, SMALL, round, 1.5);
            add(results, Sluice.NAME, SMALL, round, sluice[round - 1]);
            add(results, Sluice.NAME, LARGE, round, 12);
        }
        results.add(Reading.failed(OpenVswitch.NAME, LARGE, 1, "no memory"));
        return results;
    }

    private static NewConnectionResults fresh() {
        NewConnectionResults fresh = new NewConnectionResults();
        for (long created : new long[] {2_000_000, 3_000_000, 1_000_000}) {
            double corePercent = created == 1_000_000 ? 90 : 100;
            fresh.add(
                    Translation.SNAT,
                    new NewConnectionRate(
                            created, created, 1_000_000_000, 5, 9, corePercent, List.of()));
        }
        return fresh;
    }

    @Test
    void newConnectionsHaveMedianRangeAndProof() {
        NewConnectionResults fresh = fresh();
        assertEquals(
                List.of("snat to a range   2.00 (1.00-3.00)  1 of 3 readings disturbed"),
                fresh.table());
        assertFalse(fresh.failed());
        assertEquals(3, fresh.proof().size());
        assertTrue(fresh.proof().getFirst().startsWith("ok   "), fresh.proof().toString());
        fresh.add(
                Translation.DNAT,
                new NewConnectionRate(1, 0, 1, 0, 0, 100, List.of("no steady state")));
        assertTrue(fresh.failed());
        assertTrue(fresh.proof().get(3).startsWith("FAIL "), fresh.proof().toString());
        assertEquals(4, fresh.rows().size());
    }

    private static void add(
            Results results, String peer, Workload workload, int round, double mpps) {
        Throughput.Window window =
                new Throughput.Window(
                        mpps, 1000, 2000, 3, round == 2 ? 90 : 99.5, Map.of("cache_hits", 4L));
        results.add(Reading.measured(peer, workload, round, window));
    }

    @Test
    void theTableHasMediansRangesAndRatios() {
        List<String> lines = TextTable.of(results());
        assertEquals(
                List.of(
                        "flows",
                        "traffic",
                        "testpmd",
                        "OVS-DPDK",
                        "Sluice",
                        "Sluice/testpmd",
                        "Sluice/OVS-DPDK"),
                List.of(lines.get(0).split(" {2,}")));
        assertEquals(
                List.of(
                        "8k",
                        "one-way",
                        "58.00 (50.00-60.00)",
                        "1.50 (1.50-1.50)",
                        "30.00 (29.00-31.00)",
                        "0.52",
                        "20.0"),
                List.of(lines.get(1).split(" {2,}")));
        assertEquals(
                List.of("1M", "two-way", "-", "-", "12.00 (12.00-12.00)", "-", "-"),
                List.of(lines.get(2).split(" {2,}")));
    }

    @Test
    void emptyCellsHaveTheirReason() {
        Results results = results();
        results.absent(Testpmd.NAME, "not installed");
        assertEquals(
                List.of(
                        "testpmd: not installed",
                        "4 of 13 readings were disturbed: the worker had less than 97 % of its"
                                + " core",
                        "OVS-DPDK, 1M two-way, round 1: no memory"),
                results.notes());
        assertTrue(results.hasFailed(OpenVswitch.NAME, LARGE));
        assertFalse(results.hasFailed(OpenVswitch.NAME, SMALL));
        assertTrue(results.hasFailed(Testpmd.NAME));
        assertFalse(results.hasFailed(Sluice.NAME));
    }

    @Test
    void theJsonHasEverySingleReading() {
        String text = JsonReport.of(results(), fresh(), MACHINE, List.of("ok   proof"));
        JsonNode report = JsonMapper.shared().readTree(text);
        assertEquals(13, report.get("readings").size());
        JsonNode fresh = report.get("new_connections");
        assertEquals(3, fresh.size());
        assertEquals(2.0, fresh.get(0).get("millions_per_second").asDouble());
        JsonNode first = report.get("readings").get(0);
        assertEquals(60.0, first.get("mpps").asDouble());
        assertEquals(2000, first.get("window_ns").asInt());
        assertEquals(99.5, first.get("worker_core_percent").asDouble());
        assertEquals(4, first.get("grew_by").get("cache_hits").asInt());
        assertEquals("no memory", report.get("readings").get(12).get("failure").stringValue());
        JsonNode small = report.get("workloads").get(0);
        assertEquals(58.0, small.get("peers").get("testpmd").get("median_mpps").asDouble());
        assertEquals(20.0, small.get("sluice_ratio_to").get("OVS-DPDK").asDouble());
        assertEquals("ok   proof", report.get("proof").get(0).stringValue());
    }

    @Test
    void thePictureStandsAlone() {
        String page = HtmlReport.of(results(), fresh(), MACHINE, List.of());
        assertTrue(page.contains("<svg "));
        assertTrue(page.contains("a &lt;fast&gt; one &amp; another"));
        assertTrue(page.contains("Sluice 30.0"));
        assertTrue(page.contains("OVS-DPDK: not measured"));
        for (String outside : List.of("http:", "https:", "src=", "href=", "@import", "url(")) {
            assertFalse(page.contains(outside), outside);
        }
    }
}
