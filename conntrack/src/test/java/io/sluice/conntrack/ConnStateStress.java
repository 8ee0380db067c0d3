package io.sluice.conntrack;

import static org.openjdk.jcstress.annotations.Expect.ACCEPTABLE;

import io.sluice.packet.Memory;
import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.Arbiter;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.II_Result;
import org.openjdk.jcstress.infra.results.I_Result;

/** Two workers change one connection, or one changes what the other reads. */
public class ConnStateStress {
    private ConnStateStress() {}

    @JCStressTest
    @State
    @Outcome(id = "1, 1", expect = ACCEPTABLE, desc = "Neither bit is lost")
    public static class AnswerAndLog {
        private static final RacingTable RACE = new RacingTable();
        private final int state = RACE.newState();
        private final int made = RACE.make(state, 0);

        @Actor
        public void answer() {
            RACE.trackReply(0, state);
            RACE.owner(0).quiet();
        }

        @Actor
        public void log() {
            RACE.tracker(1).setLogged(made);
            RACE.owner(1).quiet();
        }

        @Arbiter
        public void end(II_Result result) {
            int word = Memory.getInt(RACE.table.line(made) + ConnLayout.STATE);
            result.r1 = (word & ConnState.SEEN_REPLY) != 0 ? 1 : 0;
            result.r2 = (word & ConnState.LOGGED) != 0 ? 1 : 0;
            RACE.end(state);
        }
    }

    @JCStressTest
    @State
    @Outcome(id = "119", expect = ACCEPTABLE, desc = "Both parts are set: 0x77")
    public static class TwoPartsOfMark {
        private static final RacingTable RACE = new RacingTable();
        private final int state = RACE.newState();
        private final int made = RACE.make(state, 0);

        @Actor
        public void low() {
            RACE.tracker(0).setMark(made, 0x07, 0x0F);
            RACE.owner(0).quiet();
        }

        @Actor
        public void high() {
            RACE.tracker(1).setMark(made, 0x70, 0xF0);
            RACE.owner(1).quiet();
        }

        @Arbiter
        public void end(I_Result result) {
            result.r1 = RACE.markOf(made);
            RACE.end(state);
        }
    }

    /** What a cached way rests on: an old mark is not taken for one of the new version. */
    @JCStressTest
    @State
    @Outcome(id = "0, 1", expect = ACCEPTABLE, desc = "Read before: the version has changed since")
    @Outcome(id = "7, 1", expect = ACCEPTABLE, desc = "Read between: the way is made once more")
    @Outcome(id = "7, 0", expect = ACCEPTABLE, desc = "Read after")
    public static class MarkAndVersion {
        private static final RacingTable RACE = new RacingTable();
        private final int state = RACE.newState();
        private final int made = RACE.make(state, 0);
        private int version;

        @Actor
        public void set() {
            RACE.tracker(0).setMark(made, 7, -1);
            RACE.owner(0).quiet();
        }

        @Actor
        public void read(II_Result result) {
            version = Tracker.version(RACE.table.line(made));
            result.r1 = RACE.tracker(1).mark(made);
            RACE.owner(1).quiet();
        }

        @Arbiter
        public void end(II_Result result) {
            result.r2 = RACE.table.hasVersion(made, version) ? 0 : 1;
            RACE.end(state);
        }
    }

    @JCStressTest
    @State
    @Outcome(id = "3, 3", expect = ACCEPTABLE, desc = "The old one")
    @Outcome(id = "5, 5", expect = ACCEPTABLE, desc = "The new one, all of it")
    public static class Label {
        private static final RacingTable RACE = new RacingTable();
        private final int state = RACE.newState();
        private final int made = RACE.make(state, 0);
        private final long[] label = new long[2];

        public Label() {
            RACE.tracker(RacingTable.MAKER).setLabel(made, 3, 3, -1, -1);
        }

        @Actor
        public void set() {
            RACE.tracker(0).setLabel(made, 5, 5, -1, -1);
            RACE.owner(0).quiet();
        }

        @Actor
        public void read(II_Result result) {
            RACE.tracker(1).readLabel(made, label, 0);
            result.r1 = (int) label[0];
            result.r2 = (int) label[1];
            RACE.owner(1).quiet();
        }

        @Arbiter
        public void end() {
            RACE.end(state);
        }
    }
}
