package io.sluice.control.engine;

import io.sluice.control.flow.FlowStore;
import io.sluice.control.packet.PacketIns;
import io.sluice.control.service.Services;
import io.sluice.fastpath.Datapath;
import io.sluice.fastpath.DropReason;
import io.sluice.fastpath.LearnedFlow;
import io.sluice.fastpath.LearnedFlows.Lesson;
import io.sluice.fastpath.Upcall;
import io.sluice.fastpath.UpcallHandler;
import java.util.ArrayList;
import java.util.List;

/** Takes what workers send up, and brings it to where it belongs. Control thread only. */
final class FromWorkers implements UpcallHandler {
    private final Datapath datapath;
    private final FlowStore flows;
    private final PacketIns packetIns;
    private final Services services;
    private final List<Lesson> lessons = new ArrayList<>();
    private long lostBefore;

    FromWorkers(Datapath datapath, FlowStore flows, PacketIns packetIns, Services services) {
        this.datapath = datapath;
        this.flows = flows;
        this.packetIns = packetIns;
        this.services = services;
    }

    void take() {
        datapath.drainUpcalls(this);
        if (!lessons.isEmpty()) {
            List<Lesson> taught = List.copyOf(lessons);
            // Before they are learned: what fails once is not tried for ever.
            lessons.clear();
            datapath.countRefusedLessons(flows.learn(taught));
        }
        long lost = datapath.drops(DropReason.PACKET_IN_FULL);
        if (lost != lostBefore) {
            packetIns.dealLoss(lost - lostBefore);
            lostBefore = lost;
        }
    }

    @Override
    public void packetIn(Upcall packet) {
        if (Services.sentUp(packet)) {
            services.receive(packet);
        } else {
            packetIns.deal(packet);
        }
    }

    @Override
    public void learn(Upcall packet, LearnedFlow flow) {
        lessons.add(Lesson.of(flow, packet.teacher(), packet.key()));
    }
}
