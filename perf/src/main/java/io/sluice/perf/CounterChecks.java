package io.sluice.perf;

import io.sluice.perf.SluiceCounters.Workers;
import java.util.ArrayList;
import java.util.List;

/** What Sluice's counters must say if every packet was tracked and translated. */
final class CounterChecks {
    /**
     * Counters of a running worker are read one after the other: allow for the packets of the
     * bursts that pass in between. Readings that miss by more are taken again before they count as
     * a mistake.
     */
    static final long IN_FLIGHT_PACKETS = 2048;

    private CounterChecks() {}

    /**
     * After a pcap that ended: everything adds up to the packet.
     *
     * @return mistakes, a line each
     */
    static List<String> still(SluiceCounters counters, Workload workload) {
        List<String> mistakes = new ArrayList<>(always(counters, workload));
        long packets = workload.packets();
        Workers workers = counters.workers();
        expect(mistakes, "packets the workers saw", workers.packets(), packets);
        expect(
                mistakes,
                "cache_hits + slow_path",
                workers.cacheHits() + workers.slowPath(),
                packets);
        expect(mistakes, "packets counted in the zone", counters.zone().packets(), packets);
        expect(mistakes, "packets received", counters.port().rxPackets(), packets);
        expect(mistakes, "packets sent", counters.port().txPackets(), packets);
        return mistakes;
    }

    /**
     * While packets flow: {@code counters} were read between the two readings of the workers.
     *
     * @return mistakes, a line each
     */
    static List<String> flowing(
            Workers before, SluiceCounters counters, Workers after, Workload workload) {
        List<String> mistakes = new ArrayList<>(always(counters, workload));
        between(mistakes, "packets counted in the zone", counters.zone().packets(), before, after);
        between(mistakes, "packets sent", counters.port().txPackets(), before, after);
        Workers workers = counters.workers();
        long sum = workers.cacheHits() + workers.slowPath();
        between(mistakes, "cache_hits + slow_path", sum, before, after);
        return mistakes;
    }

    private static List<String> always(SluiceCounters counters, Workload workload) {
        List<String> mistakes = new ArrayList<>();
        if (counters.droppedPackets() != 0) {
            mistakes.add("packets were dropped: " + counters.drops());
        }
        expect(mistakes, "packets the port dropped", counters.port().txDropped(), 0);
        expect(mistakes, "connections refused", counters.zone().refused(), 0);
        expect(mistakes, "connections", counters.zone().connections(), workload.flows());
        expect(mistakes, "connections created", counters.zone().created(), workload.flows());
        return mistakes;
    }

    private static void expect(List<String> mistakes, String what, long is, long expected) {
        if (is != expected) {
            mistakes.add("%s: %d, expected %d".formatted(what, is, expected));
        }
    }

    private static void between(
            List<String> mistakes, String what, long is, Workers before, Workers after) {
        long least = before.packets() - IN_FLIGHT_PACKETS;
        long most = after.packets() + IN_FLIGHT_PACKETS;
        if (is < least || is > most) {
            mistakes.add(
                    "%s: %d, but the workers saw between %d and %d"
                            .formatted(what, is, before.packets(), after.packets()));
        }
    }
}
