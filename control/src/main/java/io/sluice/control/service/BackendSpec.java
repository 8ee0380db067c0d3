package io.sluice.control.service;

import io.sluice.packet.IpAddress;
import java.util.List;

/**
 * What an operator says of a backend.
 *
 * @param port 0: the port that the client asked for
 * @param weight its share of new connections, by the sum of all
 */
public record BackendSpec(IpAddress address, int port, int weight) {
    public static final String USAGE = "SERVICE ADDRESS[:PORT] [weight=N]";
    private static final int MAX_WEIGHT = 0xFFFF;

    /**
     * Reads {@code ADDRESS[:PORT] [weight=N]}.
     *
     * @throws IllegalArgumentException with a sentence
     */
    public static BackendSpec read(List<String> words) {
        Options options = new Options(words, 1, List.of("weight"), "ADDRESS[:PORT] [weight=N]");
        AddressAndPorts where = AddressAndPorts.read("the backend", options.placed(0));
        if (where.lastPort() != where.firstPort()) {
            throw new IllegalArgumentException(
                    "backend '%s' has a range of ports, expected one, or none for the client's"
                            .formatted(where));
        }
        return new BackendSpec(
                where.address(), where.firstPort(), options.number("weight", 0, MAX_WEIGHT, 1));
    }

    /** {@code ADDRESS[:PORT]}. */
    public String name() {
        return new AddressAndPorts(address, port, port).toString();
    }
}
