package io.sluice.control.differential;

import java.util.List;

/**
 * Where the kernel and Sluice said different things.
 *
 * @param packet number of the last packet that both answered; -1: the dumps at the end differ
 * @param kernel its answers up to that packet, or all
 * @param atTheEnd what the dumps differ in; empty when a packet's answers do
 */
record Disagreement(int packet, List<Answer> kernel, List<Answer> sluice, String atTheEnd) {
    /** The packets with both answers, a line each. */
    String show(Sequence sequence) {
        StringBuilder text = new StringBuilder();
        for (int i = 0; i < kernel.size(); i++) {
            text.append(
                    "  %-70s kernel %-22s sluice %s%n"
                            .formatted(
                                    sequence.packets().get(i).text(),
                                    kernel.get(i).brief(),
                                    sluice.get(i).brief()));
        }
        if (atTheEnd.isEmpty()) {
            Answer.Tracked one = kernel.getLast().connection();
            Answer.Tracked other = sluice.getLast().connection();
            text.append("  kernel: %s, %d s%n".formatted(one.shown(), one.seconds()));
            text.append("  sluice: %s, %d s%n".formatted(other.shown(), other.seconds()));
        }
        return text.append(atTheEnd).toString();
    }

    /** Whether it is about the same answers, and not another one. */
    boolean isLike(Disagreement other) {
        return packet < 0
                ? other.packet < 0
                : other.packet >= 0
                        && kernel.getLast().brief().equals(other.kernel.getLast().brief())
                        && sluice.getLast().brief().equals(other.sluice.getLast().brief());
    }

    /** The kernel's answer to the packet before, and both answers: what is reported once. */
    String signature() {
        if (!atTheEnd.isEmpty()) {
            return "dump";
        }
        String before = packet == 0 ? "" : kernel.get(packet - 1).brief();
        return String.join(" / ", before, kernel.getLast().brief(), sluice.getLast().brief());
    }
}
