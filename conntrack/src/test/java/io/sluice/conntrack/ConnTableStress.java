package io.sluice.conntrack;

import static org.openjdk.jcstress.annotations.Expect.ACCEPTABLE;
import static org.openjdk.jcstress.annotations.Expect.ACCEPTABLE_INTERESTING;

import io.sluice.packet.Memory;
import io.sluice.packet.TupleKey;
import java.util.concurrent.atomic.AtomicIntegerArray;
import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.Arbiter;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.III_Result;
import org.openjdk.jcstress.infra.results.II_Result;

/**
 * Two workers insert, look up, remove and flush at the same moment. What is not named is forbidden;
 * {@link JcstressTest} runs them.
 */
public class ConnTableStress {
    private ConnTableStress() {}

    @JCStressTest
    @State
    @Outcome(id = "0, -2, 1", expect = ACCEPTABLE, desc = "The first was first")
    @Outcome(id = "-2, 0, 1", expect = ACCEPTABLE, desc = "The second was first")
    public static class SameKeys {
        private static final RacingTable RACE = new RacingTable();
        private final int state = RACE.newState();

        @Actor
        public void one(III_Result result) {
            result.r1 = RACE.insert(0, RACE.keys(0, state));
        }

        @Actor
        public void other(III_Result result) {
            result.r2 = RACE.insert(1, RACE.keys(1, state));
        }

        @Arbiter
        public void end(III_Result result) {
            result.r3 = RACE.connections(state);
            RACE.end(state);
        }
    }

    /** Each wants as its reply what is the other's original: both lock the same two stripes. */
    @JCStressTest
    @State
    @Outcome(id = "0, -2, 1", expect = ACCEPTABLE, desc = "The client was first")
    @Outcome(id = "-2, 0, 1", expect = ACCEPTABLE, desc = "The server was first")
    public static class CrossedKeys {
        private static final RacingTable RACE = new RacingTable();
        private final int state = RACE.newState();

        @Actor
        public void client(III_Result result) {
            result.r1 = RACE.insert(0, RACE.keys(0, state));
        }

        @Actor
        public void server(III_Result result) {
            NewConnection keys = RACE.keys(1, state);
            long addresses = keys.addresses;
            long ports = keys.portsAndZone;
            keys.addresses = keys.replyAddresses;
            keys.portsAndZone = keys.replyPortsAndZone;
            keys.replyAddresses = addresses;
            keys.replyPortsAndZone = ports;
            result.r2 = RACE.insert(1, keys);
        }

        @Arbiter
        public void end(III_Result result) {
            result.r3 = RACE.connections(state);
            RACE.end(state);
        }
    }

    @JCStressTest
    @State
    @Outcome(id = "0, 0, 0", expect = ACCEPTABLE, desc = "Looked before")
    @Outcome(id = "0, 0, 7", expect = ACCEPTABLE, desc = "Became alive between both looks")
    @Outcome(id = "0, 7, 7", expect = ACCEPTABLE, desc = "Looked after, and all of it is there")
    public static class LookupOfInsert {
        private static final RacingTable RACE = new RacingTable();
        private final int state = RACE.newState();

        @Actor
        public void insert(III_Result result) {
            NewConnection keys = RACE.keys(0, state);
            keys.mark = 7;
            result.r1 = RACE.insert(0, keys);
        }

        @Actor
        public void lookUp(III_Result result) {
            result.r2 = RACE.markOf(RACE.findReply(1, state));
            result.r3 = RACE.markOf(RACE.find(1, state));
            RACE.owner(1).quiet();
        }

        @Arbiter
        public void end() {
            RACE.end(state);
        }
    }

    /** Who has found a connection may read it until its next quiet point, whatever happens. */
    @JCStressTest
    @State
    @Outcome(id = "0, 0", expect = ACCEPTABLE, desc = "Looked after")
    @Outcome(id = "1, 0", expect = ACCEPTABLE, desc = "Found it, and its record still holds it")
    public static class ReadOfRemoved {
        private static final int READS = 20;
        private static final RacingTable RACE = new RacingTable();
        private final int state = RACE.newState();
        private final int made = RACE.make(state, 0);

        @Actor
        public void read(II_Result result) {
            long addresses = RACE.keys(0, state).addresses;
            int found = RACE.find(0, state);
            if (found != ConnTable.NONE) {
                result.r1 = 1;
                for (int i = 0; i < READS; i++) {
                    long line = RACE.table.line(found);
                    Thread.onSpinWait();
                    if (Memory.getLong(line + ConnLayout.ADDRESSES) != addresses) {
                        result.r1 = 2;
                    }
                }
            }
            RACE.owner(0).quiet();
        }

        @Actor
        public void replace(II_Result result) {
            RACE.table.kill(made, EndReason.REPLACED);
            RACE.table.reclaim(RACE.owner(1), made >>> 1, 0);
            RACE.table.pool().tryAdvance();
            result.r2 = RACE.insert(1, RACE.keys(1, state, true));
        }

        @Arbiter
        public void end() {
            RACE.end(state);
        }
    }

    @JCStressTest
    @State
    @Outcome(id = "1, 0, 0", expect = ACCEPTABLE, desc = "The first has freed it")
    @Outcome(id = "0, 1, 0", expect = ACCEPTABLE, desc = "The second has freed it")
    public static class TwoRemovals {
        private static final RacingTable RACE = new RacingTable();
        private final int state = RACE.newState();
        private final int made = RACE.make(state, 0);

        private static int free(int worker, int made) {
            RACE.table.kill(made, EndReason.FLUSH);
            boolean freed = RACE.table.reclaim(RACE.owner(worker), made >>> 1, 0);
            RACE.owner(worker).quiet();
            return freed ? 1 : 0;
        }

        @Actor
        public void one(III_Result result) {
            result.r1 = free(0, made);
        }

        @Actor
        public void other(III_Result result) {
            result.r2 = free(1, made);
        }

        @Arbiter
        public void end(III_Result result) {
            result.r3 = (int) RACE.table.zones().live(RacingTable.zone(state));
            RACE.end(state);
        }
    }

    @JCStressTest
    @State
    @Outcome(id = "0, 1, 1", expect = ACCEPTABLE, desc = "It came after the flush, and counts")
    @Outcome(id = "0, 0, 0", expect = ACCEPTABLE, desc = "It was flushed, and counts no more")
    public static class FlushOfInsert {
        private static final RacingTable RACE = new RacingTable();
        private final int state = RACE.newState();

        @Actor
        public void insert(III_Result result) {
            result.r1 = RACE.insert(0, RACE.keys(0, state));
        }

        @Actor
        public void flush() {
            RACE.table.zones().flush(RacingTable.zone(state));
            RACE.owner(1).quiet();
        }

        @Arbiter
        public void end(III_Result result) {
            result.r2 = RACE.connections(state);
            result.r3 = (int) RACE.table.zones().live(RacingTable.zone(state));
            RACE.end(state);
        }
    }

    @JCStressTest
    @State
    @Outcome(id = "0, 0, 0", expect = ACCEPTABLE, desc = "Looked after the flush")
    @Outcome(id = "0, 7, 0", expect = ACCEPTABLE, desc = "Was flushed between both looks")
    @Outcome(id = "0, 7, 7", expect = ACCEPTABLE, desc = "Looked before the flush")
    public static class LookupOfFlushed {
        private static final RacingTable RACE = new RacingTable();
        private final int state = RACE.newState();

        public LookupOfFlushed() {
            RACE.make(state, 7);
        }

        @Actor
        public void flush(III_Result result) {
            RACE.table.zones().flush(RacingTable.zone(state));
            result.r1 = RACE.markOf(RACE.find(0, state));
            RACE.owner(0).quiet();
        }

        @Actor
        public void lookUp(III_Result result) {
            result.r2 = RACE.markOf(RACE.find(1, state));
            result.r3 = RACE.markOf(RACE.findReply(1, state));
            RACE.owner(1).quiet();
        }

        @Arbiter
        public void end() {
            RACE.end(state);
        }
    }

    /**
     * The direction's own zone and version are all that a cached way looks at: they must tell that
     * the zone of the other direction was flushed.
     */
    @JCStressTest
    @State
    @Outcome(id = "0, 0", expect = ACCEPTABLE, desc = "It was flushed, and no way rests on it")
    @Outcome(id = "1, 1", expect = ACCEPTABLE, desc = "It came after the flush")
    public static class WayAndFlushOfOtherZone {
        private static final RacingTable RACE = new RacingTable();
        private final int state = RACE.newState();
        private int way;
        private int version;

        @Actor
        public void insert() {
            NewConnection keys = RACE.keys(0, state);
            int otherZone = RacingTable.otherZone(state);
            keys.replyPortsAndZone = TupleKey.withScope(keys.replyPortsAndZone, otherZone);
            RACE.insert(0, keys);
            RACE.track(0, state);
            way = RACE.tracker(0).reference();
            version = RACE.tracker(0).version();
        }

        @Actor
        public void flush() {
            RACE.table.flush(ConnFilter.ofZone(RacingTable.otherZone(state)), 0);
            RACE.owner(1).quiet();
        }

        @Arbiter
        public void end(II_Result result) {
            result.r1 = RACE.isThere(state) ? 1 : 0;
            boolean valid =
                    way != ConnTable.NONE
                            && RACE.table.isUnchanged(way, RACE.table.line(way), version, 0);
            result.r2 = valid ? 1 : 0;
            RACE.end(state);
        }
    }

    @JCStressTest
    @State
    @Outcome(id = "0, -6, 1", expect = ACCEPTABLE, desc = "The first has the zone's last place")
    @Outcome(id = "-6, 0, 1", expect = ACCEPTABLE, desc = "The second has it")
    public static class LastPlaceOfZone {
        private static final RacingTable RACE = withLimit();
        private final int state = RACE.newState();

        private static RacingTable withLimit() {
            RacingTable race = new RacingTable();
            race.table.zones().setDefaultLimit(1);
            return race;
        }

        @Actor
        public void one(III_Result result) {
            result.r1 = RACE.insert(0, RACE.keys(0, state));
        }

        @Actor
        public void other(III_Result result) {
            result.r2 = RACE.insert(1, RACE.keys(1, state, true));
        }

        @Arbiter
        public void end(III_Result result) {
            result.r3 = (int) RACE.table.zones().live(RacingTable.zone(state));
            RACE.end(state);
        }
    }

    /** A connection of which an answer is known never gives way. */
    @JCStressTest
    @State
    @Outcome(id = "1, 1, 1", expect = ACCEPTABLE, desc = "The answer was first, and it stays")
    @Outcome(id = "0, 0, 0", expect = ACCEPTABLE, desc = "It gave way first")
    @Outcome(
            id = "1, 0, 0",
            expect = ACCEPTABLE_INTERESTING,
            desc = "It gave way while the answer was looked at")
    public static class AnswerAndEviction {
        private static final RacingTable RACE = new RacingTable();
        private final int state = RACE.newState();
        private final int made = RACE.make(state, 0);

        @Actor
        public void answer(III_Result result) {
            boolean known = (RACE.trackReply(0, state) & CtState.ESTABLISHED) != 0;
            result.r1 = known ? 1 : 0;
            result.r2 = RACE.find(0, state) == ConnTable.NONE ? 0 : 1;
            RACE.owner(0).quiet();
        }

        @Actor
        public void evict() {
            long original = RACE.table.line(made);
            int version = Memory.getIntAcquire(original + ConnLayout.VERSION);
            int word = Memory.getIntAcquire(original + ConnLayout.STATE);
            if ((word & ConnState.SEEN_REPLY) == 0) {
                RACE.table.evict(RACE.owner(1), made >>> 1, version, 0);
            }
            RACE.owner(1).quiet();
        }

        @Arbiter
        public void end(III_Result result) {
            result.r3 = RACE.connections(state);
            RACE.end(state);
        }
    }

    /** No two hold the same chain at a time, whatever is given back meanwhile. */
    @JCStressTest
    @State
    @Outcome(id = "1, 1", expect = ACCEPTABLE, desc = "Each had its chains for itself")
    public static class ChainsOfPool {
        private static final RacingTable RACE = new RacingTable();
        private static final RecordPool POOL = RACE.table.pool();
        // How many hold the chain that begins with this record.
        private static final AtomicIntegerArray HOLDERS = new AtomicIntegerArray(1 << 17);

        private static int hold(int chain) {
            return HOLDERS.incrementAndGet(chain);
        }

        private static void giveBack(int chain) {
            HOLDERS.decrementAndGet(chain);
            POOL.putChain(chain);
        }

        @Actor
        public void takeTwo(II_Result result) {
            int first = POOL.takeChain();
            int second = POOL.takeChain();
            result.r1 = Math.max(hold(first), hold(second));
            // Whoever still sees the first as the head must not believe that the second is next.
            giveBack(first);
            giveBack(second);
        }

        @Actor
        public void takeOne(II_Result result) {
            int taken = POOL.takeChain();
            result.r2 = hold(taken);
            giveBack(taken);
        }
    }
}
