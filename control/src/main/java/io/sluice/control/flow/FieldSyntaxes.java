package io.sluice.control.flow;

import io.sluice.control.flow.FieldSyntax.Masked;
import io.sluice.control.text.Numbers;
import io.sluice.control.text.Span;
import io.sluice.packet.AddressText;
import java.util.function.LongFunction;

/** The kinds of values that match fields have. */
final class FieldSyntaxes {
    /** A port's number or name. */
    static final FieldSyntax PORT = new Exact(PortText::read, Long::toString, 32);

    static final FieldSyntax ZONE = decimal("a zone", 16);
    static final FieldSyntax ETH_TYPE =
            new Exact(number("an Ethernet type", 16), value -> "0x%04x".formatted(value), 16);
    static final FieldSyntax PROTO = decimal("an IP protocol number", 8);
    static final FieldSyntax ARP_OP = decimal("an ARP operation", 8);

    /** 8 bits in a field of 16. */
    static final FieldSyntax ICMP_NUMBER =
            new Exact(number("an ICMP type or code", 8), Long::toString, 16);

    static final FieldSyntax L4_PORT =
            new Maskable(
                    number("a port number", 16),
                    Long::toString,
                    value -> "0x" + Long.toHexString(value),
                    16);

    static final FieldSyntax MARK =
            new Maskable(number("a mark", 32), FieldSyntaxes::hex, FieldSyntaxes::hex, 32);

    static final FieldSyntax MAC =
            new Maskable(
                    (text, ports) -> Addresses.mac(text),
                    AddressText::formatMac,
                    AddressText::formatMac,
                    48);

    static final FieldSyntax IPV4 = new Ipv4Syntax();
    static final FieldSyntax CT_STATE = new CtStateSyntax();

    private FieldSyntaxes() {}

    /** As C's {@code %#x}. */
    static String hex(long value) {
        return value == 0 ? "0" : "0x" + Long.toHexString(value);
    }

    private interface ValueReader {
        long read(Span text, PortNames ports);
    }

    /** A field that is matched whole or not at all. */
    private record Exact(ValueReader reader, LongFunction<String> shower, int bits)
            implements FieldSyntax {
        @Override
        public Masked read(Span text, PortNames ports) {
            return new Masked(reader.read(text, ports), -1L >>> (64 - bits));
        }

        @Override
        public String show(long value, long mask) {
            return shower.apply(value);
        }
    }

    /** VALUE or VALUE/MASK; Open vSwitch shows some numbers in hex when they have a mask. */
    private record Maskable(
            ValueReader reader,
            LongFunction<String> shower,
            LongFunction<String> maskedShower,
            int bits)
            implements FieldSyntax {
        @Override
        public Masked read(Span text, PortNames ports) {
            int slash = text.indexOf("/");
            if (slash < 0) {
                return new Masked(reader.read(text, ports), -1L >>> (64 - bits));
            }
            return new Masked(
                    reader.read(text.part(0, slash), ports),
                    reader.read(text.from(slash + 1), ports));
        }

        @Override
        public String show(long value, long mask) {
            return mask == -1L >>> (64 - bits)
                    ? shower.apply(value)
                    : maskedShower.apply(value) + "/" + maskedShower.apply(mask);
        }
    }

    private static FieldSyntax decimal(String what, int bits) {
        return new Exact(number(what, bits), Long::toString, bits);
    }

    private static ValueReader number(String what, int bits) {
        return (text, ports) -> Numbers.parse(text, 0, -1L >>> (64 - bits), what);
    }
}
