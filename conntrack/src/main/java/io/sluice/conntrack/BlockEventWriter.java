package io.sluice.conntrack;

import io.sluice.packet.Memory;

/**
 * Writes what happens to port blocks into a worker's ring, if somebody wants it. That worker; an
 * event is written by {@link #begin}, the two sides, and {@link #end}.
 */
public final class BlockEventWriter {
    private final ConnEvents events;
    private final ConnOwner owner;
    private EventType type = EventType.BLOCK_ALLOCATED;
    private boolean ipv6;
    private long event;

    BlockEventWriter(ConnEvents events, ConnOwner owner) {
        this.events = events;
        this.owner = owner;
    }

    /**
     * Begins an event.
     *
     * @return whether somebody wants some of its type; if not, it is not to be written
     */
    public boolean begin(EventType what, boolean isIpv6) {
        if (!events.wants(what)) {
            return false;
        }
        type = what;
        ipv6 = isIpv6;
        event = owner.events().open();
        Memory.zero(event, EventLayout.RECORD_BYTES);
        Memory.putByte(event + EventLayout.FLAGS, ipv6 ? EventLayout.FLAG_IPV6 : 0);
        return true;
    }

    /** Whose the block is; IPv4 in the lower 32 bits. */
    public void client(int zone, long high, long low) {
        Memory.putShort(event + EventLayout.ZONE, zone);
        putAddress(event + EventLayout.TUPLE_ADDRESSES, high, low);
    }

    /** Of which address it is. */
    public void outside(int zone, long high, long low) {
        Memory.putShort(event + EventLayout.REPLY_ZONE, zone);
        putAddress(event + EventLayout.REPLY_ADDRESSES + EventRecord.ADDRESS_BYTES, high, low);
    }

    private void putAddress(long address, long high, long low) {
        if (ipv6) {
            EventRecord.putBe(address, high);
            EventRecord.putBe(address + Long.BYTES, low);
        } else {
            EventRecord.putIpv4(address, (int) low);
        }
    }

    /** Which ports it has; sends the event. */
    public void end(int firstPort, int lastPort, int nowMs) {
        Memory.putShort(event + EventLayout.REPLY_PORTS, firstPort);
        Memory.putShort(event + EventLayout.REPLY_PORTS + Short.BYTES, lastPort);
        long clockMs = owner.clockMs(nowMs);
        Memory.putLong(event + EventLayout.TIME_MS, clockMs);
        Memory.putLong(event + EventLayout.FIRST_MS, clockMs);
        Memory.putLong(event + EventLayout.LAST_MS, clockMs);
        owner.events().send(event, type);
    }
}
