package io.sluice.fastpath;

import io.sluice.packet.Tcp;
import java.util.Arrays;

/**
 * Steps that change the packet or show it to control, and do not decide where it goes. Used by the
 * worker's thread.
 */
final class EditSteps {
    private static final int MIN_CACHED_TIMEOUT_S = 10;

    /** As Open vSwitch says it of packets that no flow sent up. */
    private static final long NO_COOKIE = -1;

    private static final Action.Controller INVALID_TTL =
            new Action.Controller(0xFFFF, Action.PacketInReason.INVALID_TTL, 0, Action.Bytes.NONE);

    private final Departure departure;
    private final Trace trace;
    private final Upcalls upcalls;
    private final TimeExceeded timeExceeded;
    // The values that the flow which a packet teaches would match.
    private final long[] learnedKey = new long[Field.WORDS];

    EditSteps(Departure departure, Trace trace, Upcalls upcalls, DatapathSettings settings) {
        this.departure = departure;
        this.trace = trace;
        this.upcalls = upcalls;
        this.timeExceeded = new TimeExceeded(settings.timeExceeded(), settings.pool());
    }

    /**
     * Does one step.
     *
     * @param table that the packet is in
     * @param rule at work; null for a packet sent by hand
     * @return false when the list that the step is from ends here
     */
    boolean run(SlowPacket packet, Step step, int table, Rule rule, int nowMs) {
        switch (step.code()) {
            case CONTROLLER -> sendUp(packet, (Action.Controller) step.action(), table, rule);
            case FIN_TIMEOUT -> finTimeout(packet, (Action.FinTimeout) step.action(), rule);
            case DEC_TTL -> {
                departure.settle(packet);
                return decrementTtl(packet, table, rule, nowMs);
            }
            case PUSH_VLAN -> {
                departure.settle(packet);
                return pushVlan(packet, step.number());
            }
            default -> {
                departure.settle(packet);
                edit(packet, step);
            }
        }
        return true;
    }

    private boolean pushVlan(SlowPacket packet, int tpid) {
        if (packet.pushVlan(tpid)) {
            return true;
        }
        departure.drop(DropReason.NO_HEADROOM);
        return false;
    }

    private void edit(SlowPacket packet, Step step) {
        switch (step.code()) {
            case SET -> {
                Action.Set set = (Action.Set) step.action();
                trace.reads(set.field());
                Edits.set(packet, set);
            }
            case MOVE -> {
                Action.Move move = (Action.Move) step.action();
                trace.reads(move.from().field());
                trace.reads(move.to().field());
                Edits.move(packet, move);
            }
            case POP_VLAN -> packet.popVlan();
            case SET_VLAN_VID -> packet.setVlanVid(step.number());
            case SET_VLAN_PCP -> packet.setVlanPcp(step.number());
            case CT_CLEAR -> {
                ConnectionSteps.forget(packet);
                ConnectionSteps.clearFields(packet);
            }
            case MULTIPATH -> Edits.multipath(packet, (Action.Multipath) step.action());
            case CHECK_PKT_LARGER -> {
                trace.notCacheable();
                Edits.checkLength(packet, (Action.CheckPktLarger) step.action());
            }
            case NOTHING -> {}
            default -> throw new IllegalStateException("no step " + step.code());
        }
    }

    private void sendUp(SlowPacket packet, Action.Controller controller, int table, Rule rule) {
        trace.notCacheable();
        departure.drop(DropReason.CONTROLLER);
        if (!packet.writeFrame()) {
            departure.count(DropReason.NO_HEADROOM);
            return;
        }
        long cookie = rule == null ? NO_COOKIE : rule.flow().cookie();
        upcalls.packetIn(packet, controller, table, cookie);
    }

    /**
     * Has a flow made from the packet.
     *
     * @param rule at work; null for a packet sent by hand
     */
    void learn(SlowPacket packet, Step step, Rule rule, Snapshot snapshot) {
        LearnedFlow learned = ((Action.Learn) step.action()).flow();
        Flow teacher = rule == null ? null : rule.flow();
        // A cached way teaches again when it is looked up anew, every few seconds.
        int hardTimeout = learned.hardTimeoutSeconds();
        boolean oftenEnough = hardTimeout == 0 || hardTimeout >= MIN_CACHED_TIMEOUT_S;
        noteReads(learned);
        boolean sent = upcalls.learn(packet, learned, teacher);
        if (sent && oftenEnough) {
            trace.onLearnedMacs = true;
        } else {
            trace.notCacheable();
        }
        if (learned.result().isPresent()) {
            boolean learns = (sent || trace.isDry()) && snapshot.mayLearn(learned);
            boolean succeeds = learns || isLearned(packet, step.learned(), learned, snapshot);
            departure.settle(packet);
            SubField result = learned.result().get();
            trace.reads(result.field());
            result.set(packet.key, 0, succeeds ? 1 : 0);
            packet.noteSet(result.field());
        }
    }

    /** Whether the flow that the packet teaches is there already. */
    private boolean isLearned(
            SlowPacket packet, Match pattern, LearnedFlow learned, Snapshot snapshot) {
        Arrays.fill(learnedKey, 0);
        for (int i = 0; i < learned.parts().size(); i++) {
            switch (learned.parts().get(i)) {
                case LearnedFlow.Part.MatchField part ->
                        part.to()
                                .set(
                                        learnedKey,
                                        part.from().getHigh(packet.key),
                                        part.from().get(packet.key));
                case LearnedFlow.Part.MatchValue part ->
                        part.to().set(learnedKey, part.high(), part.low());
                default -> {}
            }
        }
        return snapshot.has(learned.table(), pattern, learned.priority(), learnedKey);
    }

    private void noteReads(LearnedFlow flow) {
        for (int i = 0; i < flow.parts().size(); i++) {
            switch (flow.parts().get(i)) {
                case LearnedFlow.Part.MatchField part -> trace.reads(part.from().field());
                case LearnedFlow.Part.LoadField part -> trace.reads(part.from().field());
                case LearnedFlow.Part.Output part -> trace.reads(part.from().field());
                case LearnedFlow.Part.MatchValue _, LearnedFlow.Part.LoadValue _ -> {}
            }
        }
    }

    /** Packets with FIN or RST never take a cached way, so that none is missed. */
    private void finTimeout(SlowPacket packet, Action.FinTimeout timeouts, Rule rule) {
        boolean ends = (Field.TCP_FLAGS.get(packet.key) & (Tcp.FIN | Tcp.RST)) != 0;
        if (ends && rule != null && !trace.isDry()) {
            rule.flow().clock().shorten(timeouts.idleSeconds(), timeouts.hardSeconds());
        }
    }

    private boolean decrementTtl(SlowPacket packet, int table, Rule rule, int nowMs) {
        if (Edits.decrementTtl(packet)) {
            trace.decrementsTtl();
            return true;
        }
        long answer = timeExceeded.answer(packet, nowMs);
        if (answer == TimeExceeded.OVER_RATE) {
            trace.notCacheable();
        } else if (answer == 0) {
            sendUp(packet, INVALID_TTL, table, rule);
        } else {
            trace.notCacheable();
            departure.sendBack(packet, answer);
        }
        departure.drop(DropReason.TTL_EXPIRED);
        return false;
    }
}
