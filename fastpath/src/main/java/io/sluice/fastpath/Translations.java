package io.sluice.fastpath;

import io.sluice.conntrack.ConnOwner;
import io.sluice.conntrack.ConnTable;
import io.sluice.conntrack.Zones;
import io.sluice.natlb.BlockSweep;
import io.sluice.natlb.BucketCounts;
import io.sluice.natlb.EndpointMappings;
import io.sluice.natlb.EndpointView;
import io.sluice.natlb.NatCounters;
import io.sluice.natlb.NatRange;
import io.sluice.natlb.PortBlocks;
import io.sluice.natlb.PortMaps;
import io.sluice.packet.Memory;
import io.sluice.packet.MemorySource;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;

/**
 * What choices for connections share that belong to one connection table: which ports are taken,
 * which the table tells when they are free again, what the searches of each worker came to, and how
 * many connections the buckets of groups have.
 */
public final class Translations {
    // A mapping, and a peer that may send to it.
    private static final int RECORDS_PER_CONNECTION = 2;

    private static final Comparator<NatCounters.Row> ORDER =
            Comparator.comparingInt(NatCounters.Row::zone)
                    .thenComparing(row -> row.range().toString());

    private final PortMaps maps;
    private final PortBlocks blocks;
    private final EndpointMappings mappings;
    private final BucketCounts buckets;
    private final List<NatCounters> counters = new CopyOnWriteArrayList<>();

    /** To be made before any worker uses the table. */
    Translations(ConnTable table, MemorySource memory) {
        maps = new PortMaps(memory);
        table.tellFreedTo(maps::freed);
        Zones zones = table.zones();
        blocks = new PortBlocks(table.capacity(), memory);
        mappings =
                new EndpointMappings(
                        RECORDS_PER_CONNECTION * table.capacity(),
                        memory,
                        maps,
                        blocks,
                        zone -> Memory.getInt(zones.epochAddress(zone)),
                        zones::mappingTimeoutMs);
        table.giveHeldTo(this::givenBack);
        buckets = new BucketCounts(memory);
        table.tellLeftBucketsTo(buckets::end);
    }

    BucketCounts buckets() {
        return buckets;
    }

    private void givenBack(int held, int nowMs) {
        if (PortBlocks.isHeld(held)) {
            blocks.release(PortBlocks.number(held), nowMs);
        } else {
            mappings.release(held, nowMs);
        }
    }

    /** The blocks that clients have; any thread. */
    public PortBlocks blocks() {
        return blocks;
    }

    /** A worker's part in taking back what nothing uses. */
    BlockSweep newSweep(ConnOwner owner) {
        return new BlockSweep(blocks, mappings, new OwnBlockEvents(owner.newBlockEventWriter()));
    }

    /** The mappings of endpoints, for who only looks; any thread. */
    public EndpointView mappingsView() {
        return mappings.view();
    }

    EndpointMappings mappings() {
        return mappings;
    }

    PortMaps maps() {
        return maps;
    }

    /** Counters for one worker, which {@link #rows} adds to the others'. */
    NatCounters newCounters() {
        NatCounters own = new NatCounters();
        counters.add(own);
        return own;
    }

    /** All workers' counters, sorted by zone. Any thread. */
    List<NatCounters.Row> rows() {
        record Pair(int zone, NatRange range) {}
        Map<Pair, NatCounters.Row> sums = new HashMap<>();
        for (NatCounters each : counters) {
            each.forEach(
                    row -> sums.merge(new Pair(row.zone(), row.range()), row, Translations::sum));
        }
        List<NatCounters.Row> sorted = new ArrayList<>(sums.values());
        sorted.sort(ORDER);
        return sorted;
    }

    private static NatCounters.Row sum(NatCounters.Row one, NatCounters.Row other) {
        return new NatCounters.Row(
                one.zone(),
                one.range(),
                one.created() + other.created(),
                one.exhausted() + other.exhausted(),
                one.gaveUp() + other.gaveUp(),
                one.blockLimit() + other.blockLimit());
    }
}
