package io.sluice.conntrack;

import static org.openjdk.jcstress.annotations.Expect.ACCEPTABLE;

import io.sluice.packet.Memory;
import io.sluice.packet.TupleKey;
import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.Arbiter;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.II_Result;
import org.openjdk.jcstress.infra.results.I_Result;

/** Two workers and what one connection makes expected. */
public class ExpectationStress {
    private static final int SERVER_PORT = 3333;

    private ExpectationStress() {}

    private static RacingTable race() {
        RacingTable race = new RacingTable();
        // As many as there are states at a time.
        int max = ExpectationSettings.MAX;
        race.table.expectations().configure(new ExpectationSettings(max, 1, 0, 300, 300, true));
        return race;
    }

    /** An answer from any port of the server. */
    private static Expectations.Outcome expect(RacingTable race, int worker, int master) {
        NewExpectation wish = new NewExpectation();
        wish.follow(race.tracker(worker), master | 1);
        return race.tracker(worker).related().expect(master | 1, wish, 0);
    }

    private static NewConnection answer(RacingTable race, int worker, int state, int port) {
        NewConnection fresh = race.keys(worker, state);
        long addresses = fresh.replyAddresses;
        int client = TupleKey.destinationPort(TupleKey.ports(fresh.replyPortsAndZone));
        fresh.addresses = addresses;
        fresh.portsAndZone =
                TupleKey.withPorts(fresh.replyPortsAndZone, TupleKey.ports(port, client));
        fresh.replyAddresses = TupleKey.invertAddresses(fresh.addresses);
        fresh.replyPortsAndZone = TupleKey.invertPorts(fresh.portsAndZone);
        return fresh;
    }

    private static long find(RacingTable race, int worker, NewConnection packet) {
        int zone = TupleKey.scope(packet.portsAndZone);
        return race.tracker(worker)
                .related()
                .find(packet.addresses, packet.portsAndZone, zone, packet.wide, 0, 0);
    }

    /** 1: its connection came of the expectation; 0: it was over. */
    private static int fulfil(RacingTable race, int worker, int state, int port) {
        RelatedConnections related = race.tracker(worker).related();
        NewConnection fresh = answer(race, worker, state, port);
        long expectation = find(race, worker, fresh);
        if (expectation == Expectations.NONE || !related.take(expectation, fresh)) {
            fresh.master.clear();
            return 0;
        }
        int failure = race.insert(worker, fresh);
        if (failure != 0) {
            related.giveBack(expectation);
        } else {
            related.fulfil(expectation, fresh);
        }
        fresh.master.clear();
        return failure == 0 ? 1 : failure;
    }

    @JCStressTest
    @State
    @Outcome(
            id = {"1, 0", "0, 1"},
            expect = ACCEPTABLE,
            desc = "One connection comes of it")
    public static class TwoAnswers {
        private static final RacingTable RACE = race();
        private final int state = RACE.newState();
        private final int made = makeExpecting();

        private int makeExpecting() {
            int master = RACE.make(state, 0, Helper.TFTP);
            expect(RACE, RacingTable.MAKER, master);
            return master;
        }

        @Actor
        public void one(II_Result result) {
            result.r1 = fulfil(RACE, 0, state, SERVER_PORT);
        }

        @Actor
        public void other(II_Result result) {
            result.r2 = fulfil(RACE, 1, state, SERVER_PORT + 1);
        }

        @Arbiter
        public void end() {
            RACE.table.kill(made, EndReason.FLUSH);
            RACE.end(state);
        }
    }

    @JCStressTest
    @State
    @Outcome(id = "0", expect = ACCEPTABLE, desc = "Nothing is expected of who has ended")
    public static class MasterEndsAsItExpects {
        private static final RacingTable RACE = race();
        private final int state = RACE.newState();
        private final int made = RACE.make(state, 0, Helper.TFTP);

        @Actor
        public void expects() {
            expect(RACE, 0, made);
            RACE.owner(0).quiet();
        }

        @Actor
        public void ends() {
            RACE.tracker(1).end(made);
            RACE.owner(1).quiet();
        }

        @Arbiter
        public void end(I_Result result) {
            long relation = RACE.table.relations().address(made);
            result.r1 = Memory.getInt(relation + RelationLayout.EXPECTATION);
            RACE.end(state);
        }
    }
}
