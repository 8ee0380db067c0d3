package io.sluice.fastpath;

/**
 * Looks into the packets of connections that have one kind of {@link io.sluice.conntrack.Helper}:
 * sees there which other connections are to be expected, and may rewrite the payload where the
 * connection is translated. One for each worker, used by its thread; allocates nothing.
 */
interface PayloadHelper {
    /**
     * Called once for a packet in each zone, after {@code ct()} has found or made its connection
     * and translated its key; the frame is as it came until it is written.
     *
     * @param packet whole, and not corrupt; {@code packet.connection} is its connection and
     *     direction
     * @param payload may be empty
     * @return why the packet is to be dropped; null: it is not
     */
    DropReason help(SlowPacket packet, Payload payload, int nowMs);
}
