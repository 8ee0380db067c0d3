package io.sluice.conntrack;

import io.sluice.packet.Memory;

/**
 * Where the data of one direction of a TCP connection was changed, and what that makes of sequence
 * numbers: those before a change differ by another number than those behind it, as in Netfilter's
 * nf_conntrack_seqadj, which remembers one change of a direction where this remembers four. An edit
 * may replace bytes by none: they were kept back until more of their line came, and what the
 * receiver has acknowledged up to there acknowledges them.
 *
 * <p>All here are of the direction at that address of {@link StreamLayout}, under its stream's
 * lock.
 */
public final class StreamEdits {
    /** Of an edit at most. */
    public static final int MAX_TEXT_BYTES = StreamLayout.MAX_TEXT_BYTES;

    // Edits further back than this are over: numbers that far apart can no longer be compared.
    private static final int REMEMBERED_BYTES = 1 << 29;

    private StreamEdits() {}

    private static long edit(long direction, int index) {
        return direction + StreamLayout.FIRST_EDIT + (long) index * StreamLayout.EDIT_BYTES;
    }

    private static int count(long direction) {
        return Memory.getInt(direction + StreamLayout.EDITS);
    }

    private static int start(long edit) {
        return Memory.getInt(edit + StreamLayout.START);
    }

    private static int end(long edit) {
        return Memory.getInt(edit + StreamLayout.END);
    }

    private static int textBytes(long edit) {
        return Memory.getInt(edit + StreamLayout.TEXT_BYTES);
    }

    private static int receivedEnd(long edit) {
        return Memory.getInt(edit + StreamLayout.RECEIVED) + textBytes(edit);
    }

    /** Whether numbers or data of the direction are not what they were, anywhere. */
    public static boolean areThere(long direction) {
        return count(direction) != 0 || Memory.getInt(direction + StreamLayout.OFFSET) != 0;
    }

    /**
     * The receiver's number of the byte that has this one of the sender. Bytes within an edit have
     * the number behind its text, which goes with the first of them.
     */
    public static int toReceived(long direction, int sent) {
        int offset = Memory.getInt(direction + StreamLayout.OFFSET);
        int count = count(direction);
        for (int i = 0; i < count; i++) {
            long edit = edit(direction, i);
            if (!TcpWindow.isAfter(sent, start(edit))) {
                break;
            }
            if (TcpWindow.isBefore(sent, end(edit))) {
                return receivedEnd(edit);
            }
            offset = receivedEnd(edit) - end(edit);
        }
        return sent + offset;
    }

    /**
     * The sender's number of the byte that has this one of the receiver, as for acknowledgments:
     * who has acknowledged a part of a text has acknowledged nothing of what it replaces.
     */
    public static int toSent(long direction, int received) {
        int offset = Memory.getInt(direction + StreamLayout.OFFSET);
        int count = count(direction);
        for (int i = 0; i < count; i++) {
            long edit = edit(direction, i);
            if (TcpWindow.isBefore(received, receivedEnd(edit))) {
                boolean inside = received - Memory.getInt(edit + StreamLayout.RECEIVED) > 0;
                return inside ? start(edit) : received - offset;
            }
            offset = receivedEnd(edit) - end(edit);
        }
        return received - offset;
    }

    /**
     * Adds an edit behind all others.
     *
     * @param start number of the first byte that is replaced, as the sender counts
     * @param end behind the last, after the start
     * @param text what replaces them; {@code textBytes} of it, {@link #MAX_TEXT_BYTES} at most
     */
    public static void add(long direction, int start, int end, byte[] text, int textBytes) {
        int count = count(direction);
        long last = edit(direction, count - 1);
        if (count > 0 && textBytes == 0 && textBytes(last) == 0 && end(last) == start) {
            // More of what is kept back.
            Memory.putInt(last + StreamLayout.END, end);
            return;
        }
        int received = toReceived(direction, start);
        if (count == StreamLayout.MAX_EDITS) {
            forgetFirst(direction);
            count--;
        }
        long edit = edit(direction, count);
        Memory.putInt(edit + StreamLayout.START, start);
        Memory.putInt(edit + StreamLayout.END, end);
        Memory.putInt(edit + StreamLayout.RECEIVED, received);
        Memory.putInt(edit + StreamLayout.TEXT_BYTES, textBytes);
        for (int i = 0; i < textBytes; i++) {
            Memory.putByte(edit + StreamLayout.TEXT + i, text[i]);
        }
        Memory.putInt(direction + StreamLayout.EDITS, count + 1);
    }

    /** Forgets edits that are so far behind this number that it may seem to be before them. */
    static void forgetBefore(long direction, int sent) {
        while (count(direction) > 0 && sent - end(edit(direction, 0)) > REMEMBERED_BYTES) {
            forgetFirst(direction);
        }
    }

    /** Nobody sends or acknowledges any more what was before it. */
    private static void forgetFirst(long direction) {
        long first = edit(direction, 0);
        int count = count(direction);
        Memory.putInt(direction + StreamLayout.OFFSET, receivedEnd(first) - end(first));
        // Upwards, so that what is still to be moved is not overwritten.
        Memory.copy(
                first + StreamLayout.EDIT_BYTES,
                first,
                (long) (count - 1) * StreamLayout.EDIT_BYTES);
        Memory.putInt(direction + StreamLayout.EDITS, count - 1);
    }

    /** Whether a segment of these bytes is not what the receiver is to get. */
    public static boolean change(long direction, int start, int end) {
        int count = count(direction);
        for (int i = 0; i < count; i++) {
            long edit = edit(direction, i);
            if (TcpWindow.isBefore(start(edit), end) && TcpWindow.isBefore(start, end(edit))) {
                return true;
            }
        }
        return false;
    }

    /**
     * Writes what the receiver is to get of a segment: what is replaced is left out, and each text
     * is where the first byte is that it replaces.
     *
     * @param start number of its first byte, as the sender counts
     * @param from address of the bytes
     * @param to has room for {@link #maxGrowth} bytes more
     * @return how many bytes were written
     */
    public static int apply(long direction, int start, long from, int bytes, byte[] to) {
        int done = 0;
        int written = 0;
        int count = count(direction);
        for (int i = 0; i < count; i++) {
            long edit = edit(direction, i);
            int first = start(edit) - start;
            int behind = end(edit) - start;
            if (behind <= done || first >= bytes) {
                continue;
            }
            if (first >= done) {
                Memory.copy(from + done, to, written, first - done);
                written += first - done;
                Memory.copy(edit + StreamLayout.TEXT, to, written, textBytes(edit));
                written += textBytes(edit);
            }
            done = Math.min(behind, bytes);
        }
        Memory.copy(from + done, to, written, bytes - done);
        return written + bytes - done;
    }

    /** By how much {@link #apply} lengthens data at most. */
    public static int maxGrowth() {
        return StreamLayout.MAX_EDITS * StreamLayout.MAX_TEXT_BYTES;
    }
}
