package io.sluice.control.service;

import io.sluice.packet.IpAddress;

/**
 * An address with a port, a range of ports, or none: {@code 192.0.2.10:80}, {@code
 * [2001:db8::1]:8000-8010}, {@code 10.0.0.11}.
 *
 * @param firstPort 0 when there is none
 */
record AddressAndPorts(IpAddress address, int firstPort, int lastPort) {
    private static final int MAX_PORT = 0xFFFF;

    /**
     * Reads one.
     *
     * @param what for errors, such as "vip"
     * @throws IllegalArgumentException with a sentence
     */
    static AddressAndPorts read(String what, String text) {
        int portsAt = text.lastIndexOf(':');
        boolean brackets = text.startsWith("[");
        if (brackets) {
            int closing = text.indexOf(']');
            boolean last = closing == text.length() - 1;
            if (closing < 0 || (!last && text.charAt(closing + 1) != ':')) {
                throw new IllegalArgumentException(
                        "%s is '%s', expected [ADDRESS]:PORT".formatted(what, text));
            }
            portsAt = last ? -1 : closing + 1;
        } else if (portsAt >= 0 && text.indexOf(':') != portsAt) {
            // IPv6 without brackets has no port.
            portsAt = -1;
        }
        String address = portsAt < 0 ? text : text.substring(0, portsAt);
        if (brackets) {
            address = address.substring(1, Math.max(1, address.length() - 1));
        }
        IpAddress parsed = address(what, address);
        if (portsAt < 0) {
            return new AddressAndPorts(parsed, 0, 0);
        }
        String ports = text.substring(portsAt + 1);
        int dash = ports.indexOf('-');
        int first = port(what, dash < 0 ? ports : ports.substring(0, dash));
        int last = dash < 0 ? first : port(what, ports.substring(dash + 1));
        if (last < first) {
            throw new IllegalArgumentException(
                    "%s has the ports %s, expected the lower one first".formatted(what, ports));
        }
        return new AddressAndPorts(parsed, first, last);
    }

    static IpAddress address(String what, String text) {
        IpAddress address;
        try {
            address = IpAddress.parse(text);
        } catch (IllegalArgumentException e) {
            throw new IllegalArgumentException(what + ": " + e.getMessage(), e);
        }
        if (!isOfOneHost(address)) {
            throw new IllegalArgumentException(
                    "%s is %s, expected the address of one host".formatted(what, address));
        }
        return address;
    }

    /** Neither unspecified nor of a group. */
    private static boolean isOfOneHost(IpAddress address) {
        return address.ipv6()
                ? address.high() >>> 56 != 0xFF && (address.high() != 0 || address.low() != 0)
                : address.low() != 0 && address.low() >>> 28 < 0xE;
    }

    private static int port(String what, String text) {
        return Options.number("the port of " + what, text, 1, MAX_PORT);
    }

    boolean hasPort() {
        return firstPort != 0;
    }

    @Override
    public String toString() {
        if (!hasPort()) {
            return address.toString();
        }
        String host = address.ipv6() ? "[" + address + "]" : address.toString();
        return host + ":" + firstPort + (lastPort == firstPort ? "" : "-" + lastPort);
    }
}
