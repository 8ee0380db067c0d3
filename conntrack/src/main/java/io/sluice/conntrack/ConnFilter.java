package io.sluice.conntrack;

import io.sluice.packet.IpAddress;
import java.util.Optional;
import java.util.OptionalInt;

/**
 * Which connections a dump, count or flush is about: those that agree with every part that is
 * there. Immutable.
 *
 * @param zone of either direction
 * @param markMask bits of {@code mark} that are compared
 * @param label bits of ct_label that are compared
 * @param state a name that {@link Connection#state} uses, in any case
 * @param proto IP protocol number
 */
public record ConnFilter(
        OptionalInt zone,
        OptionalInt mark,
        int markMask,
        Optional<Label> label,
        Optional<String> state,
        OptionalInt proto,
        Direction original,
        Direction reply) {

    /** Parts of a tuple, ports as in {@link Tuple}, and the direction's zone. */
    public record Direction(
            Optional<IpAddress> src,
            Optional<IpAddress> dst,
            OptionalInt srcPort,
            OptionalInt dstPort,
            OptionalInt zone) {
        public static final Direction ANY =
                new Direction(
                        Optional.empty(),
                        Optional.empty(),
                        OptionalInt.empty(),
                        OptionalInt.empty());

        /** In any zone. */
        public Direction(
                Optional<IpAddress> src,
                Optional<IpAddress> dst,
                OptionalInt srcPort,
                OptionalInt dstPort) {
            this(src, dst, srcPort, dstPort, OptionalInt.empty());
        }
    }

    /** A value of 128 bits and which of them count; bits that do not are 0. */
    public record Label(long high, long low, long maskHigh, long maskLow) {}

    public static final ConnFilter ALL =
            new ConnFilter(
                    OptionalInt.empty(),
                    OptionalInt.empty(),
                    0,
                    Optional.empty(),
                    Optional.empty(),
                    OptionalInt.empty(),
                    Direction.ANY,
                    Direction.ANY);

    public static ConnFilter ofZone(int zone) {
        return new ConnFilter(
                OptionalInt.of(zone),
                OptionalInt.empty(),
                0,
                Optional.empty(),
                Optional.empty(),
                OptionalInt.empty(),
                Direction.ANY,
                Direction.ANY);
    }

    /** Whether the zone is all that this filter asks for: such a flush is one write. */
    public boolean isZoneOnly() {
        return zone.isPresent()
                && mark.isEmpty()
                && label.isEmpty()
                && state.isEmpty()
                && proto.isEmpty()
                && original.equals(Direction.ANY)
                && reply.equals(Direction.ANY);
    }
}
