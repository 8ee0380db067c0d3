package io.sluice.fastpath;

import io.sluice.conntrack.ConnTable;
import io.sluice.conntrack.NewConnection;
import io.sluice.natlb.BlockEvents;
import io.sluice.natlb.BlockSearch;
import io.sluice.natlb.EndpointMapping;
import io.sluice.natlb.NatRange;
import io.sluice.natlb.NatSearch;
import io.sluice.natlb.PortBlock;
import io.sluice.natlb.PortBlocks;

/**
 * Connections of ranges with port blocks: each is made in one of its client's blocks, and holds
 * that until it is freed. Used by the worker's thread.
 */
final class BlockTranslator {
    /** Makes the packet's connection with an outside address and port of {@link #search}. */
    @FunctionalInterface
    interface Maker {
        int make(NatRange range, SlowPacket packet, NewConnection fresh, int nowMs);
    }

    private final NatSearch search;
    private final BlockSearch blocks;
    private final boolean dry;

    /**
     * @param search whose search has begun when a connection is to be made
     * @param dry finds what another would, and changes nothing
     */
    BlockTranslator(NatSearch search, PortBlocks blocks, BlockEvents events, boolean dry) {
        this.search = search;
        this.blocks = new BlockSearch(blocks, events, dry);
        this.dry = dry;
    }

    /**
     * Makes a connection that holds the block of its outside port.
     *
     * @return its reference, or a negative reason: also {@link Translator#EXHAUSTED} or {@link
     *     Translator#BLOCK_LIMIT}
     */
    int make(Maker maker, NatRange range, SlowPacket packet, NewConnection fresh, int nowMs) {
        begin(range, packet);
        int made = Translator.EXHAUSTED;
        while (made == Translator.EXHAUSTED && !search.gaveUp() && blocks.next(nowMs)) {
            search.within(blocks.block());
            fresh.hold[0] = dry ? 0 : PortBlocks.held(blocks.number());
            made = maker.make(range, packet, fresh, nowMs);
        }
        return end(made, fresh, nowMs);
    }

    /** The same by a mapping, which holds the block if it is made by this. */
    int makeMapped(
            Maker maker,
            NatRange range,
            EndpointMapping mapping,
            SlowPacket packet,
            NewConnection fresh,
            int nowMs) {
        begin(range, packet);
        int made = Translator.EXHAUSTED;
        while (made == Translator.EXHAUSTED && !search.gaveUp() && blocks.next(nowMs)) {
            search.within(blocks.block());
            mapping.block = blocks.number();
            made = maker.make(range, packet, fresh, nowMs);
        }
        blocks.letGo(nowMs);
        return made == Translator.EXHAUSTED ? refusal() : made;
    }

    private int end(int made, NewConnection fresh, int nowMs) {
        if (made >= 0) {
            // From now on the connection's.
            blocks.keep();
            return made;
        }
        fresh.hold[0] = 0;
        blocks.letGo(nowMs);
        return made == Translator.EXHAUSTED ? refusal() : made;
    }

    private int refusal() {
        return switch (blocks.failure()) {
            case LIMIT -> search.gaveUp() ? Translator.EXHAUSTED : Translator.BLOCK_LIMIT;
            case FULL -> ConnTable.TABLE_FULL;
            default -> Translator.EXHAUSTED;
        };
    }

    /** Whether the last search for a block ended because it was long. */
    boolean gaveUp() {
        return blocks.failure() == BlockSearch.Failure.GAVE_UP;
    }

    private void begin(NatRange range, SlowPacket packet) {
        PortBlock block = blocks.block();
        block.ipv6 = packet.isIpv6();
        block.zone = packet.connectionZone;
        block.replyZone = packet.replyZone;
        block.clientHigh = EndpointTranslator.srcHigh(packet);
        block.clientLow = EndpointTranslator.srcLow(packet);
        blocks.begin(range);
    }
}
