package io.sluice.control.flow;

import io.sluice.natlb.NatRange;

/** A range of {@code nat(...)} as flows have it, for those who tell of ranges. */
public final class RangeText {
    private RangeText() {}

    /** As {@code endpoint-independent-filtering}. */
    public static String show(NatRange.Filtering filtering) {
        return NatReader.FILTERINGS.get(filtering.ordinal());
    }

    /** As {@code src=198.51.100.1:5000-5001,persistent}. */
    public static String show(NatRange range) {
        String inBrackets = CtFormat.showRange(range);
        return inBrackets.substring(1, inBrackets.length() - 1);
    }
}
