package io.sluice.conntrack;

import io.sluice.packet.Memory;

/** How long a connection may be silent, computed from its record when somebody asks. */
final class ConnTimeout {
    // Netfilter's: a question and its answer alone are no stream.
    private static final int STREAM_AFTER_MS = 2000;

    private ConnTimeout() {}

    /**
     * @param original its lines
     * @param word of {@link ConnState}
     */
    static int milliseconds(Timeouts timeouts, long original, int word) {
        if (ConnState.isTcp(word)) {
            return TcpConnection.timeoutMs(timeouts, original, word);
        }
        int kind = ConnState.kind(word);
        boolean shorter =
                switch (Timeouts.Kind.of(kind)) {
                    case UDP_REPLIED -> endsWithFirstAnswer(original) || isYoung(original);
                    case GRE_REPLIED -> endsWithFirstAnswer(original);
                    default -> false;
                };
        // Without an answer the timeout is that of the kind before.
        return timeouts.milliseconds(shorter ? kind - 1 : kind);
    }

    private static long reply(long original) {
        return original + ConnLayout.LINE_BYTES;
    }

    private static int lastSeenMs(long line) {
        return Memory.getIntOpaque(line + ConnLayout.LAST_SEEN_MS);
    }

    private static boolean endsWithFirstAnswer(long original) {
        return LineCounters.packets(reply(original)) == 1
                && lastSeenMs(reply(original)) - lastSeenMs(original) >= 0;
    }

    /** Whether the last packet came within the time after the first; workers' clocks may differ. */
    private static boolean isYoung(long original) {
        int one = lastSeenMs(original);
        int other = lastSeenMs(reply(original));
        int last = one - other >= 0 ? one : other;
        int ageMs = last - LineCounters.madeMs(original, reply(original));
        return ageMs <= STREAM_AFTER_MS && ageMs >= -STREAM_AFTER_MS;
    }
}
