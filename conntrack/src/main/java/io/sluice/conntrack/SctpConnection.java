package io.sluice.conntrack;

import io.sluice.packet.Memory;

/**
 * An SCTP connection's state and tags out of its record, to be looked at and changed in one place:
 * index 0 is the original direction, 1 the reply's. Reused for every packet; used by one thread.
 */
final class SctpConnection {
    /** The word of {@link ConnState}. */
    int word;

    /** The ordinal of the {@link SctpState}. */
    int state;

    /** What packets of the direction carry; 0: not known yet. */
    final int[] tag = new int[2];

    void clear() {
        word = 0;
        state = SctpState.NONE.ordinal();
        tag[0] = 0;
        tag[1] = 0;
    }

    SctpConnection copy() {
        SctpConnection copy = new SctpConnection();
        copy.word = word;
        copy.state = state;
        copy.tag[0] = tag[0];
        copy.tag[1] = tag[1];
        return copy;
    }

    /** Reads the record; under its state lock, or for a look that may be a little off. */
    void load(ConnTable table, int reference) {
        word = Memory.getIntAcquire(table.original(reference) + ConnLayout.STATE);
        state = SctpState.ofWord(word);
        tag[0] = Memory.getInt(table.original(reference) + ConnLayout.SCTP_TAG);
        tag[1] = Memory.getInt(table.line(reference | 1) + ConnLayout.SCTP_TAG);
    }

    /**
     * Writes the record, under its state lock.
     *
     * @return whether the word has changed
     */
    boolean store(ConnTable table, int reference) {
        storeTags(table.original(reference), table.line(reference | 1));
        long address = table.original(reference) + ConnLayout.STATE;
        int before;
        int after;
        do {
            before = Memory.getIntAcquire(address);
            after = (before & ~ConnState.SCTP_BITS) | (word & ConnState.SCTP_BITS);
        } while (before != after && !Memory.compareAndSetInt(address, before, after));
        return before != after;
    }

    void storeTags(long original, long reply) {
        Memory.putInt(original + ConnLayout.SCTP_TAG, tag[0]);
        Memory.putInt(reply + ConnLayout.SCTP_TAG, tag[1]);
    }

    void moveTo(int next) {
        state = next;
        word = ConnState.withKind(word, SctpState.kind(next));
    }

    boolean has(int bit) {
        return (word & bit) != 0;
    }

    void set(int bit, boolean value) {
        word = value ? word | bit : word & ~bit;
    }

    /** Whether the direction has sent an INIT that was not forgotten. */
    boolean hasInit(int direction) {
        return has(ConnState.SCTP_INIT << direction);
    }

    void setInit(int direction, boolean value) {
        set(ConnState.SCTP_INIT << direction, value);
    }
}
