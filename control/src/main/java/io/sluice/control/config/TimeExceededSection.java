package io.sluice.control.config;

import io.sluice.control.config.Section.Placed;
import io.sluice.fastpath.TimeExceededSource;
import io.sluice.packet.AddressText;
import java.util.Optional;

/** Reads {@code time-exceeded: {ipv4: ADDRESS, ipv6: ADDRESS}}. */
final class TimeExceededSection {
    private static final AddressText.Ipv6 NO_IPV6 = new AddressText.Ipv6(0, 0);

    private final Mistakes mistakes;

    TimeExceededSection(Mistakes mistakes) {
        this.mistakes = mistakes;
    }

    TimeExceededSource read(Optional<Section> given) {
        return given.map(this::read).orElse(TimeExceededSource.NONE);
    }

    private TimeExceededSource read(Section section) {
        int ipv4 = section.text("ipv4").map(this::ipv4).orElse(0);
        AddressText.Ipv6 ipv6 = section.text("ipv6").map(this::ipv6).orElse(NO_IPV6);
        section.finish();
        return new TimeExceededSource(ipv4, ipv6.high(), ipv6.low());
    }

    private int ipv4(Placed<String> text) {
        int address = 0;
        try {
            address = AddressText.parseIpv4(text.value());
        } catch (IllegalArgumentException e) {
            // Is one of those that can be nobody's.
        }
        int first = address >>> 24;
        if (first == 0 || first == 127 || first >= 224) {
            mistakes.add(
                    text.node(),
                    "ipv4 is %s, expected the IPv4 address of one host".formatted(text.value()));
        }
        return address;
    }

    private AddressText.Ipv6 ipv6(Placed<String> text) {
        AddressText.Ipv6 address = NO_IPV6;
        try {
            address = AddressText.parseIpv6(text.value());
        } catch (IllegalArgumentException e) {
            // Is none, which can be nobody's either.
        }
        boolean multicast = address.high() >>> 56 == 0xFF;
        if (address.equals(NO_IPV6) || multicast) {
            mistakes.add(
                    text.node(),
                    "ipv6 is %s, expected the IPv6 address of one host".formatted(text.value()));
        }
        return address;
    }
}
