package io.sluice.conntrack;

import io.sluice.packet.IpAddress;
import io.sluice.packet.Memory;

/**
 * A copy of an event of a port block.
 *
 * @param timeMs when it happened
 * @param zone of the client
 * @param replyZone of the outside address, mostly the same
 * @param client the inside address that has the block, or had it
 */
public record BlockEvent(
        EventType type,
        long timeMs,
        int zone,
        int replyZone,
        IpAddress client,
        IpAddress outside,
        int firstPort,
        int lastPort) {
    /**
     * Whether the event is of a port block.
     *
     * @param event address of a record of {@link EventLayout} that is no loss
     */
    public static boolean isOne(long event) {
        return !EventType.ofCode(EventRecord.type(event)).isOfConnection();
    }

    /** Copies an event of a port block. */
    public static BlockEvent read(long event) {
        Tuple client =
                EventRecord.tuple(event, EventLayout.TUPLE_ADDRESSES, EventLayout.TUPLE_PORTS);
        Tuple outside =
                EventRecord.tuple(event, EventLayout.REPLY_ADDRESSES, EventLayout.REPLY_PORTS);
        return new BlockEvent(
                EventType.ofCode(EventRecord.type(event)),
                Memory.getLong(event + EventLayout.TIME_MS),
                Memory.getShort(event + EventLayout.ZONE),
                Memory.getShort(event + EventLayout.REPLY_ZONE),
                client.src(),
                outside.dst(),
                outside.srcPort(),
                outside.dstPort());
    }
}
