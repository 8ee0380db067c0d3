package io.sluice.control.service;

import io.sluice.packet.IpAddress;
import java.util.List;
import java.util.Optional;

/**
 * Who packets to an address are handed to.
 *
 * @param port the name of the port to the neighbour
 * @param neighbour the address itself, or a gateway
 */
record NextHop(String port, IpAddress neighbour) {
    /** The interface whose network has the address, the longest prefix first; else a gateway. */
    static Optional<NextHop> to(IpAddress address, List<Interface> interfaces) {
        Optional<Interface> direct =
                interfaces.stream()
                        .filter(each -> each.covers(address))
                        .reduce((a, b) -> b.prefixBits() > a.prefixBits() ? b : a);
        return direct.map(each -> new NextHop(each.port(), address))
                .or(() ->
                        interfaces.stream()
                                .filter(each -> each.address().ipv6() == address.ipv6())
                                .filter(each -> each.gateway().isPresent())
                                .findFirst()
                                .map(each -> new NextHop(each.port(), each.gateway().get())));
    }

    /** Of the interface's addresses on the port, the one that asks for the neighbour. */
    Optional<Interface> source(List<Interface> interfaces) {
        Optional<Interface> direct =
                interfaces.stream()
                        .filter(each -> each.port().equals(port) && each.covers(neighbour))
                        .findFirst();
        return direct.or(() ->
                interfaces.stream()
                        .filter(each -> each.port().equals(port))
                        .filter(each -> each.address().ipv6() == neighbour.ipv6())
                        .findFirst());
    }
}
