package io.sluice.control.command;

import io.sluice.control.text.TextBytes;

/** What {@link NatDump} shows: rows by number, of which some are not there. */
interface NatRows {
    /** The highest number; the first is 1. */
    int last();

    /** Looks at a row; whether there is one, and the filter takes it. */
    boolean find(int number, int nowMs);

    /** Writes what was found as a line, without its end. */
    void line(TextBytes to);

    /** The same as a JSON object. */
    void json(TextBytes to);
}
