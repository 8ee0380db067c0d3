package io.sluice.fastpath;

import io.sluice.natlb.NatRange;
import java.util.List;
import java.util.Optional;

/** One step of a flow or of a group's bucket. An empty list of actions drops the packet. */
public sealed interface Action {
    /** Sends the packet as it is now. Nothing happens when the port is the packet's own. */
    record Output(int port) implements Action {}

    /** Sends the packet back where it came from. */
    record OutputInPort() implements Action {}

    /** Switches the packet by the learned Ethernet addresses; an unknown one is flooded. */
    record Normal() implements Action {}

    /** {@code mod_dl_src}; 48 bits, the first byte highest. */
    record SetEthSrc(long mac) implements Action {}

    /** {@code mod_dl_dst}; 48 bits, the first byte highest. */
    record SetEthDst(long mac) implements Action {}

    record Group(int id) implements Action {}

    /** Goes on in another table with the packet as it is now ({@code resubmit(,table)}). */
    record Resubmit(int table) implements Action {}

    /**
     * Tracks the connection.
     *
     * @param zone 0 to 65535
     * @param commit makes the connection one that later packets find
     * @param force with commit: a connection found in the reply direction ends and this packet
     *     begins a new one
     * @param table where the packet goes on with its ct fields set; -1: nowhere. For the steps
     *     after this one the ct fields are 0 either way
     * @param nat translate: with a range where commit makes the connection, without one only as an
     *     earlier commit decided
     * @param markValue the new bits of ct_mark ({@code exec(set_field:V/M->ct_mark)}), commit only
     * @param markMask which bits are set; 0: none
     */
    record Ct(
            int zone,
            boolean commit,
            boolean force,
            int table,
            boolean nat,
            Optional<NatRange> range,
            int markValue,
            int markMask)
            implements Action {}

    /** Lists are copied so that a published flow cannot change. */
    static List<Action> listOf(List<Action> actions) {
        return List.copyOf(actions);
    }
}
