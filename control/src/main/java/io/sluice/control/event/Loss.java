package io.sluice.control.event;

import io.sluice.conntrack.EventLayout;
import io.sluice.packet.Memory;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/** Events that found a worker's ring full, by type; those of port blocks together. */
public record Loss(long fresh, long updates, long destroys, long blocks) {
    long total() {
        return fresh + updates + destroys + blocks;
    }

    Loss minus(Loss before) {
        return new Loss(
                fresh - before.fresh,
                updates - before.updates,
                destroys - before.destroys,
                blocks - before.blocks);
    }

    /** Makes a record of {@link EventLayout} of it. */
    void write(long event, long timeMs) {
        Memory.zero(event, EventLayout.RECORD_BYTES);
        Memory.putByte(event + EventLayout.TYPE, EventLayout.TYPE_LOST);
        Memory.putLong(event + EventLayout.TIME_MS, timeMs);
        Memory.putLong(event + EventLayout.LOST, fresh);
        Memory.putLong(event + EventLayout.LOST + Long.BYTES, updates);
        Memory.putLong(event + EventLayout.LOST + 2L * Long.BYTES, destroys);
        Memory.putLong(event + EventLayout.LOST + 3L * Long.BYTES, blocks);
    }

    static boolean isOne(long event) {
        return Memory.getByte(event + EventLayout.TYPE) == EventLayout.TYPE_LOST;
    }

    static Loss read(long event) {
        return new Loss(
                Memory.getLong(event + EventLayout.LOST),
                Memory.getLong(event + EventLayout.LOST + Long.BYTES),
                Memory.getLong(event + EventLayout.LOST + 2L * Long.BYTES),
                Memory.getLong(event + EventLayout.LOST + 3L * Long.BYTES));
    }

    public String line() {
        return "%s: %d new, %d update, %d destroy"
                        .formatted(line(total()), fresh, updates, destroys)
                + (blocks == 0 ? "" : ", %d block".formatted(blocks));
    }

    public ObjectNode json() {
        ObjectNode all =
                json(total()).put("new", fresh).put("update", updates).put("destroy", destroys);
        return blocks == 0 ? all : all.put("block", blocks);
    }

    /** Of events of which only the number is known. */
    static String line(long events) {
        return events + (events == 1 ? " event was" : " events were") + " lost here";
    }

    static ObjectNode json(long events) {
        return JsonNodeFactory.instance.objectNode().put("lost", events);
    }
}
