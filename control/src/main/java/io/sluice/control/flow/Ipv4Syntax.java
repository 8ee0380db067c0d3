package io.sluice.control.flow;

import io.sluice.control.text.Numbers;
import io.sluice.control.text.Span;
import io.sluice.packet.AddressText;

/** {@code a.b.c.d}, {@code a.b.c.d/24} or {@code a.b.c.d/255.255.255.0}. */
final class Ipv4Syntax implements FieldSyntax {
    @Override
    public Masked read(Span text, PortNames ports) {
        int slash = text.indexOf("/");
        if (slash < 0) {
            return new Masked(Integer.toUnsignedLong(Addresses.ipv4(text)), 0xFFFFFFFFL);
        }
        int address = Addresses.ipv4(text.part(0, slash));
        Span mask = text.from(slash + 1);
        int bits = mask.indexOf(".") < 0 ? ofPrefix(mask) : Addresses.ipv4(mask);
        return new Masked(Integer.toUnsignedLong(address & bits), Integer.toUnsignedLong(bits));
    }

    @Override
    public String show(long value, long mask) {
        int bits = (int) mask;
        String address = AddressText.formatIpv4((int) value);
        if (bits == -1) {
            return address;
        }
        int length = Integer.bitCount(bits);
        boolean isPrefix = length > 0 && bits == -1 << (32 - length);
        return address + "/" + (isPrefix ? length : AddressText.formatIpv4(bits));
    }

    private static int ofPrefix(Span text) {
        int length = Numbers.parse(text, 0, 32, "a prefix length");
        return length == 0 ? 0 : -1 << (32 - length);
    }
}
