package io.sluice.control.command;

import io.sluice.conntrack.ConnFilter.Direction;
import io.sluice.control.text.Numbers;
import io.sluice.control.text.Span;
import io.sluice.control.text.Words;
import io.sluice.packet.IpAddress;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;

/**
 * Reads a tuple as {@code ovs-appctl dpctl/flush-conntrack} takes it, whole or in part: {@code
 * ct_nw_src=10.1.1.1,ct_nw_proto=6,ct_tp_dst=80}.
 *
 * @param proto IP protocol number
 */
record TupleText(OptionalInt proto, Direction direction) {
    static final TupleText ANY = new TupleText(OptionalInt.empty(), Direction.ANY);

    private static final List<String> KNOWN =
            List.of(
                    "ct_nw_src",
                    "ct_nw_dst",
                    "ct_ipv6_src",
                    "ct_ipv6_dst",
                    "ct_nw_proto",
                    "ct_tp_src",
                    "ct_tp_dst",
                    "icmp_type",
                    "icmp_code",
                    "icmp_id");

    /**
     * The tuple; any for an empty text.
     *
     * @throws io.sluice.control.text.SyntaxException when a word is not understood
     */
    static TupleText read(String text) {
        Map<String, Span> given = new Words(Span.of(text)).values("zone=N or ", KNOWN);
        boolean icmp = given.keySet().stream().anyMatch(key -> key.startsWith("icmp"));
        return new TupleText(
                number(given.get("ct_nw_proto"), 0xFF, "a protocol number"),
                new Direction(
                        address(given, "src"),
                        address(given, "dst"),
                        number(given.get(icmp ? "icmp_id" : "ct_tp_src"), 0xFFFF, "a number"),
                        icmp
                                ? typeAndCode(given.get("icmp_type"), given.get("icmp_code"))
                                : number(given.get("ct_tp_dst"), 0xFFFF, "a port")));
    }

    /** The two are one number in a connection's key. */
    private static OptionalInt typeAndCode(Span type, Span code) {
        if (type == null && code == null) {
            return OptionalInt.empty();
        }
        if (type == null || code == null) {
            Span alone = type == null ? code : type;
            throw alone.error("icmp_type and icmp_code need each other");
        }
        return OptionalInt.of(
                Numbers.parse(type, 0, 0xFF, "a type") << 8
                        | Numbers.parse(code, 0, 0xFF, "a code"));
    }

    private static OptionalInt number(Span text, int max, String what) {
        return text == null
                ? OptionalInt.empty()
                : OptionalInt.of(Numbers.parse(text, 0, max, what));
    }

    private static Optional<IpAddress> address(Map<String, Span> given, String end) {
        Span ipv4 = given.get("ct_nw_" + end);
        Span ipv6 = given.get("ct_ipv6_" + end);
        if (ipv4 != null && ipv6 != null) {
            throw ipv6.error("there is a ct_nw_" + end + " already");
        }
        if (ipv4 == null && ipv6 == null) {
            return Optional.empty();
        }
        Span text = ipv4 == null ? ipv6 : ipv4;
        String expected = ipv4 == null ? "an IPv6 address" : "an IPv4 address (a.b.c.d)";
        try {
            IpAddress address = IpAddress.parse(text.text());
            if (address.ipv6() == (ipv6 != null)) {
                return Optional.of(address);
            }
        } catch (IllegalArgumentException e) {
            throw text.expected(expected);
        }
        throw text.expected(expected);
    }
}
