package io.sluice.control.packet;

import io.sluice.fastpath.Action;
import io.sluice.fastpath.Field;
import io.sluice.fastpath.Upcall;

/**
 * A packet that a flow sent up.
 *
 * @param key its fields, {@link Field#WORDS} longs; not to be changed
 * @param data its first bytes, as many as the flow wanted; not to be changed
 * @param frameBytes of the whole frame
 * @param table of the flow
 * @param cookie of the flow
 */
record PacketIn(
        Action.Controller action, long[] key, byte[] data, int frameBytes, int table, long cookie) {
    static PacketIn of(Upcall upcall) {
        return new PacketIn(
                upcall.action(),
                upcall.key(),
                upcall.data(),
                upcall.frameBytes(),
                upcall.table(),
                upcall.cookie());
    }
}
