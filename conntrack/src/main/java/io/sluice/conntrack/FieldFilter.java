package io.sluice.conntrack;

import io.sluice.packet.IpAddress;
import io.sluice.packet.TupleKey;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.stream.Stream;

/**
 * A {@link ConnFilter} as words under masks: for records in the table and for events, which lie in
 * memory differently. Whoever asks reads only what {@code needs...} says. Immutable; asking it
 * allocates nothing.
 */
final class FieldFilter {
    private static final int ADDRESS_WORDS = 4;

    private final Side original;
    private final Side reply;
    private final OptionalInt zone;
    private final Optional<ConnFilter.Label> label;
    private final Optional<String> state;
    private final boolean needsMark;
    private final int mark;
    private final int markMask;
    // An address of IPv4 and one of IPv6 are together in no connection.
    private final boolean isImpossible;

    /** What one direction's words of {@link TupleKey} must be; and whole addresses of IPv6. */
    private static final class Side {
        private final long ports;
        private final long portsMask;
        private final long addresses;
        private final long addressesMask;
        private final long[] wide = new long[ADDRESS_WORDS];
        private final long[] wideMask = new long[ADDRESS_WORDS];
        private final boolean isWide;

        /**
         * @param kind protocol and version of IP, of both directions
         */
        Side(ConnFilter.Direction wanted, long kind, long kindMask) {
            ports =
                    kind
                            | TupleKey.portsAndScope(
                                    TupleKey.ports(
                                            wanted.srcPort().orElse(0), wanted.dstPort().orElse(0)),
                                    wanted.zone().orElse(0),
                                    0);
            portsMask =
                    kindMask
                            | TupleKey.portsAndScope(
                                    TupleKey.ports(
                                            mask(wanted.srcPort(), 0xFFFF),
                                            mask(wanted.dstPort(), 0xFFFF)),
                                    mask(wanted.zone(), 0xFFFF),
                                    0);
            addresses = TupleKey.addresses(ipv4(wanted.src()), ipv4(wanted.dst()));
            addressesMask = TupleKey.addresses(ipv4Mask(wanted.src()), ipv4Mask(wanted.dst()));
            setWide(wanted.src(), 0);
            setWide(wanted.dst(), 2);
            isWide = (wideMask[0] | wideMask[2]) != 0;
        }

        private void setWide(Optional<IpAddress> address, int at) {
            if (address.isEmpty() || !address.get().ipv6()) {
                return;
            }
            wide[at] = address.get().high();
            wide[at + 1] = address.get().low();
            wideMask[at] = -1;
            wideMask[at + 1] = -1;
        }

        private static int ipv4(Optional<IpAddress> address) {
            return (int)
                    address.filter(each -> !each.ipv6()).map(IpAddress::low).orElse(0L).longValue();
        }

        private static int ipv4Mask(Optional<IpAddress> address) {
            return address.isPresent() && !address.get().ipv6() ? -1 : 0;
        }

        boolean takes(long portsAndScope, long addressWord) {
            return (portsAndScope & portsMask) == ports
                    && (addressWord & addressesMask) == addresses;
        }

        boolean takesWide(int at, long word) {
            return (word & wideMask[at]) == wide[at];
        }
    }

    FieldFilter(ConnFilter filter) {
        long kind = TupleKey.portsAndScope(0, 0, filter.proto().orElse(0));
        long kindMask = TupleKey.portsAndScope(0, 0, mask(filter.proto(), 0xFF));
        if (addresses(filter).findAny().isPresent()) {
            // One of IPv4 is in no connection of IPv6, whose key may look like it.
            boolean ipv6 = addresses(filter).anyMatch(IpAddress::ipv6);
            kind = ipv6 ? TupleKey.ofIpv6(kind) : kind;
            kindMask = TupleKey.ofIpv6(kindMask);
        }
        zone = filter.zone();
        original = new Side(filter.original(), kind, kindMask);
        reply = new Side(filter.reply(), 0, 0);
        label = filter.label();
        state = filter.state();
        needsMark = filter.mark().isPresent();
        mark = filter.mark().orElse(0);
        markMask = needsMark ? filter.markMask() : 0;
        isImpossible =
                addresses(filter).anyMatch(IpAddress::ipv6)
                        && addresses(filter).anyMatch(address -> !address.ipv6());
    }

    private static Stream<IpAddress> addresses(ConnFilter filter) {
        return Stream.of(
                        filter.original().src(),
                        filter.original().dst(),
                        filter.reply().src(),
                        filter.reply().dst())
                .flatMap(Optional::stream);
    }

    private static int mask(OptionalInt wanted, int all) {
        return wanted.isPresent() ? all : 0;
    }

    /** With the words of {@link TupleKey} of the original direction. */
    boolean takesOriginal(long portsAndZone, long addresses) {
        return !isImpossible && original.takes(portsAndZone, addresses);
    }

    /** With the zone of either direction. */
    boolean takesZone(int ofDirection) {
        return zone.isEmpty() || zone.getAsInt() == ofDirection;
    }

    boolean needsReply() {
        return (reply.portsMask | reply.addressesMask) != 0;
    }

    /** With the words of {@link TupleKey} of the reply direction. */
    boolean takesReply(long portsAndZone, long addresses) {
        return reply.takes(portsAndZone, addresses);
    }

    /** Whether whole addresses of IPv6 are to be compared in this direction. */
    boolean needsWide(boolean ofReply) {
        return (ofReply ? reply : original).isWide;
    }

    /** With one of the four longs of source and destination. */
    boolean takesWide(boolean ofReply, int at, long word) {
        return (ofReply ? reply : original).takesWide(at, word);
    }

    boolean needsMark() {
        return needsMark;
    }

    boolean takesMark(int ofConnection) {
        return (ofConnection & markMask) == mark;
    }

    boolean needsLabel() {
        return label.isPresent();
    }

    boolean takesLabel(long high, long low) {
        if (label.isEmpty()) {
            return true;
        }
        ConnFilter.Label wanted = label.get();
        return (high & wanted.maskHigh()) == wanted.high()
                && (low & wanted.maskLow()) == wanted.low();
    }

    /** With the word of {@link ConnState}. */
    boolean takesState(int protocol, int word) {
        return state.isEmpty()
                || state.get().equalsIgnoreCase(ConnReader.stateName(protocol, word));
    }
}
