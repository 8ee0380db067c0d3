package io.sluice.control.flow;

import io.sluice.control.text.Numbers;
import io.sluice.control.text.Numbers.Wide;
import io.sluice.packet.AddressText;
import java.util.Locale;
import java.util.function.Function;

/** The kinds of values that fields have. */
final class FieldSyntaxes {
    /** A port's number or name. */
    static final FieldSyntax PORT =
            exact(
                    (text, ports) -> new Wide(0, PortText.read(text, ports)),
                    32,
                    FieldSyntaxes::decimal);

    static final FieldSyntax ZONE = decimal("a zone", 16);
    static final FieldSyntax ID = decimal("a conjunction's number", 32);
    static final FieldSyntax TTL = decimal("a TTL", 8);
    static final FieldSyntax PROTO = decimal("an IP protocol number", 8);
    static final FieldSyntax ARP_OP = decimal("an ARP operation", 8);
    static final FieldSyntax ETH_TYPE = exact(number("an Ethernet type", 16), 16, hex(4));

    /** 8 bits in a field of 16. */
    static final FieldSyntax ICMP_NUMBER =
            exact(number("an ICMP type or code", 8), 16, FieldSyntaxes::decimal);

    static final FieldSyntax L4_PORT =
            new NumberSyntax(
                    number("a port number", 16),
                    Wide.ones(16),
                    true,
                    FieldSyntaxes::decimal,
                    hex(1));
    static final FieldSyntax IPV6_LABEL = masked("a flow label", 20, hex(5));
    static final FieldSyntax MARK = masked("a mark", 32, Wide::toHex);
    static final FieldSyntax HEX_32 = masked("a number", 32, Wide::toHex);
    static final FieldSyntax HEX_64 = masked("a number", 64, Wide::toHex);
    static final FieldSyntax HEX_128 = masked("a number", 128, Wide::toHex);
    static final FieldSyntax MAC =
            maskable(
                    (text, ports) -> new Wide(0, Addresses.mac(text)),
                    48,
                    value -> AddressText.formatMac(value.low()));
    static final FieldSyntax IPV4 =
            new AddressSyntax(
                    32,
                    text -> new Wide(0, Integer.toUnsignedLong(Addresses.ipv4(text))),
                    value -> AddressText.formatIpv4((int) value.low()));
    static final FieldSyntax IPV6 = new AddressSyntax(128, Addresses::ipv6, Addresses::showIpv6);

    private FieldSyntaxes() {}

    /** A number that can have a mask. */
    static FieldSyntax masked(String what, int bits, Function<Wide, String> show) {
        return maskable(number(what, bits), bits, show);
    }

    private static FieldSyntax maskable(
            NumberSyntax.ValueReader reader, int bits, Function<Wide, String> show) {
        return new NumberSyntax(reader, Wide.ones(bits), true, show, show);
    }

    private static FieldSyntax exact(
            NumberSyntax.ValueReader reader, int bits, Function<Wide, String> show) {
        return new NumberSyntax(reader, Wide.ones(bits), false, show, show);
    }

    private static FieldSyntax decimal(String what, int bits) {
        return exact(number(what, bits), bits, FieldSyntaxes::decimal);
    }

    private static NumberSyntax.ValueReader number(String what, int bits) {
        return bits <= 32
                ? (text, ports) -> new Wide(0, Numbers.parse(text, 0, -1L >>> (64 - bits), what))
                : (text, ports) -> Numbers.parseBits(text, bits, what);
    }

    private static String decimal(Wide value) {
        return Long.toString(value.low());
    }

    private static Function<Wide, String> hex(int digits) {
        return value -> String.format(Locale.ROOT, "0x%0" + digits + "x", value.low());
    }
}
