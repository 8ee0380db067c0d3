package io.sluice.control.flow;

import io.sluice.control.text.Numbers.Wide;
import io.sluice.control.text.Span;
import java.util.Optional;
import java.util.function.Function;

/**
 * VALUE, or VALUE/MASK where the field can be masked.
 *
 * @param full the mask of a value that comes without one
 * @param masked how values with a mask are shown; Open vSwitch shows some of them in hex
 */
record NumberSyntax(
        ValueReader reader,
        Wide full,
        boolean isMaskable,
        Function<Wide, String> whole,
        Function<Wide, String> masked)
        implements FieldSyntax {
    interface ValueReader {
        Wide read(Span text, PortNames ports);
    }

    @Override
    public Masked read(Span text, PortNames ports) {
        int slash = isMaskable ? text.indexOf("/") : -1;
        if (slash < 0) {
            return of(reader.read(text, ports), full);
        }
        Wide value = reader.read(text.part(0, slash), ports);
        return of(value, reader.read(text.from(slash + 1), ports));
    }

    @Override
    public Optional<String> show(Masked shown) {
        Wide value = new Wide(shown.high(), shown.value());
        Wide mask = new Wide(shown.maskHigh(), shown.mask());
        return Optional.of(
                mask.equals(full)
                        ? whole.apply(value)
                        : masked.apply(value) + "/" + masked.apply(mask));
    }

    private static Masked of(Wide value, Wide mask) {
        return new Masked(value.high(), value.low(), mask.high(), mask.low());
    }
}
