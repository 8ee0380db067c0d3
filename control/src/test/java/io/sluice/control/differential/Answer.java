package io.sluice.control.differential;

import io.sluice.conntrack.CtState;
import java.util.ArrayList;
import java.util.List;

/**
 * What was said to a packet.
 *
 * @param ctState the lower six bits of {@link CtState}; -1: it was dropped
 * @param connection of the packet's tuple, after it
 */
record Answer(int ctState, Tracked connection) {
    /**
     * A connection, for comparison.
     *
     * @param line as dumps show it
     * @param status UNREPLIED, REPLIED; empty for TCP and SCTP, whose states say more
     * @param seconds until it expires
     */
    record Tracked(String line, String status, long seconds) {
        static final Tracked NONE = new Tracked("-", "", 0);

        Tracked {
            status = line.contains(",protoinfo=") ? "" : status;
        }

        String shown() {
            return status.isEmpty() ? line : line + " " + status;
        }

        /** The state alone. */
        String state() {
            int tcp = line.indexOf("(state=");
            return tcp < 0
                    ? (status.isEmpty() ? "-" : status)
                    : line.substring(tcp + 7, line.length() - 1);
        }
    }

    boolean isInvalid() {
        return ctState >= 0 && (ctState & CtState.INVALID) != 0;
    }

    /** {@code est|rpl}, without {@code trk}. */
    String ctStateText() {
        if (ctState < 0) {
            return "dropped";
        }
        if (ctState == 0) {
            return "untracked";
        }
        List<String> names = new ArrayList<>();
        for (int bit = 0; bit < CtState.NAMES.size(); bit++) {
            if ((ctState & ~CtState.TRACKED & (1 << bit)) != 0) {
                names.add(CtState.NAMES.get(bit));
            }
        }
        return String.join("|", names);
    }

    String brief() {
        return ctStateText() + " " + connection.state();
    }

    boolean agreesWith(Answer other, int secondsApart) {
        return agreesButForTime(other)
                && Math.abs(connection.seconds - other.connection.seconds) <= secondsApart;
    }

    boolean agreesButForTime(Answer other) {
        return ctState == other.ctState && connection.shown().equals(other.connection.shown());
    }
}
