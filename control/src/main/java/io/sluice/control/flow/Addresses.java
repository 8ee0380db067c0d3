package io.sluice.control.flow;

import io.sluice.control.text.Numbers.Wide;
import io.sluice.control.text.Span;
import io.sluice.packet.AddressText;

/** Addresses in flow text, with errors that know their place. */
final class Addresses {
    private Addresses() {}

    static long mac(Span text) {
        try {
            return AddressText.parseMac(text.text());
        } catch (IllegalArgumentException e) {
            throw text.expected("an Ethernet address (xx:xx:xx:xx:xx:xx)");
        }
    }

    static int ipv4(Span text) {
        try {
            return AddressText.parseIpv4(text.text());
        } catch (IllegalArgumentException e) {
            throw text.expected("an IPv4 address (a.b.c.d)");
        }
    }

    static Wide ipv6(Span text) {
        try {
            AddressText.Ipv6 address = AddressText.parseIpv6(text.text());
            return new Wide(address.high(), address.low());
        } catch (IllegalArgumentException e) {
            throw text.expected("an IPv6 address (2001:db8::1)");
        }
    }

    static String showIpv6(Wide address) {
        return AddressText.formatIpv6(address.high(), address.low());
    }
}
