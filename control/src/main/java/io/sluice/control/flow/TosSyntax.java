package io.sluice.control.flow;

import io.sluice.control.text.Numbers;
import io.sluice.control.text.Span;
import java.util.Optional;

/** The parts of the byte that was the type of service: DSCP above, ECN in the lowest two bits. */
enum TosSyntax implements FieldSyntax {
    /** The DSCP at its place in the byte; the lowest two bits do not count. */
    TOS("a type of service", 0xFF, 0, 0xFC),
    DSCP("a DSCP", 63, 2, 0xFC),
    ECN("ECN bits", 3, 0, 0x03);

    private final String what;
    private final int max;
    private final int shift;
    private final long mask;

    TosSyntax(String what, int max, int shift, long mask) {
        this.what = what;
        this.max = max;
        this.shift = shift;
        this.mask = mask;
    }

    @Override
    public Masked read(Span text, PortNames ports) {
        return new Masked((long) Numbers.parse(text, 0, max, what) << shift & mask, mask);
    }

    @Override
    public Optional<String> show(Masked masked) {
        return (masked.mask() & mask) != 0
                ? Optional.of(Long.toString((masked.value() & mask) >>> shift))
                : Optional.empty();
    }

    @Override
    public boolean isMaskable() {
        return false;
    }
}
