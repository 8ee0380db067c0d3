package io.sluice.conntrack;

import static org.openjdk.jcstress.annotations.Expect.ACCEPTABLE;

import io.sluice.packet.Memory;
import java.util.concurrent.atomic.AtomicInteger;
import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.Arbiter;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.III_Result;

/** A worker writes two events into a ring, and the reader reads. */
public class EventRingStress {
    // More than the states that jcstress has at a time.
    private static final int SLOTS = 1 << 15;
    private static final int SLOT_BYTES = 2048;

    private EventRingStress() {}

    /** Memory for rings, used again and again. */
    private static final class Slots {
        private final long base = RacingTable.allocate((long) SLOTS * SLOT_BYTES);
        private final AtomicInteger used = new AtomicInteger();

        EventRing ring(int capacity) {
            long slot = base + (long) (used.getAndIncrement() % SLOTS) * SLOT_BYTES;
            Memory.zero(slot, SLOT_BYTES);
            return new EventRing(capacity, lengthBytes -> slot);
        }
    }

    private static void write(EventRing ring, int number) {
        boolean room = ring.hasRoom();
        long event = ring.next();
        Memory.putInt(event + EventLayout.MARK, number);
        if (room) {
            ring.publish(EventType.NEW.code());
        } else {
            ring.lose(EventType.NEW.code());
        }
    }

    private static int read(EventRing ring) {
        long event = ring.peek();
        if (event == 0) {
            return 0;
        }
        int number = Memory.getInt(event + EventLayout.MARK);
        ring.free();
        return number;
    }

    @JCStressTest
    @State
    @Outcome(id = "0, 0, 3", expect = ACCEPTABLE, desc = "Read before both")
    @Outcome(id = "0, 1, 2", expect = ACCEPTABLE, desc = "The first came between")
    @Outcome(id = "1, 0, 2", expect = ACCEPTABLE, desc = "Read before the second")
    @Outcome(id = "1, 2, 0", expect = ACCEPTABLE, desc = "Read both")
    public static class Room {
        private static final Slots SLOTS = new Slots();
        private final EventRing ring = SLOTS.ring(2);

        @Actor
        public void write() {
            EventRingStress.write(ring, 1);
            EventRingStress.write(ring, 2);
        }

        @Actor
        public void read(III_Result result) {
            result.r1 = EventRingStress.read(ring);
            result.r2 = EventRingStress.read(ring);
        }

        @Arbiter
        public void end(III_Result result) {
            result.r3 = EventRingStress.read(ring) + EventRingStress.read(ring);
        }
    }

    /** One place: what is not read in time is lost, and counted. */
    @JCStressTest
    @State
    @Outcome(id = "0, 1, 1", expect = ACCEPTABLE, desc = "Read before both: the second is lost")
    @Outcome(
            id = "1, 0, 1",
            expect = ACCEPTABLE,
            desc = "Read between, not soon enough for the second")
    @Outcome(id = "1, 2, 0", expect = ACCEPTABLE, desc = "Read soon enough for the second")
    public static class NoRoom {
        private static final Slots SLOTS = new Slots();
        private final EventRing ring = SLOTS.ring(1);

        @Actor
        public void write() {
            EventRingStress.write(ring, 1);
            EventRingStress.write(ring, 2);
        }

        @Actor
        public void read(III_Result result) {
            result.r1 = EventRingStress.read(ring);
        }

        @Arbiter
        public void end(III_Result result) {
            result.r2 = EventRingStress.read(ring);
            result.r3 = (int) ring.lost(EventType.NEW);
        }
    }
}
