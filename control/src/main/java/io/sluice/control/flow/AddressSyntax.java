package io.sluice.control.flow;

import io.sluice.control.text.Numbers;
import io.sluice.control.text.Numbers.Wide;
import io.sluice.control.text.Span;
import java.util.Optional;
import java.util.function.Function;

/** An IP address, alone, with the length of a prefix or with a mask written as an address. */
record AddressSyntax(int bits, Function<Span, Wide> reader, Function<Wide, String> shower)
        implements FieldSyntax {
    @Override
    public Masked read(Span text, PortNames ports) {
        int slash = text.indexOf("/");
        if (slash < 0) {
            return masked(reader.apply(text), prefix(bits));
        }
        Wide address = reader.apply(text.part(0, slash));
        Span mask = text.from(slash + 1);
        boolean isLength = mask.indexOf(".") < 0 && mask.indexOf(":") < 0;
        return masked(
                address,
                isLength
                        ? prefix(Numbers.parse(mask, 0, bits, "a prefix length"))
                        : reader.apply(mask));
    }

    @Override
    public Optional<String> show(Masked masked) {
        Wide mask = new Wide(masked.maskHigh(), masked.mask());
        String address = shower.apply(new Wide(masked.high(), masked.value()));
        if (mask.equals(prefix(bits))) {
            return Optional.of(address);
        }
        int length = Long.bitCount(mask.high()) + Long.bitCount(mask.low());
        return Optional.of(
                address + "/" + (mask.equals(prefix(length)) ? length : shower.apply(mask)));
    }

    @Override
    public boolean isMaskable() {
        return true;
    }

    private static Masked masked(Wide value, Wide mask) {
        return new Masked(value.high(), value.low(), mask.high(), mask.low());
    }

    /** A mask of this many ones and zeros behind them. */
    private Wide prefix(int length) {
        Wide ones = Wide.ones(bits);
        int zeros = bits - length;
        if (zeros >= Long.SIZE) {
            return new Wide(zeros == 2 * Long.SIZE ? 0 : ones.high() << (zeros - Long.SIZE), 0);
        }
        return new Wide(ones.high(), ones.low() & (-1L << zeros));
    }
}
