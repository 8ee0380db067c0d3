package io.sluice.control.differential;

import io.sluice.control.differential.Answer.Tracked;
import io.sluice.packet.Tcp;
import java.util.List;
import java.util.Optional;

/** Why the timeouts of a TCP connection may differ where all else agrees: docs/differences.md. */
enum TimeDifference {
    /**
     * Sluice wants that acknowledged, too, which a side began with, or by which it went too far.
     */
    UNACKNOWLEDGED("what is unacknowledged"),
    /** The kernel counts equal segments. */
    REPEATED("equal segments"),
    /** In the kernel the window of a SYN that is not believed counts, if the next is outside. */
    NOT_BELIEVED("a window that was not believed");

    // Linux's tcp-unacknowledged and tcp-max-retrans, both counted down a little.
    private static final int SHORT_SECONDS = 300;
    private static final int COUNTED_DOWN = 2;
    // The first one, and nf_conntrack_tcp_max_retrans.
    private static final int EQUAL_SEGMENTS = 4;

    private final String text;

    TimeDifference(String text) {
        this.text = text;
    }

    String text() {
        return text;
    }

    /**
     * @param shortest a sequence of which nothing can be left out
     */
    static Optional<TimeDifference> of(Sequence shortest, Disagreement disagreement) {
        if (disagreement.packet() < 0) {
            return Optional.empty();
        }
        Answer one = disagreement.kernel().getLast();
        Answer other = disagreement.sluice().getLast();
        Tracked connection = other.connection();
        if (!one.agreesButForTime(other) || !connection.state().equals("ESTABLISHED")) {
            return Optional.empty();
        }
        boolean kernelIsShort = isShort(one.connection());
        long longer = Math.max(one.connection().seconds(), connection.seconds());
        if (kernelIsShort == isShort(connection) || longer <= SHORT_SECONDS) {
            return Optional.empty();
        }
        List<Packet> packets = shortest.packets().subList(0, disagreement.packet() + 1);
        if (kernelIsShort && endsWithEqual(packets)) {
            return Optional.of(REPEATED);
        }
        if (isAfterSynOfPickedUp(packets)) {
            return Optional.of(NOT_BELIEVED);
        }
        return kernelIsShort ? Optional.empty() : Optional.of(UNACKNOWLEDGED);
    }

    private static boolean isAfterSynOfPickedUp(List<Packet> packets) {
        return packets.size() > 2
                && (packets.getFirst().tcpFlags() & Tcp.SYN) == 0
                && (packets.get(packets.size() - 2).tcpFlags() & Tcp.SYN) != 0;
    }

    private static boolean isShort(Tracked connection) {
        return connection.seconds() <= SHORT_SECONDS
                && connection.seconds() >= SHORT_SECONDS - COUNTED_DOWN;
    }

    private static boolean endsWithEqual(List<Packet> packets) {
        if (packets.size() < EQUAL_SEGMENTS) {
            return false;
        }
        return packets.subList(packets.size() - EQUAL_SEGMENTS, packets.size()).stream()
                        .map(Packet::segment)
                        .distinct()
                        .count()
                == 1;
    }
}
