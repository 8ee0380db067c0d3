package io.sluice.control.command;

import io.sluice.control.text.Numbers;
import io.sluice.control.text.Span;
import io.sluice.control.text.Words;
import io.sluice.packet.IpAddress;
import java.util.List;
import java.util.Map;

/**
 * Which mappings and port blocks a dump is about: {@code zone=5 client=10.0.0.1}, and by an outside
 * address and port whose it is. Asking makes no garbage.
 */
final class NatFilter {
    static final String USAGE = "[zone=N] [client=A] [outside=A] [port=N]";

    private static final List<String> KNOWN = List.of("zone", "client", "outside", "port");
    private static final int ANY = -1;

    private final int zone;
    private final int port;
    // Null: any.
    private final IpAddress client;
    private final IpAddress outside;

    private NatFilter(Map<String, Span> given) {
        zone = number(given.get("zone"), "a zone");
        port = number(given.get("port"), "a port");
        client = address(given.get("client"));
        outside = address(given.get("outside"));
    }

    /**
     * The filter; it takes all for an empty text.
     *
     * @throws io.sluice.control.text.SyntaxException when a word is not understood
     */
    static NatFilter read(String text) {
        Map<String, Span> given = new Words(Span.of(text)).values("", KNOWN);
        return new NatFilter(given);
    }

    private static int number(Span text, String what) {
        return text == null ? ANY : Numbers.parse(text, 0, 0xFFFF, what);
    }

    private static IpAddress address(Span text) {
        if (text == null) {
            return null;
        }
        try {
            return IpAddress.parse(text.text());
        } catch (IllegalArgumentException e) {
            throw text.expected("an IPv4 or IPv6 address");
        }
    }

    boolean takesZone(int each) {
        return zone == ANY || zone == each;
    }

    boolean takesPorts(int first, int last) {
        return port == ANY || (first <= port && port <= last);
    }

    boolean takesClient(boolean ipv6, long high, long low) {
        return takes(client, ipv6, high, low);
    }

    boolean takesOutside(boolean ipv6, long high, long low) {
        return takes(outside, ipv6, high, low);
    }

    private static boolean takes(IpAddress wanted, boolean ipv6, long high, long low) {
        return wanted == null
                || (wanted.ipv6() == ipv6 && wanted.high() == high && wanted.low() == low);
    }
}
