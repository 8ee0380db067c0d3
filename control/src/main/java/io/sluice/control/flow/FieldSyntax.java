package io.sluice.control.flow;

import io.sluice.control.text.Span;

/** How the values of a match field are written. */
interface FieldSyntax {
    /** A value and the bits of it that count, in the field's width. */
    record Masked(long value, long mask) {}

    Masked read(Span text, PortNames ports);

    /**
     * The text that {@link #read} reads back.
     *
     * @param mask not 0
     */
    String show(long value, long mask);
}
