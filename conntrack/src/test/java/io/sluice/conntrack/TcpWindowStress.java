package io.sluice.conntrack;

import static org.openjdk.jcstress.annotations.Expect.ACCEPTABLE;

import io.sluice.packet.Ipv4;
import io.sluice.packet.Tcp;
import io.sluice.packet.TupleKey;
import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.Arbiter;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.III_Result;

/**
 * Two workers serve the two directions of one TCP connection: neither undoes what the other did.
 */
public class TcpWindowStress {
    private static final int WINDOW = 10_000;
    private static final int CLIENT_NEXT = 1001;
    private static final int SERVER_NEXT = 5001;
    private static final int CLIENT_DATA = 100;
    private static final int SERVER_DATA = 200;

    private TcpWindowStress() {}

    private static TcpSegment segment(int flags, int sequence, int ack, int dataBytes, int window) {
        TcpSegment segment = new TcpSegment();
        segment.flags = flags;
        segment.sequence = sequence;
        segment.acknowledgment = ack;
        segment.sack = ack;
        segment.end = sequence + dataBytes + ((flags & Tcp.SYN) != 0 ? 1 : 0);
        segment.window = window;
        segment.scale = TcpSegment.NO_SCALE;
        return segment;
    }

    /** An open connection, and its next segment from either side. */
    private static final class Talk {
        static final TcpSegment FROM_CLIENT =
                segment(Tcp.ACK, CLIENT_NEXT, SERVER_NEXT, CLIENT_DATA, WINDOW);
        static final TcpSegment FROM_SERVER =
                segment(Tcp.ACK, SERVER_NEXT, CLIENT_NEXT, SERVER_DATA, WINDOW);
        static final TcpSegment CLOSES_WINDOW =
                segment(Tcp.ACK, SERVER_NEXT, CLIENT_NEXT, SERVER_DATA, 0);

        private static final TcpSegment[] HANDSHAKE = {
            segment(Tcp.SYN, CLIENT_NEXT - 1, 0, 0, WINDOW),
            segment(Tcp.SYN | Tcp.ACK, SERVER_NEXT - 1, CLIENT_NEXT, 0, WINDOW),
            segment(Tcp.ACK, CLIENT_NEXT, SERVER_NEXT, 0, WINDOW)
        };

        private final RacingTable race;
        private final int state;
        private final int made;

        Talk(RacingTable race) {
            this.race = race;
            state = race.newState();
            synchronized (race) {
                NewConnection keys = keys(RacingTable.MAKER);
                made = race.tracker(RacingTable.MAKER).commit(keys, HANDSHAKE[0], 60, 0);
                track(RacingTable.MAKER, 1, HANDSHAKE[1]);
                track(RacingTable.MAKER, 0, HANDSHAKE[2]);
            }
        }

        private NewConnection keys(int worker) {
            NewConnection keys = race.keys(worker, state);
            int ports = TupleKey.ports(4000, 80);
            keys.portsAndZone =
                    TupleKey.portsAndScope(ports, RacingTable.zone(state), Ipv4.PROTO_TCP);
            keys.replyPortsAndZone = TupleKey.invertPorts(keys.portsAndZone);
            return keys;
        }

        int track(int worker, int direction, TcpSegment segment) {
            NewConnection keys = keys(worker);
            long addresses = direction == 0 ? keys.addresses : keys.replyAddresses;
            long ports = direction == 0 ? keys.portsAndZone : keys.replyPortsAndZone;
            int said = race.tracker(worker).track(addresses, ports, keys.wide, 0, segment, 60, 0);
            race.owner(worker).quiet();
            return (said & CtState.ESTABLISHED) != 0 ? 1 : 0;
        }

        int pass(int worker, int direction, TcpSegment segment) {
            int reference = made | direction;
            long line = race.table.line(reference);
            boolean passed = TcpWindow.pass(race.table, reference, line, segment);
            race.owner(worker).quiet();
            return passed ? 1 : 0;
        }

        /** Whether both segments have moved the connection; ends it. */
        int end(boolean closed) {
            TcpConnection tcp = new TcpConnection();
            tcp.load(race.table, made);
            boolean moved =
                    tcp.end[0] == CLIENT_NEXT + CLIENT_DATA
                            && tcp.end[1] == SERVER_NEXT + SERVER_DATA
                            && tcp.maxAck[0] == SERVER_NEXT
                            && tcp.maxAck[1] == CLIENT_NEXT
                            && tcp.maxEnd[0] == CLIENT_NEXT + WINDOW
                            && tcp.maxEnd[1] == SERVER_NEXT + WINDOW
                            && tcp.window[0] == WINDOW
                            && tcp.window[1] == WINDOW
                            && tcp.has(ConnState.ZERO_WINDOW) == closed;
            race.end(state);
            return moved ? 1 : 0;
        }
    }

    @JCStressTest
    @State
    @Outcome(id = "1, 1, 1", expect = ACCEPTABLE, desc = "Both have moved their windows")
    public static class TwoCachedWays {
        private static final RacingTable RACE = new RacingTable();
        private final Talk talk = new Talk(RACE);

        @Actor
        public void client(III_Result result) {
            result.r1 = talk.pass(0, 0, Talk.FROM_CLIENT);
        }

        @Actor
        public void server(III_Result result) {
            result.r2 = talk.pass(1, 1, Talk.FROM_SERVER);
        }

        @Arbiter
        public void end(III_Result result) {
            result.r3 = talk.end(false);
        }
    }

    /** The cached way takes no lock, and the other must not write over what it does. */
    @JCStressTest
    @State
    @Outcome(id = "1, 1, 1", expect = ACCEPTABLE, desc = "Both have moved their windows")
    @Outcome(id = "0, 1, 1", expect = ACCEPTABLE, desc = "The cached way met a closed window")
    public static class CachedWayAndTracker {
        private static final RacingTable RACE = new RacingTable();
        private final Talk talk = new Talk(RACE);

        @Actor
        public void client(III_Result result) {
            result.r1 = talk.pass(0, 0, Talk.FROM_CLIENT);
            if (result.r1 == 0) {
                talk.track(0, 0, Talk.FROM_CLIENT);
            }
        }

        @Actor
        public void server(III_Result result) {
            result.r2 = talk.track(1, 1, Talk.CLOSES_WINDOW);
        }

        @Arbiter
        public void end(III_Result result) {
            result.r3 = talk.end(result.r1 == 1);
        }
    }

    @JCStressTest
    @State
    @Outcome(id = "1, 1, 1", expect = ACCEPTABLE, desc = "Both have moved their windows")
    public static class TwoTrackers {
        private static final RacingTable RACE = new RacingTable();
        private final Talk talk = new Talk(RACE);

        @Actor
        public void client(III_Result result) {
            result.r1 = talk.track(0, 0, Talk.FROM_CLIENT);
        }

        @Actor
        public void server(III_Result result) {
            result.r2 = talk.track(1, 1, Talk.FROM_SERVER);
        }

        @Arbiter
        public void end(III_Result result) {
            result.r3 = talk.end(false);
        }
    }
}
