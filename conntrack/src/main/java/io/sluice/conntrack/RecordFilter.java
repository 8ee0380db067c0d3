package io.sluice.conntrack;

import io.sluice.packet.IpAddress;
import io.sluice.packet.Memory;
import io.sluice.packet.TupleKey;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.stream.Stream;

/**
 * What of a {@link ConnFilter} can be compared in the record, before anything is copied: words
 * under masks. State, label and addresses of IPv6 are not among it.
 */
final class RecordFilter {
    private final long addresses;
    private final long addressesMask;
    private final long ports;
    private final long portsMask;
    private final long replyAddresses;
    private final long replyAddressesMask;
    private final long replyPorts;
    private final long replyPortsMask;
    private final OptionalInt zone;
    private final int mark;
    private final int markMask;

    RecordFilter(ConnFilter filter) {
        addresses = addresses(filter.original());
        addressesMask = addressesMask(filter.original());
        ports = ports(filter, filter.original());
        portsMask = portsMask(filter, filter.original());
        replyAddresses = addresses(filter.reply());
        replyAddressesMask = addressesMask(filter.reply());
        replyPorts = ports(filter, filter.reply());
        replyPortsMask = portsMask(filter, filter.reply());
        zone = filter.zone();
        mark = filter.mark().orElse(0);
        markMask = mask(filter.mark(), filter.markMask());
    }

    /** False when the filter refuses the connection of these lines. */
    boolean mayTake(long original, long reply) {
        return agrees(original + ConnLayout.PORTS_AND_SCOPE, ports, portsMask)
                && agrees(original + ConnLayout.ADDRESSES, addresses, addressesMask)
                && agrees(reply + ConnLayout.PORTS_AND_SCOPE, replyPorts, replyPortsMask)
                && agrees(reply + ConnLayout.ADDRESSES, replyAddresses, replyAddressesMask)
                && (zone.isEmpty() || isIn(original) || isIn(reply))
                && (Memory.getInt(reply + ConnLayout.MARK) & markMask) == mark;
    }

    private boolean isIn(long line) {
        return Lifetime.zone(line) == zone.getAsInt();
    }

    private static boolean agrees(long address, long value, long mask) {
        return (Memory.getLong(address) & mask) == value;
    }

    private static long addresses(ConnFilter.Direction wanted) {
        return TupleKey.addresses(ipv4(wanted.src()), ipv4(wanted.dst()));
    }

    private static long addressesMask(ConnFilter.Direction wanted) {
        return TupleKey.addresses(ipv4Mask(wanted.src()), ipv4Mask(wanted.dst()));
    }

    private static int ipv4(Optional<IpAddress> address) {
        return (int)
                address.filter(each -> !each.ipv6()).map(IpAddress::low).orElse(0L).longValue();
    }

    private static int ipv4Mask(Optional<IpAddress> address) {
        return address.isPresent() && !address.get().ipv6() ? -1 : 0;
    }

    private static long ports(ConnFilter filter, ConnFilter.Direction wanted) {
        long word =
                TupleKey.portsAndScope(
                        TupleKey.ports(wanted.srcPort().orElse(0), wanted.dstPort().orElse(0)),
                        wanted.zone().orElse(0),
                        filter.proto().orElse(0));
        return addresses(filter).anyMatch(IpAddress::ipv6) ? TupleKey.ofIpv6(word) : word;
    }

    private static long portsMask(ConnFilter filter, ConnFilter.Direction wanted) {
        long mask =
                TupleKey.portsAndScope(
                        TupleKey.ports(
                                mask(wanted.srcPort(), 0xFFFF), mask(wanted.dstPort(), 0xFFFF)),
                        mask(wanted.zone(), 0xFFFF),
                        mask(filter.proto(), 0xFF));
        return addresses(filter).findAny().isPresent() ? TupleKey.ofIpv6(mask) : mask;
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
}
