package io.sluice.control.differential;

import io.sluice.control.differential.Answer.Tracked;
import io.sluice.packet.Tcp;
import java.io.IOException;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeSet;

/** Sends the same sequences through both and compares every answer, and both dumps. */
final class Comparison {
    /** How many sequences' connections are there together. */
    static final int TOGETHER = 128;

    private static final int MAX_REPORTS = Integer.getInteger("sluice.differential.reports", 8);
    // Both count whole seconds down, and not from the same moment.
    private static final int SECONDS_APART = 2;

    private final Tracking kernel;
    private final Tracking sluice;
    private final Map<String, String> reports = new LinkedHashMap<>();
    private int packets;
    private int failed;
    private int leftByInvalid;
    private int resetsAfterLiberal;
    private final Map<TimeDifference, Integer> timeDifferences =
            new EnumMap<>(TimeDifference.class);

    Comparison(Tracking kernel, Tracking sluice) {
        this.kernel = kernel;
        this.sluice = sluice;
    }

    /** Packets that were compared. */
    int packets() {
        return packets;
    }

    /** Sequences that were not treated alike. */
    int failed() {
        return failed;
    }

    /**
     * Sequences that were not treated alike because the kernel remembers something of packets that
     * it calls invalid, and Sluice does not: docs/differences.md.
     */
    int leftByInvalid() {
        return leftByInvalid;
    }

    /** Sequences that end with such a RST on a connection without windows: docs/differences.md. */
    int resetsAfterLiberal() {
        return resetsAfterLiberal;
    }

    /** Sequences with timeouts that differ for this reason: docs/differences.md. */
    int timeDifferences(TimeDifference why) {
        return timeDifferences.getOrDefault(why, 0);
    }

    /** One for each kind of disagreement. */
    Map<String, String> reports() {
        return reports;
    }

    /** Sequences that are there at the same time; what they disagree in is reported. */
    List<List<Answer>> compare(List<Sequence> sequences) throws IOException {
        kernel.flush();
        sluice.flush();
        List<List<Answer>> answers = new ArrayList<>();
        List<Sequence> wrong = new ArrayList<>();
        for (Sequence sequence : sequences) {
            List<Answer> said = kernel.send(sequence.packets());
            answers.add(said);
            packets += said.size();
            if (difference(said, sluice.send(sequence.packets())).isPresent()) {
                wrong.add(sequence);
            }
        }
        String dumps = wrong.isEmpty() ? dumpDifference() : "";
        if (!dumps.isEmpty()) {
            // It will be one of them when they go alone, or all of them together.
            failed++;
            report(
                    new Sequence("all", List.of()),
                    new Disagreement(-1, List.of(), List.of(), dumps));
        }
        for (Sequence sequence : wrong) {
            explain(sequence);
        }
        return answers;
    }

    private void explain(Sequence sequence) throws IOException {
        if (reports.size() >= MAX_REPORTS) {
            failed++;
            return;
        }
        Optional<Disagreement> found = alone(sequence);
        if (found.isEmpty()) {
            failed++;
            reports.putIfAbsent("together", sequence.name() + ": only together with others\n");
            return;
        }
        Sequence shortest = shorten(sequence, found.get());
        Disagreement disagreement = alone(shortest).orElse(found.get());
        Optional<TimeDifference> ofTime = TimeDifference.of(shortest, disagreement);
        if (ofTime.isPresent()) {
            timeDifferences.merge(ofTime.get(), 1, Integer::sum);
        } else if (isLeftByInvalid(shortest, disagreement)) {
            leftByInvalid++;
        } else if (isResetAfterLiberal(shortest, disagreement)) {
            resetsAfterLiberal++;
        } else {
            failed++;
            report(shortest, disagreement);
        }
    }

    /**
     * Whether the packets that both call invalid are to blame: nothing can be left out of the
     * sequence, so the kernel would agree without them, and Sluice says the same without them.
     */
    private boolean isLeftByInvalid(Sequence shortest, Disagreement disagreement)
            throws IOException {
        List<Packet> valid = new ArrayList<>();
        List<Answer> said = new ArrayList<>();
        for (int i = 0; i <= disagreement.packet(); i++) {
            Answer answer = disagreement.sluice().get(i);
            boolean invalid = answer.isInvalid() && disagreement.kernel().get(i).isInvalid();
            if (!invalid) {
                valid.add(shortest.packets().get(i));
                said.add(answer);
            }
        }
        if (valid.size() > disagreement.packet()) {
            return false;
        }
        sluice.flush();
        return difference(sluice.send(valid), said).isEmpty();
    }

    /**
     * Whether it is a RST on a connection that was picked up, to whose windows nobody is held: both
     * let it through, and only one believes it.
     */
    private static boolean isResetAfterLiberal(Sequence shortest, Disagreement disagreement) {
        int last = disagreement.packet();
        return last > 0
                && (shortest.packets().getFirst().tcpFlags() & (Tcp.SYN | Tcp.ACK)) == Tcp.ACK
                && (shortest.packets().get(last).tcpFlags() & Tcp.RST) != 0
                && disagreement.kernel().get(last).ctState()
                        == disagreement.sluice().get(last).ctState()
                && disagreement.kernel().get(last - 1).connection().state().equals("ESTABLISHED");
    }

    private void report(Sequence sequence, Disagreement disagreement) {
        reports.putIfAbsent(
                disagreement.signature(), sequence.name() + "\n" + disagreement.show(sequence));
    }

    /** Leaves out what the disagreement does not need. */
    private Sequence shorten(Sequence sequence, Disagreement first) throws IOException {
        int end = first.packet() < 0 ? sequence.packets().size() : first.packet() + 1;
        List<Packet> needed = new ArrayList<>(sequence.packets().subList(0, end));
        // What one packet needs may become needless when another has gone: until none goes.
        for (int i = 0; i < needed.size() - 1; i++) {
            List<Packet> fewer = new ArrayList<>(needed);
            fewer.remove(i);
            Optional<Disagreement> still = alone(new Sequence(sequence.name(), fewer));
            if (still.isPresent() && still.get().isLike(first)) {
                needed = fewer;
                i = -1;
            }
        }
        return new Sequence(sequence.name(), needed);
    }

    private Optional<Disagreement> alone(Sequence sequence) throws IOException {
        kernel.flush();
        sluice.flush();
        List<Answer> one = kernel.send(sequence.packets());
        List<Answer> other = sluice.send(sequence.packets());
        Optional<Disagreement> found = difference(one, other);
        if (found.isPresent()) {
            return found;
        }
        String dumps = dumpDifference();
        return dumps.isEmpty()
                ? Optional.empty()
                : Optional.of(new Disagreement(-1, one, other, dumps));
    }

    private Optional<Disagreement> difference(List<Answer> one, List<Answer> other) {
        for (int i = 0; i < one.size(); i++) {
            if (!one.get(i).agreesWith(other.get(i), SECONDS_APART)) {
                return Optional.of(
                        new Disagreement(i, one.subList(0, i + 1), other.subList(0, i + 1), ""));
            }
        }
        return Optional.empty();
    }

    /** Connections that only one has; empty when the dumps are the same. */
    private String dumpDifference() throws IOException {
        TreeSet<String> one = new TreeSet<>(kernel.dump().stream().map(Tracked::shown).toList());
        TreeSet<String> other = new TreeSet<>(sluice.dump().stream().map(Tracked::shown).toList());
        StringBuilder text = new StringBuilder();
        for (String line : one) {
            text.append(other.contains(line) ? "" : "  only the kernel has %s%n".formatted(line));
        }
        for (String line : other) {
            text.append(one.contains(line) ? "" : "  only Sluice has %s%n".formatted(line));
        }
        return text.toString();
    }
}
