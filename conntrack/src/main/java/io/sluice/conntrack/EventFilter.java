package io.sluice.conntrack;

import io.sluice.packet.Memory;
import java.util.Set;

/**
 * Which events somebody wants to see: those of some types, of connections that a {@link ConnFilter}
 * takes. Immutable; asking it allocates nothing.
 */
public final class EventFilter {
    private final int types;
    private final FieldFilter fields;

    public EventFilter(Set<EventType> types, ConnFilter connections) {
        int bits = 0;
        for (EventType type : types) {
            bits |= type.bit();
        }
        this.types = bits;
        fields = new FieldFilter(connections);
    }

    /** A set of {@link EventType#bit}s. */
    int types() {
        return types;
    }

    /** Whether a connection has ended whose end is logged whatever filters say. */
    public static boolean isLoggedEnd(long event) {
        return EventRecord.isLoggedEnd(event);
    }

    /**
     * Whether it takes the event.
     *
     * @param event address of a record of {@link EventLayout} that is no loss
     */
    public boolean matches(long event) {
        if ((types & EventType.bit(EventRecord.type(event))) == 0) {
            return false;
        }
        return takesTuples(event)
                && fields.takesMark(Memory.getInt(event + EventLayout.MARK))
                && fields.takesLabel(
                        Memory.getLong(event + EventLayout.LABEL_HIGH),
                        Memory.getLong(event + EventLayout.LABEL_LOW))
                && fields.takesState(EventRecord.protocol(event), EventRecord.state(event))
                && takesWide(event + EventLayout.TUPLE_ADDRESSES, false)
                && takesWide(event + EventLayout.REPLY_ADDRESSES, true);
    }

    private boolean takesTuples(long event) {
        boolean inZone =
                fields.takesZone(Memory.getShort(event + EventLayout.ZONE))
                        || fields.takesZone(Memory.getShort(event + EventLayout.REPLY_ZONE));
        return inZone
                && fields.takesOriginal(
                        EventRecord.key(event, EventLayout.TUPLE_PORTS, EventLayout.ZONE),
                        EventRecord.addresses(event + EventLayout.TUPLE_ADDRESSES))
                && fields.takesReply(
                        EventRecord.key(event, EventLayout.REPLY_PORTS, EventLayout.REPLY_ZONE),
                        EventRecord.addresses(event + EventLayout.REPLY_ADDRESSES));
    }

    private boolean takesWide(long addresses, boolean ofReply) {
        if (!fields.needsWide(ofReply)) {
            return true;
        }
        return fields.takesWide(ofReply, 0, EventRecord.getBe(addresses))
                && fields.takesWide(ofReply, 1, EventRecord.getBe(addresses + 8))
                && fields.takesWide(ofReply, 2, EventRecord.getBe(addresses + 16))
                && fields.takesWide(ofReply, 3, EventRecord.getBe(addresses + 24));
    }
}
