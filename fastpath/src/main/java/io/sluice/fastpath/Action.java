package io.sluice.fastpath;

import io.sluice.conntrack.Helper;
import io.sluice.natlb.NatRange;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;

/**
 * One step of a flow or of a group's bucket, with the meaning it has in Open vSwitch's
 * ovs-actions(7). An empty list of actions drops the packet. Immutable.
 */
public sealed interface Action {
    /** Sends the packet as it is now. Nothing happens when the port is the packet's own. */
    record Output(int port) implements Action {
        /** No port has this number. */
        static final int NO_PORT = Integer.MAX_VALUE;

        /** The number as a port; one that no port can have becomes {@link #NO_PORT}. */
        static int portOf(long number) {
            return number < 0 || number > NO_PORT ? NO_PORT : (int) number;
        }
    }

    /**
     * Sends at most so many bytes of the packet; what follows has all of it.
     *
     * @param port or {@link #IN_PORT}
     * @param maxBytes at least {@link #MIN_BYTES}
     */
    record OutputTruncated(int port, int maxBytes) implements Action {
        /** Back where the packet came from. */
        public static final int IN_PORT = -1;

        /** An Ethernet header. */
        public static final int MIN_BYTES = 14;
    }

    /** Sends the packet to the port whose number the bits hold. */
    record OutputField(SubField port) implements Action {}

    /** Sends the packet back where it came from. */
    record OutputInPort() implements Action {}

    /** Switches the packet by the learned Ethernet addresses; an unknown one is flooded. */
    record Normal() implements Action {}

    /** Sends the packet to every port but its own. */
    record Flood() implements Action {}

    /** As {@link Flood}: Sluice's ports have no flag that keeps floods from them. */
    record All() implements Action {}

    /**
     * Sends a copy up, to whoever reads {@code packet/in}.
     *
     * @param maxBytes of the packet that are sent up; 65535: all
     * @param reason what the reader is told
     * @param id of the controller, for the reader
     * @param userdata for the reader; may be empty
     */
    record Controller(int maxBytes, PacketInReason reason, int id, Bytes userdata)
            implements Action {}

    /**
     * Sets bits of a field: {@code set_field}, {@code load}, {@code mod_dl_src} and their like.
     * Nothing happens to a packet that does not have the field.
     */
    record Set(Field field, long high, long low, long maskHigh, long maskLow) implements Action {
        public static Set whole(Field field, long value) {
            return new Set(field, 0, value, field.maxHigh(), field.maxValue());
        }
    }

    /** Copies bits of a field to as many bits of another ({@code move}). */
    record Move(SubField from, SubField to) implements Action {
        public Move {
            if (from.bits() != to.bits()) {
                throw new IllegalArgumentException(
                        "%d bits cannot be moved to %d bits".formatted(from.bits(), to.bits()));
            }
        }
    }

    /** Adds an outermost VLAN tag, with VLAN and priority 0. */
    record PushVlan(int tpid) implements Action {}

    /** Takes the outermost VLAN tag off, if there is one. */
    record PopVlan() implements Action {}

    /** Sets the VLAN, 12 bits, of the outermost tag; adds a tag if there is none. */
    record SetVlanVid(int vid) implements Action {}

    /** Sets the priority, 3 bits, of the outermost tag; adds a tag if there is none. */
    record SetVlanPcp(int pcp) implements Action {}

    /** One less; a packet whose TTL or hop limit is 1 or 0 is handled as expired and ends here. */
    record DecTtl() implements Action {}

    record Group(int id) implements Action {}

    /**
     * Looks the packet up again, as it is now, and goes on with the next action after that.
     *
     * @param inPort the input port for that lookup, or {@link #SAME}
     * @param table where to look it up, or {@link #SAME}: the table of the flow at work
     * @param swapConnection {@code resubmit(port,table,ct)}: the lookup sees the addresses and
     *     ports of the connection's original direction
     */
    record Resubmit(int inPort, int table, boolean swapConnection) implements Action {
        public static final int SAME = -1;

        public static Resubmit to(int table) {
            return new Resubmit(SAME, table, false);
        }
    }

    /** Goes on in a later table; the last action of a flow. */
    record GotoTable(int table) implements Action {}

    /**
     * Tracks the connection.
     *
     * @param zone 0 to 65535: of the original direction, and of the reply's if it has no other
     * @param commit makes the connection one that later packets find
     * @param force with commit: a connection found in the reply direction ends and this packet
     *     begins a new one
     * @param table where the packet goes on with its ct fields set; -1: nowhere. For the steps
     *     after this one the ct fields are 0 either way
     * @param nat translate: with a range where commit makes the connection, without one only as an
     *     earlier commit decided
     * @param exec {@link Set} and {@link Move} of ct_mark and ct_label, commit only; done in their
     *     order
     * @param zoneField where the zone is read from instead
     * @param replyZone the zone in which the connection is found in its reply direction only, while
     *     it is found in the other zone in its original direction only; empty where both are one
     * @param log with commit: the connection's end is logged, whatever the log's filter says
     * @param helper with commit: what looks into the packets of a new connection
     * @param untied with a helper: connections that it makes expected may outlive their master
     */
    record Ct(
            int zone,
            boolean commit,
            boolean force,
            int table,
            boolean nat,
            Optional<NatRange> range,
            List<Action> exec,
            Optional<SubField> zoneField,
            Optional<Zone> replyZone,
            boolean log,
            Helper helper,
            boolean untied)
            implements Action {
        /**
         * A zone.
         *
         * @param number 0 to 65535
         * @param field where it is read from instead
         */
        public record Zone(int number, Optional<SubField> field) {
            /** The zone for a packet with this flow key. */
            int of(long[] key) {
                return field.isPresent() ? (int) field.get().get(key) & 0xFFFF : number;
            }
        }

        public Ct {
            exec = List.copyOf(exec);
            Zone original = new Zone(zone, zoneField);
            replyZone = replyZone.filter(other -> !other.equals(original));
        }

        /** The zone of the original direction. */
        public Zone originalZone() {
            return new Zone(zone, zoneField);
        }

        /** Without a helper. */
        public Ct(
                int zone,
                boolean commit,
                boolean force,
                int table,
                boolean nat,
                Optional<NatRange> range,
                List<Action> exec,
                Optional<SubField> zoneField,
                Optional<Zone> replyZone,
                boolean log) {
            this(
                    zone,
                    commit,
                    force,
                    table,
                    nat,
                    range,
                    exec,
                    zoneField,
                    replyZone,
                    log,
                    Helper.NONE,
                    false);
        }

        /** With a helper. */
        public Ct with(Helper chosen, boolean childrenUntied) {
            return new Ct(
                    zone,
                    commit,
                    force,
                    table,
                    nat,
                    range,
                    exec,
                    zoneField,
                    replyZone,
                    log,
                    chosen,
                    childrenUntied);
        }

        /** In one zone, and without the log. */
        public Ct(
                int zone,
                boolean commit,
                boolean force,
                int table,
                boolean nat,
                Optional<NatRange> range,
                List<Action> exec,
                Optional<SubField> zoneField) {
            this(zone, commit, force, table, nat, range, exec, zoneField, Optional.empty(), false);
        }

        /** Sets bits of ct_mark to a value; mask 0: none. */
        public Ct(
                int zone,
                boolean commit,
                boolean force,
                int table,
                boolean nat,
                Optional<NatRange> range,
                int markValue,
                int markMask) {
            this(
                    zone,
                    commit,
                    force,
                    table,
                    nat,
                    range,
                    markMask == 0 ? List.of() : List.of(setMark(markValue, markMask)),
                    Optional.empty());
        }

        private static Set setMark(int value, int mask) {
            return new Set(
                    Field.CT_MARK,
                    0,
                    Integer.toUnsignedLong(value),
                    0,
                    Integer.toUnsignedLong(mask));
        }

        /** Which of the lower 64 bits of ct_mark or ct_label are set. */
        long maskLow(Field field) {
            long mask = 0;
            for (int i = 0; i < exec.size(); i++) {
                mask |= isOf(exec.get(i), field) ? maskLow(exec.get(i)) : 0;
            }
            return mask;
        }

        /** Which of the upper 64 bits. */
        long maskHigh(Field field) {
            long mask = 0;
            for (int i = 0; i < exec.size(); i++) {
                mask |= isOf(exec.get(i), field) ? maskHigh(exec.get(i)) : 0;
            }
            return mask;
        }

        /** What the lower 64 bits are set to, when the packet has this key. */
        long low(Field field, long[] key) {
            long value = 0;
            for (int i = 0; i < exec.size(); i++) {
                Action step = exec.get(i);
                if (isOf(step, field)) {
                    long bits =
                            step instanceof Move move
                                    ? move.to().shiftedLow(move.from().get(key))
                                    : ((Set) step).low();
                    value = (value & ~maskLow(step)) | (bits & maskLow(step));
                }
            }
            return value;
        }

        /** What the upper 64 bits are set to. */
        long high(Field field, long[] key) {
            long value = 0;
            for (int i = 0; i < exec.size(); i++) {
                Action step = exec.get(i);
                if (isOf(step, field)) {
                    long bits =
                            step instanceof Move move
                                    ? move.to()
                                            .shiftedHigh(
                                                    move.from().getHigh(key), move.from().get(key))
                                    : ((Set) step).high();
                    value = (value & ~maskHigh(step)) | (bits & maskHigh(step));
                }
            }
            return value;
        }

        private static boolean isOf(Action step, Field field) {
            return field == (step instanceof Move move ? move.to().field() : ((Set) step).field());
        }

        private static long maskLow(Action step) {
            return step instanceof Move move ? move.to().maskLow() : ((Set) step).maskLow();
        }

        private static long maskHigh(Action step) {
            return step instanceof Move move ? move.to().maskHigh() : ((Set) step).maskHigh();
        }
    }

    /** Forgets what the last {@code ct()} found: the ct fields become 0. */
    record CtClear() implements Action {}

    /** Does the actions and then takes all changes of the packet back. */
    record Clone(List<Action> actions) implements Action {
        public Clone {
            actions = List.copyOf(actions);
        }
    }

    /** Installs a flow made from the packet. */
    record Learn(LearnedFlow flow) implements Action {}

    /**
     * One dimension of a conjunctive match: the flow with {@code conj_id=ID} matches when flows of
     * all dimensions do.
     *
     * @param dimension from 0
     */
    record Conjunction(int id, int dimension, int dimensions) implements Action {}

    /**
     * A TCP packet with FIN or RST shortens the timeouts of the flow to these.
     *
     * @param idleSeconds 0: leaves the idle timeout
     * @param hardSeconds 0: leaves the hard timeout
     */
    record FinTimeout(int idleSeconds, int hardSeconds) implements Action {}

    /** Does nothing. */
    record Note(Bytes bytes) implements Action {}

    /**
     * Stores the number of a link, chosen by a hash.
     *
     * @param links how many there are
     * @param argument of the algorithm
     */
    record Multipath(
            HashFields fields, int basis, Algorithm algorithm, int links, int argument, SubField to)
            implements Action {
        public enum Algorithm {
            MODULO_N,
            HASH_THRESHOLD,
            HRW,
            ITER_HASH
        }
    }

    /** Which fields a hash is over. */
    enum HashFields {
        ETH_SRC,
        SYMMETRIC_L4,
        SYMMETRIC_L3L4,
        SYMMETRIC_L3L4_UDP,
        NW_SRC,
        NW_DST,
        SYMMETRIC_L3
    }

    /** Sets the bit to 1 when the packet, from the Ethernet header on, is longer, and else to 0. */
    record CheckPktLarger(int bytes, SubField to) implements Action {}

    /** Packets over the meter's rate are dropped. */
    record Meter(int id) implements Action {}

    /** Replaces actions of the packet's action set, which are done when the tables are passed. */
    record WriteActions(List<Action> actions) implements Action {
        public WriteActions {
            actions = List.copyOf(actions);
        }
    }

    /** Empties the packet's action set. */
    record ClearActions() implements Action {}

    /** Ends the work on this packet; no flow that resubmitted it goes on. */
    record Exit() implements Action {}

    /** Why a packet was sent up. */
    enum PacketInReason {
        NO_MATCH,
        ACTION,
        INVALID_TTL,
        ACTION_SET,
        GROUP,
        PACKET_OUT
    }

    /** Bytes that compare by content. */
    record Bytes(String hex) {
        public static final Bytes NONE = new Bytes("");

        public static Bytes of(byte[] bytes) {
            return new Bytes(HexFormat.of().formatHex(bytes));
        }

        public byte[] toArray() {
            return HexFormat.of().parseHex(hex);
        }
    }

    /** Lists are copied so that a published flow cannot change. */
    static List<Action> listOf(List<Action> actions) {
        return List.copyOf(actions);
    }
}
