package io.sluice.control.event;

import io.sluice.conntrack.EventLayout;
import io.sluice.packet.Memory;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/** Events that found a worker's ring full, by type. */
public record Loss(long fresh, long updates, long destroys) {
    long total() {
        return fresh + updates + destroys;
    }

    Loss minus(Loss before) {
        return new Loss(fresh - before.fresh, updates - before.updates, destroys - before.destroys);
    }

    /** Makes a record of {@link EventLayout} of it. */
    void write(long event, long timeMs) {
        Memory.zero(event, EventLayout.RECORD_BYTES);
        Memory.putByte(event + EventLayout.TYPE, EventLayout.TYPE_LOST);
        Memory.putLong(event + EventLayout.TIME_MS, timeMs);
        Memory.putLong(event + EventLayout.LOST, fresh);
        Memory.putLong(event + EventLayout.LOST + Long.BYTES, updates);
        Memory.putLong(event + EventLayout.LOST + 2L * Long.BYTES, destroys);
    }

    static boolean isOne(long event) {
        return Memory.getByte(event + EventLayout.TYPE) == EventLayout.TYPE_LOST;
    }

    static Loss read(long event) {
        return new Loss(
                Memory.getLong(event + EventLayout.LOST),
                Memory.getLong(event + EventLayout.LOST + Long.BYTES),
                Memory.getLong(event + EventLayout.LOST + 2L * Long.BYTES));
    }

    public String line() {
        return "%s: %d new, %d update, %d destroy"
                .formatted(line(total()), fresh, updates, destroys);
    }

    public ObjectNode json() {
        return json(total()).put("new", fresh).put("update", updates).put("destroy", destroys);
    }

    /** Of events of which only the number is known. */
    static String line(long events) {
        return events + (events == 1 ? " event was" : " events were") + " lost here";
    }

    static ObjectNode json(long events) {
        return JsonNodeFactory.instance.objectNode().put("lost", events);
    }
}
