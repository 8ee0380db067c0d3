package io.sluice.conntrack;

import io.sluice.packet.FtpLines;

/**
 * What is remembered of a TCP connection whose data a helper reads and changes, and of each of its
 * directions. Sequence numbers are in host order, "sent" as the sender counts and "received" as the
 * receiver does: they differ where data has changed its length before.
 *
 * <pre>
 *    0    4  lock: held for all of the below
 *    4    4  number of the next stream that is free, 0: none     under the lock of Streams
 *    8    4  the record of its connection plus one, 0: free
 *   64  512  the original direction's, the reply's behind it:
 *
 *    0    4  number of the next byte to be read
 *    4    4  whether that is known: 0 or 1
 *    8    4  edits that are remembered
 *   12    4  by how much received numbers are higher before the first of them
 *   16   72  the line at work (FtpLines)
 *   88   96  an edit, four in all, in the order of their numbers:
 *
 *    0    4  where it begins, sent
 *    4    4  where it ends, sent: behind the last byte that it replaces, one at least
 *    8    4  where it begins, received
 *   12    4  bytes of its text
 *   16   80  its text
 * </pre>
 */
final class StreamLayout {
    static final int LOCK = 0;
    static final int NEXT_FREE = 4;
    static final int OWNER = 8;
    static final int DIRECTIONS = 64;
    static final int DIRECTION_BYTES = 512;
    static final int BYTES = DIRECTIONS + 2 * DIRECTION_BYTES;

    static final int NEXT = 0;
    static final int KNOWN = NEXT + Integer.BYTES;
    static final int EDITS = KNOWN + Integer.BYTES;
    static final int OFFSET = EDITS + Integer.BYTES;
    static final int LINES = OFFSET + Integer.BYTES;
    static final int FIRST_EDIT = LINES + FtpLines.BYTES;

    static final int MAX_EDITS = 4;
    static final int EDIT_BYTES = 96;

    static final int START = 0;
    static final int END = START + Integer.BYTES;
    static final int RECEIVED = END + Integer.BYTES;
    static final int TEXT_BYTES = RECEIVED + Integer.BYTES;
    static final int TEXT = TEXT_BYTES + Integer.BYTES;
    static final int MAX_TEXT_BYTES = EDIT_BYTES - TEXT;

    private StreamLayout() {}
}
