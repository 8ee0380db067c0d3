package io.sluice.control.command;

import io.sluice.control.text.TextBytes;
import io.sluice.natlb.PortBlock;
import io.sluice.natlb.PortBlocks;

/** The port blocks that clients have. One thread. */
final class BlockRows implements NatRows {
    private final PortBlocks blocks;
    private final NatFilter filter;
    private final PortBlock block = new PortBlock();

    BlockRows(PortBlocks blocks, NatFilter filter) {
        this.blocks = blocks;
        this.filter = filter;
    }

    @Override
    public int last() {
        return blocks.lastNumber();
    }

    @Override
    public boolean find(int number, int nowMs) {
        return blocks.show(number, block, nowMs)
                && (filter.takesZone(block.zone) || filter.takesZone(block.replyZone))
                && filter.takesClient(block.ipv6, block.clientHigh, block.clientLow)
                && filter.takesOutside(block.ipv6, block.outsideHigh, block.outsideLow)
                && filter.takesPorts(block.firstPort, block.lastPort);
    }

    @Override
    public void line(TextBytes to) {
        to.put("client=").putAddress(block.ipv6, block.clientHigh, block.clientLow);
        to.put(",outside=").putAddress(block.ipv6, block.outsideHigh, block.outsideLow);
        to.put(",ports=").put(block.firstPort).put('-').put(block.lastPort);
        if (block.zone != block.replyZone) {
            to.put(",zone-orig=").put(block.zone).put(",zone-reply=").put(block.replyZone);
        } else if (block.zone != 0) {
            to.put(",zone=").put(block.zone);
        }
        to.put(",uses=").put(block.users).put(",timeout=").put(block.remainingMs / 1000);
    }

    @Override
    public void json(TextBytes to) {
        to.put("{\"zone\":").put(block.zone);
        if (block.zone != block.replyZone) {
            to.put(",\"zone_orig\":").put(block.zone);
            to.put(",\"zone_reply\":").put(block.replyZone);
        }
        to.put(",\"client\":\"").putAddress(block.ipv6, block.clientHigh, block.clientLow);
        to.put("\",\"outside\":\"").putAddress(block.ipv6, block.outsideHigh, block.outsideLow);
        to.put("\",\"first_port\":").put(block.firstPort);
        to.put(",\"last_port\":").put(block.lastPort);
        to.put(",\"uses\":").put(block.users);
        to.put(",\"timeout_s\":").put(block.remainingMs / 1000).put('}');
    }
}
