package io.sluice.control.service;

import io.sluice.packet.IpAddress;
import java.util.List;
import java.util.Optional;

/**
 * An address that Sluice has on the network of a port, which it asks and answers with there.
 *
 * @param port its name
 * @param prefixBits length of the network's prefix
 * @param gateway the router to all other networks
 */
public record Interface(
        String port, IpAddress address, int prefixBits, Optional<IpAddress> gateway) {
    public static final String USAGE = "PORT ADDRESS/LENGTH [gateway=ADDRESS]";

    /**
     * Reads the words of a command.
     *
     * @throws IllegalArgumentException with a sentence
     */
    public static Interface read(List<String> words) {
        Options options = new Options(words, 2, List.of("gateway"), USAGE);
        String text = options.placed(1);
        int slash = text.indexOf('/');
        if (slash < 0) {
            throw new IllegalArgumentException(
                    "the address is '%s', expected ADDRESS/LENGTH".formatted(text));
        }
        IpAddress address = AddressAndPorts.address("the address", text.substring(0, slash));
        int bits =
                Options.number(
                        "the prefix's length",
                        text.substring(slash + 1),
                        1,
                        address.ipv6() ? 128 : 32);
        Optional<IpAddress> gateway =
                options.text("gateway").map(each -> AddressAndPorts.address("gateway", each));
        Interface read = new Interface(options.placed(0), address, bits, gateway);
        gateway.ifPresent(read::checkGateway);
        return read;
    }

    private void checkGateway(IpAddress router) {
        if (!covers(router) && !isLinkLocal(router)) {
            throw new IllegalArgumentException(
                    "gateway %s is not on the network %s/%d"
                            .formatted(router, address, prefixBits));
        }
        if (router.equals(address)) {
            throw new IllegalArgumentException(
                    "gateway %s is the interface's own address".formatted(router));
        }
    }

    private static boolean isLinkLocal(IpAddress other) {
        return other.ipv6() && other.high() >>> 54 == 0xFE80 >>> 6;
    }

    /** Whether the address is on this network, so that it is reached without a router. */
    boolean covers(IpAddress other) {
        if (other.ipv6() != address.ipv6()) {
            return false;
        }
        int width = address.ipv6() ? 128 : 32;
        int hostBits = width - prefixBits;
        return hostBits >= Long.SIZE
                ? shifted(other.high(), hostBits - Long.SIZE)
                        == shifted(address.high(), hostBits - Long.SIZE)
                : other.high() == address.high()
                        && shifted(other.low(), hostBits) == shifted(address.low(), hostBits);
    }

    private static long shifted(long value, int bits) {
        return bits == Long.SIZE ? 0 : value >>> bits;
    }

    @Override
    public String toString() {
        return port + " " + address + "/" + prefixBits;
    }
}
