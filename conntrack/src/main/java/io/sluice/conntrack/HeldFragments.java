package io.sluice.conntrack;

import io.sluice.packet.TupleHash;
import java.util.Arrays;

/**
 * The fragments that wait, in places of a fixed number: a list for each datagram in the order of
 * its bytes, an index by what the datagram's fragments have in common, and a list of the datagrams
 * from the oldest to the newest. No rules: those are {@link FragmentTable}'s, whose lock guards it.
 */
final class HeldFragments {
    static final int NONE = -1;

    /** What a datagram's end is until its last fragment has come. */
    static final int UNKNOWN = -1;

    private static final int PLACES = FragmentSettings.MOST_FRAGMENTS;
    private static final int BUCKETS = 1 << 13;
    private static final int WORDS = 4;

    // Of a fragment, by its place; a free place's next is another.
    private final long[] mbuf = new long[PLACES];
    private final int[] port = new int[PLACES];
    private final int[] dataOffset = new int[PLACES];
    final int[] start = new int[PLACES];
    final int[] end = new int[PLACES];
    private final int[] buffersOf = new int[PLACES];
    final int[] next = new int[PLACES];
    private int free;

    // Of a datagram, by its place.
    private final long[] addresses = new long[PLACES * WORDS];
    private final long[] kind = new long[PLACES];
    private final int[] identification = new int[PLACES];
    final int[] first = new int[PLACES];
    final int[] last = new int[PLACES];
    final int[] count = new int[PLACES];
    final int[] bytes = new int[PLACES];
    final int[] headerBytes = new int[PLACES];
    final int[] endByte = new int[PLACES];
    final int[] sinceMs = new int[PLACES];
    // Why its fragments are refused; null while they wait.
    final FragmentOutcome[] refused = new FragmentOutcome[PLACES];
    private final int[] inBucket = new int[PLACES];
    private final int[] older = new int[PLACES];
    private final int[] newer = new int[PLACES];
    private int freeDatagram;

    private final int[] buckets = new int[BUCKETS];
    private int oldest = NONE;
    private int newest = NONE;

    private int fragments;
    private int buffers;
    private int datagrams;

    HeldFragments() {
        Arrays.fill(buckets, NONE);
        for (int place = 0; place < PLACES; place++) {
            next[place] = place + 1 < PLACES ? place + 1 : NONE;
            inBucket[place] = next[place];
        }
    }

    int fragments() {
        return fragments;
    }

    /** That the waiting fragments lie in. */
    int buffers() {
        return buffers;
    }

    int datagrams() {
        return datagrams;
    }

    boolean isFull() {
        return freeDatagram == NONE;
    }

    int oldest() {
        return oldest;
    }

    int newerThan(int datagram) {
        return newer[datagram];
    }

    private static int bucket(Fragment fragment) {
        long hash = TupleHash.secret(TupleHash.wide(fragment.addresses, 0), fragment.kind());
        return (int) (TupleHash.secret(hash, fragment.identification) & (BUCKETS - 1));
    }

    /** The datagram that the fragment is of, or NONE. */
    int find(Fragment fragment) {
        int at = buckets[bucket(fragment)];
        while (at != NONE && !isOf(at, fragment)) {
            at = inBucket[at];
        }
        return at;
    }

    private boolean isOf(int datagram, Fragment fragment) {
        int from = datagram * WORDS;
        return identification[datagram] == fragment.identification
                && kind[datagram] == fragment.kind()
                && Arrays.equals(addresses, from, from + WORDS, fragment.addresses, 0, WORDS);
    }

    boolean isIpv6(int datagram) {
        return kind[datagram] >>> 40 != 0;
    }

    /** A datagram without fragments; there must be room for it. */
    int begin(Fragment fragment, int nowMs) {
        int made = freeDatagram;
        freeDatagram = inBucket[made];
        System.arraycopy(fragment.addresses, 0, addresses, made * WORDS, WORDS);
        kind[made] = fragment.kind();
        identification[made] = fragment.identification;
        clear(made);
        endByte[made] = UNKNOWN;
        headerBytes[made] = 0;
        sinceMs[made] = nowMs;
        refused[made] = null;
        int bucket = bucket(fragment);
        inBucket[made] = buckets[bucket];
        buckets[bucket] = made;
        older[made] = newest;
        newer[made] = NONE;
        if (newest == NONE) {
            oldest = made;
        } else {
            newer[newest] = made;
        }
        newest = made;
        datagrams++;
        return made;
    }

    private void clear(int datagram) {
        first[datagram] = NONE;
        last[datagram] = NONE;
        count[datagram] = 0;
        bytes[datagram] = 0;
    }

    /** The last of the datagram's fragments that begins at the byte or before it, or NONE. */
    int before(int datagram, int byteNumber) {
        int tail = last[datagram];
        if (tail != NONE && start[tail] <= byteNumber) {
            return tail;
        }
        int found = NONE;
        int at = first[datagram];
        while (at != NONE && start[at] <= byteNumber) {
            found = at;
            at = next[at];
        }
        return found;
    }

    int after(int datagram, int fragment) {
        return fragment == NONE ? first[datagram] : next[fragment];
    }

    /** Adds the fragment behind one of the datagram's; there must be a place for it. */
    void add(int datagram, int behind, Fragment fragment) {
        int place = free;
        free = next[place];
        mbuf[place] = fragment.mbuf;
        port[place] = fragment.port;
        dataOffset[place] = fragment.dataOffset;
        start[place] = fragment.startByte;
        end[place] = fragment.endByte;
        buffersOf[place] = fragment.buffers;
        next[place] = after(datagram, behind);
        if (behind == NONE) {
            first[datagram] = place;
        } else {
            next[behind] = place;
        }
        if (next[place] == NONE) {
            last[datagram] = place;
        }
        count[datagram]++;
        bytes[datagram] += fragment.dataBytes();
        fragments++;
        buffers += fragment.buffers;
    }

    /** Gives all of the datagram's fragments back, in the order of their bytes. */
    void give(int datagram, FragmentOutcome why, FragmentList to) {
        for (int at = first[datagram]; at != NONE; ) {
            to.add(mbuf[at], port[at], dataOffset[at], end[at] - start[at], why);
            fragments--;
            buffers -= buffersOf[at];
            int following = next[at];
            next[at] = free;
            free = at;
            at = following;
        }
        clear(datagram);
    }

    /** Forgets a datagram that has no fragments any more. */
    void forget(int datagram) {
        int from = datagram * WORDS;
        long hash = TupleHash.secret(TupleHash.wide(addresses, from), kind[datagram]);
        int bucket = (int) (TupleHash.secret(hash, identification[datagram]) & (BUCKETS - 1));
        if (buckets[bucket] == datagram) {
            buckets[bucket] = inBucket[datagram];
        } else {
            int at = buckets[bucket];
            while (inBucket[at] != datagram) {
                at = inBucket[at];
            }
            inBucket[at] = inBucket[datagram];
        }
        int before = older[datagram];
        int behind = newer[datagram];
        if (before == NONE) {
            oldest = behind;
        } else {
            newer[before] = behind;
        }
        if (behind == NONE) {
            newest = before;
        } else {
            older[behind] = before;
        }
        inBucket[datagram] = freeDatagram;
        freeDatagram = datagram;
        datagrams--;
    }
}
