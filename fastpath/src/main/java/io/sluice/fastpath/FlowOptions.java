package io.sluice.fastpath;

import java.util.Collections;
import java.util.EnumSet;
import java.util.Set;

/**
 * What a flow says about itself besides match and actions.
 *
 * @param idleTimeoutSeconds without a packet, after which the flow is deleted; 0: never. {@code
 *     fin_timeout} may shorten it
 * @param hardTimeoutSeconds after which the flow is deleted; 0: never. {@code fin_timeout} may
 *     shorten it
 * @param importance shown, without other effect: no flow ever has to make room
 */
public record FlowOptions(
        int idleTimeoutSeconds, int hardTimeoutSeconds, int importance, Set<Flag> flags) {
    public static final FlowOptions NONE = new FlowOptions(0, 0, 0, Set.of());

    /** In the order in which they are displayed. */
    public enum Flag {
        /** Shown, without other effect: there is no controller to tell. */
        SEND_FLOW_REM("send_flow_rem"),
        /** The flow is refused when it could match what another of the same priority does. */
        CHECK_OVERLAP("check_overlap"),
        /** A new flow counts from 0, and so does one that is modified with this. */
        RESET_COUNTS("reset_counts"),
        /** Shown, without other effect: packets are counted all the same. */
        NO_PACKET_COUNTS("no_packet_counts"),
        /** Shown, without other effect: bytes are counted all the same. */
        NO_BYTE_COUNTS("no_byte_counts");

        private final String text;

        Flag(String text) {
            this.text = text;
        }

        /** The name in flow syntax. */
        public String text() {
            return text;
        }
    }

    public FlowOptions {
        // In the order of the enum, for display.
        flags = flags.isEmpty() ? Set.of() : Collections.unmodifiableSet(EnumSet.copyOf(flags));
    }

    public static FlowOptions timeouts(int idleSeconds, int hardSeconds) {
        return new FlowOptions(idleSeconds, hardSeconds, 0, Set.of());
    }
}
