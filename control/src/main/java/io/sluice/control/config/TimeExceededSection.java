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
        try {
            return AddressText.parseIpv4(text.value());
        } catch (IllegalArgumentException e) {
            mistakes.add(
                    text.node(), "ipv4 is %s, expected an IPv4 address".formatted(text.value()));
            return 0;
        }
    }

    private AddressText.Ipv6 ipv6(Placed<String> text) {
        try {
            return AddressText.parseIpv6(text.value());
        } catch (IllegalArgumentException e) {
            mistakes.add(
                    text.node(), "ipv6 is %s, expected an IPv6 address".formatted(text.value()));
            return NO_IPV6;
        }
    }
}
