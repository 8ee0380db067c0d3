package io.sluice.conntrack;

import static io.sluice.conntrack.SctpLab.CLIENT;
import static io.sluice.conntrack.SctpLab.CLIENT_TAG;
import static io.sluice.conntrack.SctpLab.SERVER;
import static io.sluice.conntrack.SctpLab.SERVER_TAG;
import static io.sluice.conntrack.SctpLab.chunk;
import static io.sluice.conntrack.SctpLab.init;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.sluice.packet.Sctp;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.Parameter;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

@ParameterizedClass(name = "IPv6: {0}")
@ValueSource(booleans = {false, true})
class SctpTrackerTest {
    private static final int WRONG = 0xBAD;

    @Parameter boolean ipv6;

    private SctpLab lab;

    @BeforeEach
    void make() {
        lab = new SctpLab(ipv6);
    }

    @AfterEach
    void free() {
        lab.close();
    }

    @Test
    void anAssociationFromInitToShutdownComplete() {
        assertEquals("new", lab.send(CLIENT, 0, init(Sctp.INIT, CLIENT_TAG)));
        assertEquals("CLOSED", lab.state());
        assertEquals(10, lab.timeoutSeconds());
        assertEquals("est|rpl", lab.send(SERVER, CLIENT_TAG, init(Sctp.INIT_ACK, SERVER_TAG)));
        assertEquals("COOKIE_WAIT", lab.state());
        assertEquals("est", lab.send(CLIENT, SERVER_TAG, chunk(Sctp.COOKIE_ECHO), chunk(0)));
        assertEquals("COOKIE_ECHOED", lab.state());
        assertEquals(3, lab.timeoutSeconds());
        assertEquals("est|rpl", lab.send(SERVER, CLIENT_TAG, chunk(Sctp.COOKIE_ACK), chunk(3)));
        assertEquals("ESTABLISHED", lab.state());
        assertEquals(210, lab.timeoutSeconds());
        assertEquals("est", lab.send(CLIENT, SERVER_TAG, chunk(Sctp.DATA)));
        assertEquals("est|rpl", lab.send(SERVER, CLIENT_TAG, chunk(Sctp.SACK)));
        assertEquals("ESTABLISHED", lab.state());
        assertEquals("est", lab.send(CLIENT, SERVER_TAG, chunk(Sctp.SHUTDOWN)));
        assertEquals("SHUTDOWN_SENT", lab.state());
        assertEquals("est|rpl", lab.send(SERVER, CLIENT_TAG, chunk(Sctp.SHUTDOWN_ACK)));
        assertEquals("SHUTDOWN_ACK_SENT", lab.state());
        assertEquals("est", lab.send(CLIENT, SERVER_TAG, chunk(Sctp.SHUTDOWN_COMPLETE)));
        assertEquals("CLOSED", lab.state());
        assertEquals(10, lab.timeoutSeconds());
        lab.nowMs += 10_000;
        assertEquals("none", lab.state());
    }

    @Test
    void theServerMayShutDown() {
        lab.open();
        assertEquals("est|rpl", lab.send(SERVER, CLIENT_TAG, chunk(Sctp.SHUTDOWN)));
        assertEquals("SHUTDOWN_RECD", lab.state());
        lab.send(CLIENT, SERVER_TAG, chunk(Sctp.SHUTDOWN_ACK));
        lab.send(SERVER, CLIENT_TAG, chunk(Sctp.SHUTDOWN_COMPLETE));
        assertEquals("CLOSED", lab.state());
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 3, 7, 9, 11, 12, 200})
    void packetsWithAWrongTagAreInvalid(int type) {
        lab.open();
        assertEquals("inv", lab.send(CLIENT, WRONG, chunk(type)));
        assertEquals("inv", lab.send(CLIENT, CLIENT_TAG, chunk(type)), "the other side's");
        assertEquals("inv", lab.send(SERVER, SERVER_TAG, chunk(type)));
        assertEquals("ESTABLISHED", lab.state());
    }

    @Test
    void anAbortHasOneOfTheTags() {
        lab.open();
        assertEquals("inv", lab.send(SERVER, WRONG, chunk(Sctp.ABORT)));
        assertEquals("inv", lab.send(SERVER, SERVER_TAG, chunk(Sctp.ABORT)));
        assertEquals("inv", lab.send(SERVER, CLIENT_TAG, chunk(Sctp.ABORT, Sctp.FLAG_T, 0)));
        assertEquals("ESTABLISHED", lab.state());
        assertEquals("est|rpl", lab.send(SERVER, SERVER_TAG, chunk(Sctp.ABORT, Sctp.FLAG_T, 0)));
        assertEquals("CLOSED", lab.state());
    }

    @Test
    void anInitHasNone() {
        assertEquals("inv", lab.send(CLIENT, 1, init(Sctp.INIT, CLIENT_TAG)));
        lab.open();
        assertEquals("inv", lab.send(CLIENT, 1, init(Sctp.INIT, 7)));
        assertEquals("est", lab.send(CLIENT, 0, init(Sctp.INIT, CLIENT_TAG)));
        assertEquals("ESTABLISHED", lab.state());
    }

    @Test
    void anInitAckDoesNotChangeATagThatIsKnown() {
        lab.open();
        assertEquals("inv", lab.send(SERVER, CLIENT_TAG, init(Sctp.INIT_ACK, 7)));
        assertEquals("est", lab.send(CLIENT, SERVER_TAG, chunk(Sctp.DATA)));
    }

    /** A late INIT would else allow an INIT ACK with any tag. */
    @Test
    void anInitWithTheTagThatIsKnownIsNotRemembered() {
        lab.open();
        assertEquals("est", lab.send(CLIENT, 0, init(Sctp.INIT, CLIENT_TAG)));
        assertEquals("inv", lab.send(SERVER, CLIENT_TAG, init(Sctp.INIT_ACK, 7)));
        assertEquals("est", lab.send(CLIENT, 0, init(Sctp.INIT, 6)), "the client begins anew");
        assertEquals("est|rpl", lab.send(SERVER, 6, init(Sctp.INIT_ACK, 7)));
        assertEquals("est", lab.send(CLIENT, 7, chunk(Sctp.COOKIE_ECHO)));
    }

    @Test
    void bothSidesMayBegin() {
        lab.send(CLIENT, 0, init(Sctp.INIT, CLIENT_TAG));
        assertEquals("est|rpl", lab.send(SERVER, 0, init(Sctp.INIT, SERVER_TAG)));
        assertEquals("est|rpl", lab.send(SERVER, CLIENT_TAG, init(Sctp.INIT_ACK, SERVER_TAG)));
        assertEquals("inv", lab.send(CLIENT, SERVER_TAG, init(Sctp.INIT_ACK, 7)), "collision");
        assertEquals("est", lab.send(CLIENT, SERVER_TAG, init(Sctp.INIT_ACK, CLIENT_TAG)));
        assertEquals("est|rpl", lab.send(SERVER, CLIENT_TAG, chunk(Sctp.COOKIE_ECHO)));
        assertEquals("est", lab.send(CLIENT, SERVER_TAG, chunk(Sctp.COOKIE_ACK)));
        assertEquals("ESTABLISHED", lab.state());
    }

    @Test
    void aRepeatedInitDoesNotKeepTheConnectionAlive() {
        lab.send(CLIENT, 0, init(Sctp.INIT, CLIENT_TAG));
        lab.nowMs += 6000;
        assertEquals("new+", lab.send(CLIENT, 0, init(Sctp.INIT, CLIENT_TAG)));
        assertEquals(4, lab.timeoutSeconds());
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 3, 6, 11, 12, 14, 63, 192, 255})
    void nothingBeginsWithThese(int type) {
        assertEquals("inv", lab.send(CLIENT, 0, chunk(type)));
        assertEquals("none", lab.state());
    }

    @Test
    void nothingBeginsWithDataBehindAChunkThatMay() {
        assertEquals("inv", lab.send(CLIENT, 0, chunk(Sctp.COOKIE_ECHO), chunk(Sctp.DATA)));
    }

    @Test
    void theEndOfAnUnknownAssociationIsLetThrough() {
        assertEquals("new", lab.send(CLIENT, SERVER_TAG, chunk(Sctp.SHUTDOWN_ACK)));
        assertEquals("SHUTDOWN_ACK_SENT", lab.state());
        // RFC 9260 section 8.4, case 5: the tag comes back. As in Netfilter the T flag, which says
        // so, is not understood here.
        byte[] reflected = chunk(Sctp.SHUTDOWN_COMPLETE, Sctp.FLAG_T, 0);
        assertEquals("inv", lab.send(SERVER, SERVER_TAG, reflected));
        assertEquals("est|rpl", lab.send(SERVER, SERVER_TAG, chunk(Sctp.SHUTDOWN_COMPLETE)));
        assertEquals("CLOSED", lab.state());
    }

    @Test
    void anotherPathBeginsWithAHeartbeat() {
        assertEquals("new", lab.send(CLIENT, SERVER_TAG, chunk(Sctp.HEARTBEAT)));
        assertEquals("HEARTBEAT_SENT", lab.state());
        assertEquals(30, lab.timeoutSeconds());
        assertEquals("inv", lab.send(SERVER, CLIENT_TAG, chunk(Sctp.DATA)), "not before its ACK");
        assertEquals("est|rpl", lab.send(SERVER, CLIENT_TAG, chunk(Sctp.HEARTBEAT_ACK)));
        assertEquals("ESTABLISHED", lab.state());
        assertEquals("est|rpl", lab.send(SERVER, CLIENT_TAG, chunk(Sctp.DATA)));
        assertEquals("inv", lab.send(CLIENT, WRONG, chunk(Sctp.DATA)));
    }

    /** The association began anew on another path, with other tags. */
    @Test
    void aHeartbeatThatIsAcknowledgedBringsNewTags() {
        lab.open();
        assertEquals("inv", lab.send(SERVER, 8, chunk(Sctp.HEARTBEAT_ACK)), "of none");
        assertEquals("est", lab.send(CLIENT, 7, chunk(Sctp.HEARTBEAT)));
        assertEquals("inv", lab.send(CLIENT, 7, chunk(Sctp.DATA)), "not yet");
        assertEquals("inv", lab.send(CLIENT, 8, chunk(Sctp.HEARTBEAT_ACK)), "its own");
        assertEquals("est|rpl", lab.send(SERVER, 8, chunk(Sctp.HEARTBEAT_ACK)));
        assertEquals("est|rpl", lab.send(SERVER, 8, chunk(Sctp.DATA)));
        assertEquals("inv", lab.send(SERVER, CLIENT_TAG, chunk(Sctp.DATA)));
        assertEquals("est", lab.send(CLIENT, 7, chunk(Sctp.HEARTBEAT)));
        assertEquals("est", lab.send(CLIENT, 7, chunk(Sctp.DATA)));
    }

    @Test
    void aStaleCookieClosesIt() {
        lab.send(CLIENT, 0, init(Sctp.INIT, CLIENT_TAG));
        lab.send(SERVER, CLIENT_TAG, init(Sctp.INIT_ACK, SERVER_TAG));
        lab.send(CLIENT, SERVER_TAG, chunk(Sctp.COOKIE_ECHO));
        assertEquals("est|rpl", lab.send(SERVER, CLIENT_TAG, chunk(Sctp.ERROR)));
        assertEquals("CLOSED", lab.state());
    }

    @Test
    void someChunksAreAloneOrTheFirst() {
        lab.open();
        byte[] sack = chunk(Sctp.SACK);
        assertEquals("inv", lab.send(CLIENT, 0, init(Sctp.INIT, 7), sack));
        assertEquals("inv", lab.send(CLIENT, SERVER_TAG, sack, chunk(Sctp.SHUTDOWN_COMPLETE)));
        assertEquals("inv", lab.send(CLIENT, SERVER_TAG, sack, chunk(Sctp.COOKIE_ECHO)));
        assertEquals("inv", lab.send(CLIENT, SERVER_TAG, sack, chunk(Sctp.COOKIE_ACK)));
        assertEquals("est", lab.send(CLIENT, SERVER_TAG, sack, chunk(Sctp.HEARTBEAT)));
    }

    /** The packets lie at the end of the memory that is mapped: a read beyond it would crash. */
    @Test
    void chunksThatAreCutShort() {
        byte[] whole = init(Sctp.INIT, CLIENT_TAG);
        for (int length = 0; length < whole.length; length++) {
            byte[] cut = java.util.Arrays.copyOf(whole, length);
            assertEquals("inv", lab.send(CLIENT, 0, cut), length + " bytes");
        }
        assertEquals("inv", lab.send(CLIENT, 0, new byte[] {4, 0, 0, 0}), "no length");
        lab.open();
        assertEquals("est", lab.send(CLIENT, SERVER_TAG, new byte[] {0, 0, -1, -1}), "too long");
        assertEquals("est", lab.send(CLIENT, SERVER_TAG, new byte[] {0, 0, 0, 1, 0, 0, 0, 4}));
        byte[][] many = new byte[SctpChunks.MAX_COUNT][];
        java.util.Arrays.fill(many, chunk(Sctp.HEARTBEAT, 0, 0));
        assertEquals("est", lab.send(CLIENT, SERVER_TAG, many));
        byte[][] more = java.util.Arrays.copyOf(many, many.length + 1);
        more[many.length] = many[0];
        assertEquals("inv", lab.send(CLIENT, SERVER_TAG, more));
    }

    @Test
    void whyItEnded() {
        lab.open();
        int word = ConnState.withKind(0, Timeouts.Kind.SCTP_CLOSED.ordinal());
        assertEquals(EndReason.TIMEOUT.ordinal(), EndReason.ofExpired(word));
        assertEquals(EndReason.FIN.ordinal(), EndReason.ofExpired(word | ConnState.SCTP_SHUT));
        assertEquals(EndReason.RST.ordinal(), EndReason.ofExpired(word | ConnState.SCTP_ABORTED));
        lab.send(CLIENT, SERVER_TAG, chunk(Sctp.ABORT));
        SctpConnection closed = new SctpConnection();
        closed.load(lab.table, lab.tracker.reference());
        assertTrue(closed.has(ConnState.SCTP_ABORTED));
    }
}
