package io.sluice.conntrack;

import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;

/**
 * How long a connection may be silent, by what it is: one number for each {@link Kind}, in
 * milliseconds. Immutable.
 */
public final class Timeouts {
    /** Shorter ones are refused: cached ways look at the clock once a second. */
    public static final int MIN_SECONDS = 1;

    /** Longer ones do not fit the clock of 32-bit milliseconds. */
    public static final int MAX_SECONDS = 1_000_000;

    /** The states that have a timeout of their own; the first are {@link TcpState}'s, in order. */
    enum Kind {
        TCP_NONE(TcpState.NONE),
        TCP_SYN_SENT(TcpState.SYN_SENT),
        TCP_SYN_RECV(TcpState.SYN_RECV),
        TCP_ESTABLISHED(TcpState.ESTABLISHED),
        TCP_FIN_WAIT(TcpState.FIN_WAIT),
        TCP_CLOSE_WAIT(TcpState.CLOSE_WAIT),
        TCP_LAST_ACK(TcpState.LAST_ACK),
        TCP_TIME_WAIT(TcpState.TIME_WAIT),
        TCP_CLOSE(TcpState.CLOSE),
        TCP_SYN_SENT2(TcpState.SYN_SENT2),
        UDP_UNREPLIED(30),
        UDP_REPLIED(120),
        ICMP(30),
        OTHER(600),
        ICMPV6(30),
        // Not of a state: these shorten the timeout of connections that may have lost one side.
        TCP_MAX_RETRANS(300),
        TCP_UNACKNOWLEDGED(300),
        // SctpState's without NONE, in order.
        SCTP_CLOSED(SctpState.CLOSED),
        SCTP_COOKIE_WAIT(SctpState.COOKIE_WAIT),
        SCTP_COOKIE_ECHOED(SctpState.COOKIE_ECHOED),
        SCTP_ESTABLISHED(SctpState.ESTABLISHED),
        SCTP_SHUTDOWN_SENT(SctpState.SHUTDOWN_SENT),
        SCTP_SHUTDOWN_RECD(SctpState.SHUTDOWN_RECD),
        SCTP_SHUTDOWN_ACK_SENT(SctpState.SHUTDOWN_ACK_SENT),
        SCTP_HEARTBEAT_SENT(SctpState.HEARTBEAT_SENT),
        GRE_UNREPLIED(30),
        GRE_REPLIED(180);

        private final int seconds;

        Kind(int seconds) {
            this.seconds = seconds;
        }

        Kind(TcpState state) {
            this(state.timeoutSeconds());
        }

        Kind(SctpState state) {
            this(state.timeoutSeconds());
        }

        static Kind of(int ordinal) {
            return KINDS[ordinal];
        }

        String text() {
            return name().toLowerCase(Locale.ROOT).replace('_', '-');
        }
    }

    private static final Kind[] KINDS = Kind.values();

    /** Linux's defaults. */
    public static final Timeouts DEFAULT = new Timeouts(Map.of());

    private final int[] milliseconds = new int[KINDS.length];

    /**
     * @param seconds by name ({@code tcp-established}, {@code udp-unreplied}...); others keep
     *     Linux's default
     * @throws IllegalArgumentException naming an unknown name, or a number out of bounds
     */
    public Timeouts(Map<String, Integer> seconds) {
        Map<String, Integer> rest = new TreeMap<>(seconds);
        for (Kind kind : KINDS) {
            Integer given = rest.remove(kind.text());
            int chosen = given == null ? kind.seconds : given;
            if (chosen < MIN_SECONDS || chosen > MAX_SECONDS) {
                throw new IllegalArgumentException(
                        kind.text()
                                + ": "
                                + chosen
                                + " is not within "
                                + MIN_SECONDS
                                + "-"
                                + MAX_SECONDS
                                + " seconds");
            }
            milliseconds[kind.ordinal()] = chosen * 1000;
        }
        if (!rest.isEmpty()) {
            throw new IllegalArgumentException(
                    "unknown timeout '"
                            + rest.keySet().iterator().next()
                            + "'; known are "
                            + String.join(", ", names()));
        }
    }

    /** All of them by name, in the order of {@link #names}. */
    public Map<String, Integer> seconds() {
        Map<String, Integer> seconds = new LinkedHashMap<>();
        for (Kind kind : KINDS) {
            seconds.put(kind.text(), milliseconds[kind.ordinal()] / 1000);
        }
        return seconds;
    }

    /** The names that the constructor knows. */
    public static String[] names() {
        String[] names = new String[KINDS.length];
        for (Kind kind : KINDS) {
            names[kind.ordinal()] = kind.text();
        }
        return names;
    }

    int milliseconds(int kindOrdinal) {
        return milliseconds[kindOrdinal];
    }
}
