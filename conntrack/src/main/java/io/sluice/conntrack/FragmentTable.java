package io.sluice.conntrack;

import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLongArray;

/**
 * Which fragments wait for the rest of their datagram, and what they may do meanwhile (RFC 791, RFC
 * 8200 section 4.5). Overlaps end a datagram (RFC 5722), with all fragments of it that are still to
 * come; tiny ones are refused (RFC 1858, RFC 3128). Shared by all workers, so that fragments of one
 * datagram meet wherever they come in: a lock guards it, which is held for a walk over one
 * datagram's fragments at most, and which nothing but a fragment takes.
 *
 * <p>Bounded in fragments, buffers, fragments of a datagram, and time. Where there is no room, the
 * datagram that has waited longest gives way: in a flood of fragments that nothing completes, those
 * which follow one another closely still find each other.
 */
public final class FragmentTable {
    /** Of one datagram; more never come of an honest one, with the least that one may have. */
    public static final int MAX_PER_DATAGRAM = 256;

    private static final int MAX_PACKET_BYTES = 0xFFFF;
    private static final int UNIT_BYTES = 8;
    private static final int TCP = 6;
    private static final int MAX_EXPIRED = 64;

    private final HeldFragments held = new HeldFragments();
    private final AtomicBoolean lock = new AtomicBoolean();
    private volatile FragmentSettings settings = FragmentSettings.DEFAULT;
    private volatile int maxBuffers = FragmentSettings.MOST_FRAGMENTS;

    // Written under the lock, read by any thread.
    private final AtomicInteger waiting = new AtomicInteger();
    private final AtomicInteger datagrams = new AtomicInteger();
    private final AtomicLongArray counters = new AtomicLongArray(2 * FragmentOutcome.COUNT);

    /** Any thread. */
    public FragmentSettings settings() {
        return settings;
    }

    /** Fragments that wait go on waiting. Control thread. */
    public void configure(FragmentSettings wanted) {
        settings = wanted;
    }

    /** The memory that may be held, in packet buffers. Control thread. */
    public void limitBuffers(int most) {
        maxBuffers = most;
    }

    /** Fragments that wait now. Any thread. */
    public int waiting() {
        return waiting.getOpaque();
    }

    /**
     * Fragments that this became of, since the start; of HELD those that were accepted. Any thread.
     */
    public long count(boolean ipv6, FragmentOutcome outcome) {
        return counters.getOpaque(counter(ipv6, outcome));
    }

    private static int counter(boolean ipv6, FragmentOutcome outcome) {
        return (ipv6 ? FragmentOutcome.COUNT : 0) + outcome.ordinal();
    }

    /**
     * Offers a fragment. Any worker.
     *
     * @param whole becomes all of the datagram in the order of its bytes if it is COMPLETE
     * @param lost becomes what is held no more, to be dropped
     * @return HELD or COMPLETE, or why the fragment itself, which the caller still has, is dropped
     */
    public FragmentOutcome add(
            Fragment fragment, int nowMs, FragmentList whole, FragmentList lost) {
        whole.clear();
        lost.clear();
        lock();
        try {
            FragmentOutcome outcome = addLocked(fragment, nowMs, whole, lost);
            boolean accepted =
                    outcome == FragmentOutcome.HELD || outcome == FragmentOutcome.COMPLETE;
            count(fragment.ipv6, accepted ? FragmentOutcome.HELD : outcome, 1);
            count(fragment.ipv6, FragmentOutcome.COMPLETE, whole.count());
            return outcome;
        } finally {
            unlock();
        }
    }

    private FragmentOutcome addLocked(
            Fragment fragment, int nowMs, FragmentList whole, FragmentList lost) {
        FragmentOutcome wrong = check(fragment);
        if (wrong != null) {
            return wrong;
        }
        int datagram = held.find(fragment);
        if (datagram != HeldFragments.NONE && isOver(datagram, nowMs)) {
            // Whoever has it by now sends another of the same number.
            drop(datagram, FragmentOutcome.EXPIRED, lost);
            datagram = HeldFragments.NONE;
        }
        int behind = HeldFragments.NONE;
        if (datagram != HeldFragments.NONE) {
            if (held.refused[datagram] != null) {
                return held.refused[datagram];
            }
            behind = held.before(datagram, fragment.startByte);
            wrong = compare(datagram, behind, fragment);
            if (wrong == FragmentOutcome.DUPLICATE) {
                return wrong;
            }
            if (wrong != null) {
                return refuse(datagram, wrong, lost);
            }
        }
        if (!makeRoom(fragment, datagram, lost)) {
            return datagram == HeldFragments.NONE
                    ? FragmentOutcome.PURGED
                    : refuse(datagram, FragmentOutcome.PURGED, lost);
        }
        if (datagram == HeldFragments.NONE) {
            datagram = held.begin(fragment, nowMs);
        }
        return add(datagram, behind, fragment, whole);
    }

    private FragmentOutcome add(int datagram, int behind, Fragment fragment, FragmentList whole) {
        held.add(datagram, behind, fragment);
        if (!fragment.more) {
            held.endByte[datagram] = fragment.endByte;
        }
        if (fragment.startByte == 0) {
            held.headerBytes[datagram] = fragment.headerBytes;
        }
        if (held.bytes[datagram] != held.endByte[datagram]) {
            return FragmentOutcome.HELD;
        }
        // None overlaps another, so that as many bytes as there are to be are all of them.
        held.give(datagram, FragmentOutcome.COMPLETE, whole);
        held.forget(datagram);
        return FragmentOutcome.COMPLETE;
    }

    /** What is wrong with the fragment whatever the others are; null: nothing. */
    private FragmentOutcome check(Fragment fragment) {
        int bytes = fragment.dataBytes();
        boolean cut = fragment.more && (bytes & (UNIT_BYTES - 1)) != 0;
        if (bytes == 0 || cut || fragment.headerBytes + fragment.endByte > MAX_PACKET_BYTES) {
            return FragmentOutcome.MALFORMED;
        }
        // RFC 3128: the only one that can lie over the flags of a whole TCP header.
        boolean inTcpHeader =
                !fragment.ipv6 && fragment.protocol == TCP && fragment.startByte == UNIT_BYTES;
        boolean small = fragment.more && fragment.packetBytes < settings.min(fragment.ipv6);
        return small || inTcpHeader ? FragmentOutcome.TOO_SMALL : null;
    }

    /** What is wrong with it beside the others of its datagram; null: nothing. */
    private FragmentOutcome compare(int datagram, int behind, Fragment fragment) {
        int end = held.endByte[datagram];
        int after = held.after(datagram, behind);
        boolean isThere =
                behind != HeldFragments.NONE
                        && held.start[behind] == fragment.startByte
                        && held.end[behind] == fragment.endByte;
        if (isThere && fragment.more == (fragment.endByte != end)) {
            return FragmentOutcome.DUPLICATE;
        }
        boolean overlaps =
                (behind != HeldFragments.NONE && held.end[behind] > fragment.startByte)
                        || (after != HeldFragments.NONE && held.start[after] < fragment.endByte);
        boolean endsElsewhere =
                fragment.more
                        ? end != HeldFragments.UNKNOWN && fragment.endByte >= end
                        : end != HeldFragments.UNKNOWN || after != HeldFragments.NONE;
        if (overlaps || endsElsewhere) {
            return FragmentOutcome.OVERLAP;
        }
        int header = fragment.startByte == 0 ? fragment.headerBytes : held.headerBytes[datagram];
        int furthest = Math.max(fragment.endByte, held.end[held.last[datagram]]);
        return header + furthest > MAX_PACKET_BYTES ? FragmentOutcome.MALFORMED : null;
    }

    /**
     * Ends a datagram, whose number stays known: what is still to come is refused too, or an
     * attacker's fragment could take the place of one that was thrown away.
     */
    private FragmentOutcome refuse(int datagram, FragmentOutcome why, FragmentList lost) {
        count(held.isIpv6(datagram), why, held.count[datagram]);
        held.give(datagram, why, lost);
        held.refused[datagram] = why;
        return why;
    }

    private void drop(int datagram, FragmentOutcome why, FragmentList lost) {
        count(held.isIpv6(datagram), why, held.count[datagram]);
        held.give(datagram, why, lost);
        held.forget(datagram);
    }

    /** Has the oldest others give way; false when that is not enough. */
    private boolean makeRoom(Fragment fragment, int datagram, FragmentList lost) {
        if (datagram != HeldFragments.NONE && held.count[datagram] == MAX_PER_DATAGRAM) {
            return false;
        }
        while (!hasRoom(fragment, datagram)) {
            int oldest = held.oldest();
            if (oldest == datagram && oldest != HeldFragments.NONE) {
                oldest = held.newerThan(oldest);
            }
            if (oldest == HeldFragments.NONE || !lost.hasRoom()) {
                return false;
            }
            drop(oldest, FragmentOutcome.PURGED, lost);
        }
        return true;
    }

    private boolean hasRoom(Fragment fragment, int datagram) {
        return held.fragments() < settings.maxFragments()
                && held.buffers() + fragment.buffers <= maxBuffers
                && (datagram != HeldFragments.NONE || !held.isFull());
    }

    private boolean isOver(int datagram, int nowMs) {
        return nowMs - held.sinceMs[datagram] >= settings.timeoutMs();
    }

    /**
     * Gives up datagrams whose time is over, the oldest first and some at a time; to be called
     * about every millisecond. Any worker.
     *
     * @param lost becomes what is held no more
     */
    public void expire(int nowMs, FragmentList lost) {
        lost.clear();
        if (datagrams.getOpaque() == 0) {
            return;
        }
        lock();
        try {
            int left = MAX_EXPIRED;
            while (left-- > 0 && lost.hasRoom() && isOldestOver(nowMs)) {
                drop(held.oldest(), FragmentOutcome.EXPIRED, lost);
            }
        } finally {
            unlock();
        }
    }

    private boolean isOldestOver(int nowMs) {
        return held.oldest() != HeldFragments.NONE && isOver(held.oldest(), nowMs);
    }

    /**
     * Gives everything up, some at a time. Any worker.
     *
     * @param lost becomes what is held no more
     * @return whether there is more
     */
    public boolean giveUp(FragmentList lost) {
        lost.clear();
        lock();
        try {
            while (lost.hasRoom() && held.oldest() != HeldFragments.NONE) {
                drop(held.oldest(), FragmentOutcome.PURGED, lost);
            }
            return held.oldest() != HeldFragments.NONE;
        } finally {
            unlock();
        }
    }

    private void count(boolean ipv6, FragmentOutcome outcome, int fragments) {
        int at = counter(ipv6, outcome);
        counters.setOpaque(at, counters.getPlain(at) + fragments);
    }

    private void lock() {
        // Pairs with the release in unlock().
        while (!lock.compareAndSet(false, true)) {
            Thread.onSpinWait();
        }
    }

    private void unlock() {
        waiting.setOpaque(held.fragments());
        datagrams.setOpaque(held.datagrams());
        lock.setRelease(false);
    }
}
