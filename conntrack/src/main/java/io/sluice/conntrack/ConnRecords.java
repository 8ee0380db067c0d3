package io.sluice.conntrack;

import io.sluice.packet.Memory;
import io.sluice.packet.MemoryAhead;
import io.sluice.packet.MemorySource;
import io.sluice.packet.TupleKey;

/**
 * The records of connections, as {@link ConnLayout} draws them, and what lies beside them by their
 * numbers: the whole addresses of IPv6, for each direction source and destination, ct_label, and
 * what the connection holds elsewhere, with the bucket that it counts in. Pages that no connection
 * needs are never touched. Any thread.
 */
final class ConnRecords {
    private static final int WIDE_SHIFT = 5;
    private static final int LABEL_SHIFT = 4;
    private static final int HOLD_SHIFT = 3;
    private static final int BUCKET_SHIFT = 2;
    // With the bucket's number: the connection counts in it no more; it holds other things, too.
    private static final int LEFT = 1 << 31;
    private static final int HOLDS_MORE = 1 << 30;
    private static final int BUCKET = HOLDS_MORE - 1;

    private final long records;
    private final long wide;
    private final long labels;
    private final long holds;
    private final long buckets;
    private final MemoryAhead ahead;

    ConnRecords(int count, MemorySource memory) {
        long recordBytes = (long) count * ConnLayout.RECORD_BYTES;
        records = memory.allocate(recordBytes);
        wide = memory.allocate((long) count << (WIDE_SHIFT + 1));
        labels = memory.allocate((long) count << LABEL_SHIFT);
        holds = memory.allocate((long) count << HOLD_SHIFT);
        buckets = memory.allocate((long) count << BUCKET_SHIFT);
        ahead = new MemoryAhead(memory, records, recordBytes);
    }

    /** Has the first so many records' memory ready; whether there was something to do. */
    boolean prepareAhead(long count) {
        return ahead.prepare(count * ConnLayout.RECORD_BYTES);
    }

    /** Where record 0 lies. */
    long base() {
        return records;
    }

    /** Address of the direction's line. */
    long line(int reference) {
        return Memory.pointer(records + ((long) reference << ConnLayout.LINE_SHIFT));
    }

    /** The line of the original direction. */
    long original(int reference) {
        return line(reference & ~1);
    }

    private long wide(int reference) {
        return Memory.pointer(wide + ((long) reference << WIDE_SHIFT));
    }

    /** Where the connection's ct_label lies: the upper 64 bits, then the lower. */
    long label(int reference) {
        return Memory.pointer(labels + ((long) (reference >>> 1) << LABEL_SHIFT));
    }

    private long hold(int reference) {
        return Memory.pointer(holds + ((long) (reference >>> 1) << HOLD_SHIFT));
    }

    /**
     * What the connection holds, of {@link ConnState#HOLDS} ones: for its source or destination.
     */
    int hold(int reference, int which) {
        boolean more = (Memory.getIntOpaque(bucketWord(reference)) & HOLDS_MORE) != 0;
        return more ? Memory.getInt(hold(reference) + which * (long) Integer.BYTES) : 0;
    }

    private long bucketWord(int reference) {
        return Memory.pointer(buckets + ((long) (reference >>> 1) << BUCKET_SHIFT));
    }

    private void writeHolds(int reference, NewConnection fresh) {
        boolean more = (fresh.hold[0] | fresh.hold[1]) != 0;
        Memory.putInt(bucketWord(reference), fresh.bucket | (more ? HOLDS_MORE : 0));
        if (more) {
            Memory.putInt(hold(reference), fresh.hold[0]);
            Memory.putInt(hold(reference) + Integer.BYTES, fresh.hold[1]);
        }
    }

    /** The bucket that the connection was made in, of {@link ConnState#HOLDS} ones; 0: none. */
    int bucket(int reference) {
        return Memory.getIntOpaque(bucketWord(reference)) & BUCKET;
    }

    /** The same for the first who asks; 0 for all others. */
    int leaveBucket(int reference) {
        long address = bucketWord(reference);
        int word = Memory.getIntOpaque(address);
        boolean first = word >= 0 && Memory.compareAndSetInt(address, word, word | LEFT);
        return first ? word & BUCKET : 0;
    }

    /** Whether the connection, of IPv6, has these addresses in this direction. */
    boolean hasWide(int reference, long[] words, int at) {
        long address = wide(reference);
        long differs = 0;
        for (int i = 0; i < 4; i++) {
            differs |= Memory.getLong(address + ((long) i << 3)) ^ words[at + i];
        }
        return differs == 0;
    }

    /** Copies the direction's source and destination, of IPv6, as they lie. */
    void copyWide(int reference, long to) {
        Memory.copy(wide(reference), to, 1L << WIDE_SHIFT);
    }

    /** Writes the direction's source and destination, of IPv6, to four longs. */
    void readWide(int reference, long[] to, int at) {
        long address = wide(reference);
        for (int i = 0; i < 4; i++) {
            to[at + i] = Memory.getLong(address + ((long) i << 3));
        }
    }

    /**
     * Writes a new connection into a record that nobody finds yet; {@link #writeEpochs} does the
     * rest.
     *
     * @param state the word of {@link ConnState}
     */
    void write(int reference, NewConnection fresh, int state, int nowMs) {
        long reply = line(reference | 1);
        writeLine(reply, fresh.replyAddresses, fresh.replyPortsAndZone, nowMs);
        Memory.putInt(reply + ConnLayout.MARK, fresh.mark);
        long original = line(reference);
        writeLine(original, fresh.addresses, fresh.portsAndZone, nowMs);
        boolean labelled = (fresh.labelHigh | fresh.labelLow) != 0;
        boolean holding = fresh.holds() || fresh.hasRelations();
        Memory.putInt(
                original + ConnLayout.STATE,
                state | (labelled ? ConnState.HAS_LABEL : 0) | (holding ? ConnState.HOLDS : 0));
        if (holding) {
            writeHolds(reference, fresh);
        }
        if (labelled) {
            Memory.putLong(label(reference), fresh.labelHigh);
            Memory.putLong(label(reference) + Long.BYTES, fresh.labelLow);
        }
        if (TupleKey.isIpv6(fresh.portsAndZone)) {
            long both = wide(reference);
            for (int i = 0; i < fresh.wide.length; i++) {
                Memory.putLong(both + ((long) i << 3), fresh.wide[i]);
            }
        }
        if (fresh.tcp != null) {
            fresh.tcp.storeFirst(original, reply);
        }
        if (fresh.sctp != null) {
            fresh.sctp.storeTags(original, reply);
        }
    }

    /** Of the original direction's zone and the reply's. */
    void writeEpochs(int reference, int epoch, int replyEpoch) {
        Memory.putInt(line(reference) + ConnLayout.ZONE_EPOCH, epoch);
        Memory.putInt(line(reference | 1) + ConnLayout.ZONE_EPOCH, replyEpoch);
    }

    private static void writeLine(long line, long addresses, long portsAndZone, int nowMs) {
        RecordVersion.prepare(line);
        Memory.putLong(line + ConnLayout.ADDRESSES, addresses);
        Memory.putLong(line + ConnLayout.PORTS_AND_SCOPE, portsAndZone);
        Memory.putInt(line + ConnLayout.LAST_SEEN_MS, nowMs);
    }
}
