package io.sluice.perf;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.sluice.perf.Testpmd.TestpmdStats;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** Reads what testpmd of DPDK 22.11 and Open vSwitch 3.1 really printed. */
class PeerOutputTest {
    @Test
    void testpmdPrintsItsPortsCounters() throws IOException {
        assertEquals(
                List.of(
                        new TestpmdStats(155_954_336, 155_415_840),
                        new TestpmdStats(273_356_736, 272_818_208)),
                TestpmdStats.parseAll(resource("testpmd-port-stats.txt")));
    }

    @Test
    void anAnswerCutOffIsNoAnswer() throws IOException {
        String whole = resource("testpmd-port-stats.txt");
        int second = whole.lastIndexOf("TX-packets: 272818208") + "TX-packets: 2728".length();
        assertEquals(1, TestpmdStats.parseAll(whole.substring(0, second)).size());
    }

    @Test
    void openVswitchShowsItsPorts() throws IOException {
        String text = resource("ovs-dpctl-show.txt");
        assertEquals(new OvsOutput.Port(8_708_576, 8_708_512, 0), OvsOutput.port(text, "p0"));
        assertEquals(new OvsOutput.Port(0, 0, 0), OvsOutput.port(text, "br0"));
        BenchException failure =
                assertThrows(BenchException.class, () -> OvsOutput.port(text, "p1"));
        assertTrue(failure.getMessage().startsWith("Open vSwitch shows no port p1"));
    }

    @Test
    void openVswitchShowsItsPollModeThread() throws IOException {
        Map<String, Long> counters = OvsOutput.pmd(resource("ovs-pmd-stats-show.txt"));
        assertEquals(3_309_024, counters.get("packets_received"));
        assertEquals(3_212_075, counters.get("emc_hits"));
        assertEquals(0, counters.get("miss_with_failed_upcall"));
        assertEquals(5_258_392_202L, counters.get("processing_cycles"));
        assertEquals(Map.of(), OvsOutput.pmd(""));
    }

    @Test
    void enoughQueuesAreAskedForToHoldThePcap() {
        assertEquals(6, OpenVswitch.queuesFor(8192));
        assertEquals(516, OpenVswitch.queuesFor(2 * 1_048_576));
    }

    @Test
    void hugePagesInUseAreNotCountedOn() throws IOException {
        HugePages.State state = HugePages.State.parse(resource("meminfo.txt"));
        assertEquals(new HugePages.State(3500, 1426, 2 << 20), state);
        assertEquals(3500, state.totalFor(1426L << 21));
        assertEquals(3501, state.totalFor((1426L << 21) + 1));
        assertEquals(3500 + 574, state.totalFor(2000L << 21));
    }

    private static String resource(String name) throws IOException {
        try (InputStream in = PeerOutputTest.class.getResourceAsStream(name)) {
            return new String(in.readAllBytes(), StandardCharsets.UTF_8);
        }
    }
}
