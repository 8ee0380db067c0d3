package io.sluice.conntrack;

import io.sluice.packet.Memory;
import java.util.Optional;

/**
 * A copy of an event.
 *
 * @param reason of a destroy event
 * @param timeMs when it happened; all times are on one clock, in milliseconds
 * @param firstMs when the connection's first packet came
 * @param lastMs when its last one came
 * @param connection as it was; it does not say how long until it expires
 */
public record ConnEvent(
        EventType type,
        Optional<EndReason> reason,
        long timeMs,
        long firstMs,
        long lastMs,
        Connection connection,
        Counted original,
        Counted reply) {
    /** What a direction has counted; bytes are those of IP packets. */
    public record Counted(long packets, long bytes) {}

    /**
     * Copies an event.
     *
     * @param event address of a record of {@link EventLayout} that is of a connection
     */
    public static ConnEvent read(long event) {
        EventType type = EventType.ofCode(EventRecord.type(event));
        int protocol = EventRecord.protocol(event);
        Counted original = counted(event + EventLayout.PACKETS);
        Counted reply = counted(event + EventLayout.REPLY_PACKETS);
        Connection connection =
                new Connection(
                        protocol,
                        Memory.getShort(event + EventLayout.ZONE),
                        Memory.getShort(event + EventLayout.REPLY_ZONE),
                        Memory.getInt(event + EventLayout.MARK),
                        Memory.getLong(event + EventLayout.LABEL_HIGH),
                        Memory.getLong(event + EventLayout.LABEL_LOW),
                        ConnReader.stateName(protocol, EventRecord.state(event)),
                        EventRecord.tuple(
                                event, EventLayout.TUPLE_ADDRESSES, EventLayout.TUPLE_PORTS),
                        EventRecord.tuple(
                                event, EventLayout.REPLY_ADDRESSES, EventLayout.REPLY_PORTS),
                        original.packets() + reply.packets(),
                        original.bytes() + reply.bytes(),
                        0);
        return new ConnEvent(
                type,
                type == EventType.DESTROY
                        ? Optional.of(EndReason.of(Memory.getByte(event + EventLayout.REASON)))
                        : Optional.empty(),
                Memory.getLong(event + EventLayout.TIME_MS),
                Memory.getLong(event + EventLayout.FIRST_MS),
                Memory.getLong(event + EventLayout.LAST_MS),
                connection,
                original,
                reply);
    }

    private static Counted counted(long address) {
        return new Counted(Memory.getLong(address), Memory.getLong(address + Long.BYTES));
    }

    /** From the first packet to the last. */
    public long durationMs() {
        return lastMs - firstMs;
    }
}
