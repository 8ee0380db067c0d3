package io.sluice.control.flow;

import io.sluice.control.text.Span;
import java.util.Optional;

/** How the values of a field are written. */
interface FieldSyntax {
    /**
     * A value and the bits of it that count, each in halves of 64 bits, at their place in the
     * {@link io.sluice.fastpath.Field}. The value may have bits that the mask leaves out.
     */
    record Masked(long high, long value, long maskHigh, long mask) {
        Masked(long value, long mask) {
            this(0, value, 0, mask);
        }
    }

    /**
     * @throws io.sluice.control.text.SyntaxException when it is not a value of this kind
     */
    Masked read(Span text, PortNames ports);

    /** The text that {@link #read} reads back; empty where another word for the field says it. */
    Optional<String> show(Masked masked);

    /** Whether single bits of the field can be matched. */
    boolean isMaskable();
}
