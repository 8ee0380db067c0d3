package io.sluice.control.command;

import io.sluice.control.packet.PacketMatch;
import io.sluice.fastpath.DropReason;
import io.sluice.fastpath.TraceEvent;
import io.sluice.fastpath.TraceEvent.Node;
import io.sluice.fastpath.TraceEvent.SentTo;
import io.sluice.fastpath.TraceResult;
import io.sluice.fastpath.TracedPacket;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/**
 * Where a traced packet and its copies end.
 *
 * @param sent in order
 * @param sentUp whether {@code packet/in} gets it
 * @param dropped why it ends, if it, and not only a copy, was not sent
 */
record TraceOutcome(List<SentTo> sent, boolean sentUp, Optional<DropReason> dropped) {
    static TraceOutcome of(TraceResult result) {
        List<TraceEvent> all = new ArrayList<>();
        gather(result.events(), all);
        return new TraceOutcome(
                all.stream().filter(SentTo.class::isInstance).map(SentTo.class::cast).toList(),
                all.stream().anyMatch(TraceEvent.SentUp.class::isInstance),
                result.events().stream()
                        .map(Node::event)
                        .filter(TraceEvent.Dropped.class::isInstance)
                        .map(event -> ((TraceEvent.Dropped) event).reason())
                        .findFirst());
    }

    private static void gather(List<Node> nodes, List<TraceEvent> all) {
        for (Node node : nodes) {
            all.add(node.event());
            gather(node.within(), all);
        }
    }

    /** The headers in which a packet differs from what it was; empty when in none. */
    static String changes(TracedPacket before, TracedPacket after) {
        Set<String> words = words(after);
        words.removeAll(words(before));
        return String.join(",", words);
    }

    private static Set<String> words(TracedPacket packet) {
        return new LinkedHashSet<>(Arrays.asList(PacketMatch.headers(packet.key()).split(",")));
    }
}
