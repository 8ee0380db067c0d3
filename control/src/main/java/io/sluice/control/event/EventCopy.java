package io.sluice.control.event;

import io.sluice.conntrack.BlockEvent;
import io.sluice.conntrack.ConnEvent;
import java.util.function.Supplier;

/**
 * A copy of an event of either kind, which is shown on the thread of its reader.
 *
 * @param line as text, without its end
 * @param json an object on one line
 */
record EventCopy(Supplier<String> line, Supplier<String> json) {
    /**
     * Copies an event.
     *
     * @param event address of a record of {@link io.sluice.conntrack.EventLayout} that is no loss
     */
    static EventCopy of(long event) {
        if (BlockEvent.isOne(event)) {
            BlockEvent block = BlockEvent.read(event);
            return new EventCopy(() -> EventText.line(block), () -> EventText.json(block));
        }
        ConnEvent connection = ConnEvent.read(event);
        return new EventCopy(() -> EventText.line(connection), () -> EventText.json(connection));
    }
}
