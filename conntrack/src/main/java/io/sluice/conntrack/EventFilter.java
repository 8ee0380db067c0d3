package io.sluice.conntrack;

import io.sluice.packet.IpAddress;
import io.sluice.packet.Memory;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;

/**
 * Which events somebody wants to see: those of some types, of connections that a {@link ConnFilter}
 * takes. Immutable; asking it allocates nothing.
 */
public final class EventFilter {
    private final int types;
    private final ConnFilter connections;

    public EventFilter(Set<EventType> types, ConnFilter connections) {
        int bits = 0;
        for (EventType type : types) {
            bits |= type.bit();
        }
        this.types = bits;
        this.connections = connections;
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
        if ((types & (1 << (EventRecord.type(event) - 1))) == 0) {
            return false;
        }
        int protocol = EventRecord.protocol(event);
        int mark = Memory.getInt(event + EventLayout.MARK);
        int zone = Memory.getShort(event + EventLayout.ZONE);
        int replyZone = Memory.getShort(event + EventLayout.REPLY_ZONE);
        return (agrees(connections.zone(), zone) || agrees(connections.zone(), replyZone))
                && agrees(connections.original().zone(), zone)
                && agrees(connections.reply().zone(), replyZone)
                && (connections.mark().isEmpty()
                        || (mark & connections.markMask()) == connections.mark().getAsInt())
                && hasLabel(event)
                && agrees(connections.proto(), protocol)
                && (connections.state().isEmpty()
                        || connections
                                .state()
                                .get()
                                .equalsIgnoreCase(
                                        ConnReader.stateName(protocol, EventRecord.state(event))))
                && agrees(
                        connections.original(),
                        event,
                        EventLayout.TUPLE_ADDRESSES,
                        EventLayout.TUPLE_PORTS)
                && agrees(
                        connections.reply(),
                        event,
                        EventLayout.REPLY_ADDRESSES,
                        EventLayout.REPLY_PORTS);
    }

    private boolean hasLabel(long event) {
        if (connections.label().isEmpty()) {
            return true;
        }
        ConnFilter.Label label = connections.label().get();
        long high = Memory.getLong(event + EventLayout.LABEL_HIGH);
        long low = Memory.getLong(event + EventLayout.LABEL_LOW);
        return (high & label.maskHigh()) == label.high() && (low & label.maskLow()) == label.low();
    }

    private static boolean agrees(
            ConnFilter.Direction wanted, long event, int addresses, int ports) {
        boolean ipv6 = EventRecord.isIpv6(event);
        long source = event + addresses;
        long destination = source + EventRecord.ADDRESS_BYTES;
        return agrees(wanted.src(), ipv6, source)
                && agrees(wanted.dst(), ipv6, destination)
                && agrees(wanted.srcPort(), Memory.getShort(event + ports))
                && agrees(wanted.dstPort(), Memory.getShort(event + ports + Short.BYTES));
    }

    private static boolean agrees(Optional<IpAddress> wanted, boolean ipv6, long address) {
        if (wanted.isEmpty()) {
            return true;
        }
        IpAddress one = wanted.get();
        if (one.ipv6() != ipv6) {
            return false;
        }
        return ipv6
                ? EventRecord.getBe(address) == one.high()
                        && EventRecord.getBe(address + Long.BYTES) == one.low()
                : EventRecord.ipv4(address) == (int) one.low();
    }

    private static boolean agrees(OptionalInt wanted, int actual) {
        return wanted.isEmpty() || wanted.getAsInt() == actual;
    }
}
