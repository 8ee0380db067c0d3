package io.sluice.control.engine;

import io.sluice.control.packet.PacketIns;
import io.sluice.fastpath.Datapath;
import io.sluice.fastpath.DropReason;
import io.sluice.fastpath.LearnedFlow;
import io.sluice.fastpath.Upcall;
import io.sluice.fastpath.UpcallHandler;

/** Takes what workers send up, and brings it to where it belongs. Control thread only. */
final class FromWorkers implements UpcallHandler {
    private final Datapath datapath;
    private final PacketIns packetIns;
    private long lostBefore;

    FromWorkers(Datapath datapath, PacketIns packetIns) {
        this.datapath = datapath;
        this.packetIns = packetIns;
    }

    void take() {
        datapath.drainUpcalls(this);
        long lost = datapath.drops(DropReason.PACKET_IN_FULL);
        if (lost != lostBefore) {
            packetIns.dealLoss(lost - lostBefore);
            lostBefore = lost;
        }
    }

    @Override
    public void packetIn(Upcall packet) {
        packetIns.deal(packet);
    }

    @Override
    public void learn(Upcall packet, LearnedFlow flow) {
        // Learned flows need the timeouts that this version's flows do not have.
    }
}
