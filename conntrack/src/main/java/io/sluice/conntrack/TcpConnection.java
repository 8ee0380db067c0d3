package io.sluice.conntrack;

import io.sluice.packet.Memory;
import java.util.Arrays;

/**
 * A TCP connection's state and windows out of its record, to be looked at and changed in one place:
 * index 0 is the original direction, 1 the reply's. Reused for every packet; used by one thread.
 */
final class TcpConnection {
    private static final int LINE_WORDS = 4;

    /** The word of {@link ConnState}. */
    int word;

    /** The highest end of what the direction has sent. */
    final int[] end = new int[2];

    /** How far the other side let this direction send. */
    final int[] maxEnd = new int[2];

    /** The largest window this direction offered; 0: it has not spoken. */
    final int[] window = new int[2];

    /**
     * The highest acknowledgment this direction sent, if MAX_ACK is set; else the end of what the
     * other has begun with. Where it is not the other's end, data is unacknowledged.
     */
    final int[] maxAck = new int[2];

    /** The direction of the last segment. */
    int lastDirection;

    /** See {@link TcpNotes}; only if {@link #noted}. */
    int lastEnd;

    int lastAck;
    int lastSyn;
    boolean noted;

    // Whether the direction's last segment did not end at its highest end.
    private final boolean[] oldEnd = new boolean[2];
    private boolean newNote;

    // Both lines as they were read.
    private final int[] loaded = new int[2 * LINE_WORDS];

    void clear() {
        word = ConnState.NO_SCALES;
        for (int direction = 0; direction < 2; direction++) {
            end[direction] = 0;
            maxEnd[direction] = 0;
            window[direction] = 0;
            maxAck[direction] = 0;
            oldEnd[direction] = false;
        }
        lastDirection = 0;
        forgetNote();
    }

    private void forgetNote() {
        noted = false;
        newNote = false;
        lastEnd = 0;
        lastAck = 0;
        lastSyn = 0;
    }

    TcpConnection copy() {
        TcpConnection copy = new TcpConnection();
        copy.word = word;
        for (int direction = 0; direction < 2; direction++) {
            copy.end[direction] = end[direction];
            copy.maxEnd[direction] = maxEnd[direction];
            copy.window[direction] = window[direction];
            copy.maxAck[direction] = maxAck[direction];
            copy.oldEnd[direction] = oldEnd[direction];
        }
        copy.lastDirection = lastDirection;
        copy.lastEnd = lastEnd;
        copy.lastAck = lastAck;
        copy.lastSyn = lastSyn;
        copy.noted = noted;
        return copy;
    }

    /** Reads the record; under its state lock, or for a look that may be a little off. */
    void load(ConnTable table, int reference) {
        long original = table.original(reference);
        long reply = table.line(reference | 1);
        word = Memory.getIntAcquire(original + ConnLayout.STATE);
        for (int i = 0; i < LINE_WORDS; i++) {
            loaded[i] = Memory.getInt(original + ConnLayout.TCP + (long) i * Integer.BYTES);
            loaded[LINE_WORDS + i] =
                    Memory.getInt(reply + ConnLayout.TCP + (long) i * Integer.BYTES);
        }
        for (int direction = 0; direction < 2; direction++) {
            int windowWord = loaded(direction, ConnLayout.TCP_WINDOW);
            end[direction] = loaded(direction, ConnLayout.TCP_END);
            maxEnd[direction] = loaded(direction ^ 1, ConnLayout.TCP_OTHER_MAX_END);
            maxAck[direction] = loaded(direction, ConnLayout.TCP_MAX_ACK);
            window[direction] = windowWord & TcpWindow.MAX_WINDOW;
            oldEnd[direction] = (windowWord & TcpWindow.OLD_END) != 0;
        }
        lastDirection = turns() != 0 ? 0 : 1;
        forgetNote();
        noted = (word & ConnState.NOTED) != 0 && table.tcpNotes().read(reference >>> 1, this);
    }

    private int loaded(int direction, int field) {
        return loaded[direction * LINE_WORDS + (field - ConnLayout.TCP) / Integer.BYTES];
    }

    /** Not 0 when the original direction spoke last before this packet. */
    private int turns() {
        return (loaded(0, ConnLayout.TCP_WINDOW) ^ loaded(1, ConnLayout.TCP_WINDOW))
                & TcpWindow.TURN;
    }

    /**
     * Writes the record, under its state lock. Cached ways move connections without the lock: what
     * this packet has not changed is not written.
     *
     * @return whether the word has changed, which cached ways must notice
     */
    boolean store(ConnTable table, int reference) {
        long original = table.original(reference);
        if (newNote) {
            table.tcpNotes().write(reference >>> 1, this);
        }
        storeLine(0, original, false);
        storeLine(1, table.line(reference | 1), false);
        return storeWord(original + ConnLayout.STATE);
    }

    /** Writes the lines of a record that nobody else uses yet. */
    void storeFirst(long original, long reply) {
        Arrays.fill(loaded, 0);
        storeLine(0, original, true);
        storeLine(1, reply, true);
    }

    private void storeLine(int direction, long line, boolean all) {
        boolean toggles = lastDirection == direction && (turns() != 0) != (lastDirection == 0);
        int turn = loaded(direction, ConnLayout.TCP_WINDOW) & TcpWindow.TURN;
        int windowWord =
                TcpWindow.wider(window[direction], 0)
                        | (oldEnd[direction] ? TcpWindow.OLD_END : 0)
                        | (toggles ? turn ^ TcpWindow.TURN : turn);
        put(direction, line, ConnLayout.TCP_END, end[direction], all);
        put(direction, line, ConnLayout.TCP_MAX_ACK, maxAck[direction], all);
        put(direction, line, ConnLayout.TCP_OTHER_MAX_END, maxEnd[direction ^ 1], all);
        put(direction, line, ConnLayout.TCP_WINDOW, windowWord, all);
    }

    private void put(int direction, long line, int field, int value, boolean all) {
        if (all || value != loaded(direction, field)) {
            Memory.putInt(line + field, value);
        }
    }

    private boolean storeWord(long address) {
        int before;
        int after;
        do {
            before = Memory.getIntAcquire(address);
            after = (before & ~ConnState.TCP_BITS) | (word & ConnState.TCP_BITS);
        } while (before != after && !Memory.compareAndSetInt(address, before, after));
        return before != after;
    }

    int state() {
        return ConnState.kind(word);
    }

    boolean is(TcpState state) {
        return state() == state.ordinal();
    }

    boolean has(int bit) {
        return (word & bit) != 0;
    }

    void set(int bit, boolean value) {
        word = value ? word | bit : word & ~bit;
    }

    /** One of the bits that each direction has. */
    boolean has(int bit, int direction) {
        return ConnState.has(word, bit, direction);
    }

    void set(int bit, int direction, boolean value) {
        set(bit << direction, value);
    }

    /** The kind of the last segment. */
    int lastKind() {
        return ConnState.lastKind(word);
    }

    void setLast(int direction, int kind) {
        lastDirection = direction;
        word = ConnState.withLastKind(word, kind);
    }

    /** The same for one that was let through without being believed. */
    void setIgnored(int direction, int kind) {
        lastDirection = direction;
        word = ConnState.withIgnoredKind(word, kind);
    }

    /** Whether the last segment is known to have ended there. */
    boolean endedAt(int number) {
        return oldEnd[lastDirection] ? noted && lastEnd == number : end[lastDirection] == number;
    }

    /**
     * Where the last SYN that was not believed ended, or another segment of which more is noted; 0,
     * as a RST without ACK has it, when there was none. A SYN that was believed notes nothing.
     */
    int notedEnd() {
        return noted ? lastEnd : 0;
    }

    /** The direction's last segment ended there. */
    void noteEnd(int direction, int number) {
        if (number == end[direction]) {
            oldEnd[direction] = false;
        } else {
            noteOldEnd(direction, number);
        }
    }

    /** So did a segment that does not move the connection, of which more is noted. */
    void noteOldEnd(int direction, int number) {
        oldEnd[direction] = true;
        lastEnd = number;
        noted = true;
        newNote = true;
        set(ConnState.NOTED, true);
    }

    /** The direction has sent up to there, in a segment that is not its last one for us. */
    void setEndOnly(int direction, int number) {
        int last = end[direction];
        end[direction] = number;
        if (lastDirection == direction && lastKind() == TcpState.ACK && !oldEnd[direction]) {
            noteEnd(direction, last);
        }
    }

    /** The direction is as if it had not spoken; what was picked up stays so. */
    void reset(int direction) {
        end[direction] = 0;
        maxEnd[direction] = 0;
        window[direction] = 0;
        maxAck[direction] = 0;
        oldEnd[direction] = false;
        word = ConnState.withScale(word, direction, TcpSegment.NO_SCALE);
        set(ConnState.SACK, direction, false);
        set(ConnState.MAX_ACK, direction, false);
    }

    /**
     * How long the connection may be silent, given what its last segments were.
     *
     * @param original its lines
     */
    static int timeoutMs(Timeouts timeouts, long original, int word) {
        int state = ConnState.kind(word);
        int normal = timeouts.milliseconds(state);
        if (ConnState.endsWithReset(word)) {
            return timeouts.milliseconds(TcpState.CLOSE.ordinal());
        }
        // From its middle, and at most the first answer was seen.
        boolean unsure = state == TcpState.ESTABLISHED.ordinal() && (word & ConnState.ASSURED) == 0;
        if (unsure || isUnacknowledged(original)) {
            int limit = timeouts.milliseconds(Timeouts.Kind.TCP_UNACKNOWLEDGED.ordinal());
            return Math.min(normal, limit);
        }
        if ((word & ConnState.ZERO_WINDOW) != 0) {
            int limit = timeouts.milliseconds(Timeouts.Kind.TCP_MAX_RETRANS.ordinal());
            return Math.min(normal, limit);
        }
        return normal;
    }

    /** Whether one side has sent what the other has not acknowledged. */
    private static boolean isUnacknowledged(long original) {
        long reply = original + ConnLayout.LINE_BYTES;
        return isUnacknowledged(original, reply) || isUnacknowledged(reply, original);
    }

    private static boolean isUnacknowledged(long line, long other) {
        boolean spoke = (Memory.getInt(line + ConnLayout.TCP_WINDOW) & TcpWindow.MAX_WINDOW) != 0;
        return spoke
                && Memory.getInt(other + ConnLayout.TCP_MAX_ACK)
                        != Memory.getInt(line + ConnLayout.TCP_END);
    }
}
