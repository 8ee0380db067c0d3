package io.sluice.natlb;

/**
 * A worker's visits to port blocks and to mappings, which may hold blocks: those that are over are
 * taken back, within some 4 s while there are up to two million. While no range has blocks it costs
 * a look. One for each worker.
 */
public final class BlockSweep {
    // All are visited in about this many calls, one a millisecond.
    private static final int PERIOD = 4096;
    private static final int MIN_VISITS = 16;
    private static final int MAX_VISITS = 512;

    private final PortBlocks blocks;
    private final EndpointMappings mappings;
    private final BlockEvents events;
    private final PortBlock scratch = new PortBlock();
    private int blockHand;
    private int mappingHand;

    public BlockSweep(PortBlocks blocks, EndpointMappings mappings, BlockEvents events) {
        this.blocks = blocks;
        this.mappings = mappings;
        this.events = events;
    }

    /** Visits some; about once a millisecond. */
    public void sweep(int nowMs) {
        if (!blocks.areUsed()) {
            return;
        }
        int mappingCount = visits(mappings.view().lastNumber());
        mappings.sweep(mappingHand + 1, mappingCount, nowMs);
        mappingHand = next(mappingHand, mappingCount, mappings.view().lastNumber());
        int blockCount = visits(blocks.lastNumber());
        blocks.sweep(blockHand + 1, blockCount, scratch, events, nowMs);
        blockHand = next(blockHand, blockCount, blocks.lastNumber());
    }

    private static int visits(int last) {
        return Math.clamp(last / PERIOD, MIN_VISITS, MAX_VISITS);
    }

    private static int next(int hand, int count, int last) {
        return hand + count >= last ? 0 : hand + count;
    }
}
