package io.sluice.fastpath;

import io.sluice.conntrack.BlockEventWriter;
import io.sluice.conntrack.EventType;
import io.sluice.natlb.BlockEvents;
import io.sluice.natlb.PortBlock;

/** Brings what happens to port blocks into the ring of a worker's events. That worker. */
final class OwnBlockEvents implements BlockEvents {
    private final BlockEventWriter writer;

    OwnBlockEvents(BlockEventWriter writer) {
        this.writer = writer;
    }

    @Override
    public void allocated(PortBlock block, int nowMs) {
        write(EventType.BLOCK_ALLOCATED, block, nowMs);
    }

    @Override
    public void released(PortBlock block, int nowMs) {
        write(EventType.BLOCK_RELEASED, block, nowMs);
    }

    private void write(EventType type, PortBlock block, int nowMs) {
        if (writer.begin(type, block.ipv6)) {
            writer.client(block.zone, block.clientHigh, block.clientLow);
            writer.outside(block.replyZone, block.outsideHigh, block.outsideLow);
            writer.end(block.firstPort, block.lastPort, nowMs);
        }
    }
}
