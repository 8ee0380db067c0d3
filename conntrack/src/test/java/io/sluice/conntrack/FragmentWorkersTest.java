package io.sluice.conntrack;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicIntegerArray;
import org.junit.jupiter.api.Test;

/** Two workers that get fragments of the same datagrams, as without a hash of addresses alone. */
class FragmentWorkersTest {
    private static final int DATAGRAMS = 40_000;
    private static final int PARTS = 3;
    private static final int AHEAD = 100;

    /** Each fragment is given back once, whole or lost, and only whole datagrams are whole. */
    @Test
    void fragmentsOfADatagramMeetWhereverTheyComeIn() throws Exception {
        FragmentTable table = new FragmentTable();
        AtomicIntegerArray given = new AtomicIntegerArray(DATAGRAMS * PARTS);
        AtomicIntegerArray whole = new AtomicIntegerArray(DATAGRAMS);
        AtomicIntegerArray at = new AtomicIntegerArray(2);
        try (ExecutorService workers = Executors.newFixedThreadPool(2)) {
            List<Future<?>> done = new ArrayList<>();
            for (int worker = 0; worker < 2; worker++) {
                int own = worker;
                done.add(workers.submit(() -> offer(table, own, at, given, whole)));
            }
            for (Future<?> each : done) {
                each.get();
            }
        }
        assertEquals(0, table.waiting());
        FragmentList lost = new FragmentList();
        boolean more = true;
        while (more) {
            more = table.giveUp(lost);
            count(lost, given);
        }
        for (int i = 0; i < given.length(); i++) {
            assertEquals(1, given.get(i), "fragment " + i);
        }
        int complete = 0;
        for (int i = 0; i < whole.length(); i++) {
            complete += whole.get(i);
        }
        System.out.printf("%d datagrams from two workers: %d whole%n", DATAGRAMS, complete);
        assertEquals(DATAGRAMS, complete);
        assertEquals((long) PARTS * complete, table.count(false, FragmentOutcome.COMPLETE));
    }

    private static void count(FragmentList list, AtomicIntegerArray given) {
        for (int i = 0; i < list.count(); i++) {
            given.incrementAndGet((int) list.mbuf(i));
        }
    }

    private static void offer(
            FragmentTable table,
            int own,
            AtomicIntegerArray at,
            AtomicIntegerArray given,
            AtomicIntegerArray whole) {
        Fragment fragment = new Fragment();
        FragmentList complete = new FragmentList();
        FragmentList lost = new FragmentList();
        for (int datagram = 0; datagram < DATAGRAMS; datagram++) {
            at.set(own, datagram);
            // Not so far ahead that fragments would have to give way.
            while (datagram - at.get(1 - own) > AHEAD) {
                Thread.onSpinWait();
            }
            for (int part = 0; part < PARTS; part++) {
                if (((datagram + part) & 1) != own) {
                    continue;
                }
                fragment.identification = datagram;
                fragment.protocol = 17;
                fragment.startByte = part * 1480;
                fragment.more = part < PARTS - 1;
                fragment.endByte = fragment.startByte + 1480;
                fragment.headerBytes = 20;
                fragment.packetBytes = 1500;
                fragment.mbuf = (long) datagram * PARTS + part;
                fragment.buffers = 1;
                FragmentOutcome outcome = table.add(fragment, 0, complete, lost);
                count(complete, given);
                count(lost, given);
                if (outcome == FragmentOutcome.COMPLETE) {
                    assertEquals(PARTS, complete.count());
                    for (int i = 0; i < PARTS; i++) {
                        assertEquals((long) datagram * PARTS + i, complete.mbuf(i));
                    }
                    whole.incrementAndGet(datagram);
                } else if (outcome != FragmentOutcome.HELD) {
                    given.incrementAndGet((int) fragment.mbuf);
                }
            }
        }
        at.set(own, DATAGRAMS);
    }
}
