package io.sluice.conntrack;

import static io.sluice.conntrack.TcpLab.ACK;
import static io.sluice.conntrack.TcpLab.CLIENT;
import static io.sluice.conntrack.TcpLab.FIN;
import static io.sluice.conntrack.TcpLab.RST;
import static io.sluice.conntrack.TcpLab.SERVER;
import static io.sluice.conntrack.TcpLab.SYN;
import static io.sluice.conntrack.TcpLab.SYN_ACK;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.sluice.packet.Tcp;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * What TCP packets do to their connection, as nf_conntrack_proto_tcp of Linux 6.1 decides it. Each
 * packet is also given to a DryTracker before, which must say the same and change nothing.
 */
class TcpTrackerTest {
    private static final int[] SCALE_7 = {Tcp.OPTION_WINDOW_SCALE, 3, 7, 0};
    private static final int[] SACK = {Tcp.OPTION_SACK_PERMITTED, 2, 0, 0};

    private final TcpLab lab = new TcpLab();

    @AfterEach
    void close() {
        lab.close();
    }

    /** Packets that must not change anything. */
    private void assertInvalid(int direction, int flags, int sequence, int ack, int length) {
        String before = lab.dump();
        assertEquals("inv", lab.send(direction, flags, sequence, ack, length));
        assertEquals(before, lab.dump());
    }

    @Test
    void aConnectionOpensAndCloses() {
        lab.open();
        assertEquals("est", lab.send(CLIENT, ACK, 1001, 5001, 100));
        assertEquals("est|rpl", lab.send(SERVER, ACK, 5001, 1101, 500));
        assertEquals("est", lab.send(CLIENT, FIN, 1101, 5501, 0));
        assertEquals("FIN_WAIT", lab.state());
        assertEquals("est|rpl", lab.send(SERVER, ACK, 5501, 1102, 0));
        assertEquals("CLOSE_WAIT", lab.state());
        assertEquals("est|rpl", lab.send(SERVER, FIN, 5501, 1102, 0));
        assertEquals("LAST_ACK", lab.state());
        assertEquals("est", lab.send(CLIENT, ACK, 1102, 5502, 0));
        assertEquals("TIME_WAIT", lab.state());
    }

    @Test
    void dataEndsAtTheWindow() {
        lab.open();
        // The server offered 10,000 bytes after 1001; one more may be a probe.
        assertEquals("est", lab.send(CLIENT, ACK, 11_001, 5001, 1));
        assertInvalid(CLIENT, ACK, 500_000, 5001, 100);
        assertInvalid(SERVER, ACK, 5001, 11_003, 0);
        // The probe has shown that the window was larger by one.
        assertEquals("est|rpl", lab.send(SERVER, ACK, 5001, 11_002, 0));
    }

    @Test
    void aLittleMoreThanTheWindowIsLetThroughAndNotCounted() {
        lab.open();
        lab.nowMs += 60_000;
        long timeout = lab.timeoutSeconds();
        assertEquals("est", lab.send(CLIENT, ACK, 11_500, 5001, 100));
        assertEquals(300, lab.timeoutSeconds() + 60, "unacknowledged, and not a second longer");
        assertTrue(timeout > 300);
        assertEquals("est|rpl", lab.send(SERVER, ACK, 5001, 11_600, 0));
    }

    @Test
    void acknowledgmentsOfWhatWasNotSentAreInvalid() {
        lab.open();
        assertInvalid(SERVER, ACK, 5001, 1002, 0);
        assertEquals("est", lab.send(CLIENT, ACK, 1001, 5001, 1));
        assertEquals("est|rpl", lab.send(SERVER, ACK, 5001, 1002, 0));
        assertInvalid(CLIENT, ACK, 1002, 5002, 0);
    }

    @Test
    void oldDataIsLetThroughAndDoesNotKeepTheConnectionAlive() {
        lab.open();
        for (int i = 0; i < 10; i++) {
            lab.send(CLIENT, ACK, 1001 + 5000 * i, 5001, 5000);
            lab.send(SERVER, ACK, 5001, 6001 + 5000 * i, 0);
        }
        lab.nowMs += 100_000;
        assertEquals("est", lab.send(CLIENT, ACK, 2001, 5001, 100));
        assertEquals(432_000 - 100, lab.timeoutSeconds());
        assertEquals("est", lab.send(CLIENT, ACK, 50_001, 5001, 100));
        assertEquals("est|rpl", lab.send(SERVER, ACK, 5001, 51_001, 0));
        assertEquals(432_000, lab.timeoutSeconds() + 0);
    }

    @Test
    void windowsAreScaledWhenBothSidesSaySo() {
        lab.open(SCALE_7);
        // That of the SYN+ACK itself was not scaled.
        assertInvalid(CLIENT, ACK, 1001 + 1_000_000, 5001, 100);
        assertEquals("est|rpl", lab.send(SERVER, ACK, 5001, 1001, 0));
        assertEquals("est", lab.send(CLIENT, ACK, 1001 + 1_000_000, 5001, 100));
        assertInvalid(CLIENT, ACK, 1001 + 2 * (10_000 << 7), 5001, 100_000);
        assertEquals("est|rpl", lab.send(SERVER, ACK, 5001 + (10_000 << 7), 1001, 0));
    }

    @Test
    void windowsAreNotScaledWhenOneSideSaysSo() {
        lab.options(SCALE_7).send(CLIENT, SYN, 1000, 0, 0);
        lab.send(SERVER, SYN_ACK, 5000, 1001, 0);
        lab.send(CLIENT, ACK, 1001, 5001, 0);
        lab.send(SERVER, ACK, 5001, 1001, 0);
        assertInvalid(SERVER, ACK, 5001 + 50_000, 1001, 0);
        assertEquals("est|rpl", lab.send(SERVER, ACK, 5001 + 10_000, 1001, 0));
    }

    @Test
    void selectiveAcknowledgmentsCountWhereTheyWerePermitted() {
        lab.open(SACK);
        lab.send(CLIENT, ACK, 1001, 5001, 1000);
        lab.sack(1500, 2001).read(ACK, 5001, 1001, 0);
        assertEquals("est|rpl", lab.send(SERVER));
        // The window is offered from the highest block on.
        assertEquals("est", lab.send(CLIENT, ACK, 2001 + 10_000, 5001, 0));
        String before = lab.dump();
        lab.sack(60_000).read(ACK, 5001, 2001, 0);
        assertEquals("inv", lab.send(SERVER), "it acknowledges what was not sent");
        assertEquals(before, lab.dump());
    }

    @Test
    void selectiveAcknowledgmentsDoNotCountWhereTheyWereNot() {
        lab.open();
        lab.send(CLIENT, ACK, 1001, 5001, 1000);
        lab.sack(60_000).read(ACK, 5001, 2001, 0);
        assertEquals("est|rpl", lab.send(SERVER));
    }

    @Test
    void flagsThatCannotComeTogetherAreInvalid() {
        lab.open();
        assertInvalid(CLIENT, 0, 1001, 5001, 0);
        assertInvalid(CLIENT, Tcp.FIN, 1001, 5001, 0);
        assertInvalid(CLIENT, Tcp.SYN | Tcp.FIN, 1001, 5001, 0);
        assertInvalid(CLIENT, Tcp.SYN | Tcp.RST, 1001, 5001, 0);
        assertInvalid(CLIENT, Tcp.RST | Tcp.FIN | Tcp.ACK, 1001, 5001, 0);
        assertInvalid(CLIENT, Tcp.PSH | Tcp.URG, 1001, 5001, 0);
        int all = Tcp.ACK | Tcp.PSH | Tcp.URG | Tcp.ECE | Tcp.CWR;
        assertEquals("est", lab.send(CLIENT, all, 1001, 5001, 10));
    }

    @Test
    void aResetMustHitTheNextNumberExactly() {
        lab.open();
        lab.send(CLIENT, ACK, 1001, 5001, 100);
        lab.send(SERVER, ACK, 5001, 1101, 0);
        // Assured now. Too old, then in the window, then exact.
        assertInvalid(CLIENT, RST, 1100, 0, 0);
        assertEquals("est", lab.send(CLIENT, RST, 1150, 0, 0));
        assertEquals("ESTABLISHED", lab.state());
        assertEquals(10, lab.timeoutSeconds(), "unless the receiver objects");
        assertEquals("est|rpl", lab.send(SERVER, ACK, 5001, 1101, 0));
        assertTrue(lab.timeoutSeconds() > 10);
        assertInvalid(CLIENT, RST, 400_000, 0, 0);
        assertEquals("est", lab.send(CLIENT, RST, 1101, 0, 0));
        assertEquals("CLOSE", lab.state());
    }

    @Test
    void aResetMayContinueTheDataBeforeIt() {
        lab.open();
        lab.send(SERVER, ACK, 5001, 1001, 0);
        lab.send(CLIENT, ACK, 1001, 5001, 19);
        assertEquals("est", lab.send(CLIENT, RST | ACK, 1020, 5001, 0));
        assertEquals("CLOSE", lab.state());
    }

    @Test
    void aResetDoesNotContinueWhatWasSentBeforeTheOtherSpoke() {
        lab.open();
        lab.send(SERVER, ACK, 5001, 1001, 0);
        lab.send(CLIENT, ACK, 1001, 5001, 19);
        lab.send(SERVER, ACK, 5001, 1001, 10);
        assertEquals("est", lab.send(CLIENT, RST | ACK, 1020, 5001, 0));
        assertEquals("ESTABLISHED", lab.state());
    }

    @Test
    void aResetContinuesARepeatedSegmentAndNotTheNewest() {
        lab.open();
        lab.send(SERVER, ACK, 5001, 1001, 0);
        lab.send(CLIENT, ACK, 1001, 5001, 19);
        lab.send(CLIENT, ACK, 1020, 5001, 30);
        lab.send(CLIENT, ACK, 1001, 5001, 19);
        assertEquals("est", lab.send(CLIENT, RST | ACK, 1050, 5001, 0));
        assertEquals("ESTABLISHED", lab.state());
        lab.send(CLIENT, ACK, 1001, 5001, 19);
        assertEquals("est", lab.send(CLIENT, RST | ACK, 1020, 5001, 0));
        assertEquals("CLOSE", lab.state());
    }

    @Test
    void aResetAsTheOnlyAnswerEndsTheConnection() {
        lab.send(CLIENT, SYN, 1000, 0, 0);
        assertInvalid(SERVER, RST | ACK, 0, 999_999, 0);
        assertEquals("est|rpl", lab.send(SERVER, RST | ACK, 0, 1001, 0));
        assertEquals("none", lab.state());
        assertEquals("new", lab.send(CLIENT, SYN, 2000, 0, 0));
        assertEquals("new+", lab.send(CLIENT, RST, 2001, 0, 0));
        assertEquals("none", lab.state());
    }

    @Test
    void resetsOfClosingConnectionsNeedNoWindow() {
        lab.open();
        lab.send(CLIENT, FIN, 1001, 5001, 0);
        assertEquals("est|rpl", lab.send(SERVER, RST, 77, 0, 0));
        assertEquals("CLOSE", lab.state());
    }

    private void openAndClose() {
        lab.open();
        lab.send(CLIENT, FIN, 1001, 5001, 0);
        lab.send(SERVER, FIN, 5001, 1002, 0);
        lab.send(CLIENT, ACK, 1002, 5002, 0);
        assertEquals("TIME_WAIT", lab.state());
    }

    @Test
    void aClosedTupleIsUsedAgain() {
        openAndClose();
        assertEquals("new", lab.send(CLIENT, SYN, 90_000, 0, 0));
        assertEquals("SYN_SENT", lab.state());
        assertEquals("est|rpl", lab.send(SERVER, SYN_ACK, 70_000, 90_001, 0));
        assertEquals("est", lab.send(CLIENT, ACK, 90_001, 70_001, 0));
        assertEquals("ESTABLISHED", lab.state());
    }

    @Test
    void theServerMayUseItAgainToo() {
        openAndClose();
        assertEquals("new", lab.send(SERVER, SYN, 90_000, 0, 0));
        assertEquals("est|rpl", lab.send(CLIENT, SYN_ACK, 70_000, 90_001, 0));
        assertEquals("SYN_RECV", lab.state());
    }

    @Test
    void whoeverResetMayOpenAgainAtOnce() {
        lab.open();
        lab.send(CLIENT, RST, 1001, 0, 0);
        assertEquals("CLOSE", lab.state());
        assertEquals("new", lab.send(CLIENT, SYN, 1, 0, 0));
        assertEquals("SYN_SENT", lab.state());
    }

    @Test
    void whoeverWasResetMustBeAnswered() {
        lab.open();
        lab.send(SERVER, RST, 5001, 0, 0);
        assertEquals("CLOSE", lab.state());
        assertEquals("est", lab.send(CLIENT, SYN, 60_000, 0, 0));
        assertEquals("CLOSE", lab.state());
        assertEquals("est|rpl", lab.send(SERVER, SYN_ACK, 1, 60_001, 0));
        assertEquals("SYN_RECV", lab.state());
        assertEquals("est", lab.send(CLIENT, ACK, 60_001, 2, 0));
        assertEquals("ESTABLISHED", lab.state());
    }

    @Test
    void aSynOnAnOpenConnectionIsBelievedWhenItIsAnswered() {
        lab.open();
        assertEquals("est", lab.options(SCALE_7).window(500).send(CLIENT, SYN, 700_000, 0, 0));
        assertEquals("ESTABLISHED", lab.state());
        // Not to that SYN.
        assertEquals("est|rpl", lab.send(SERVER, SYN_ACK, 900_000, 1, 0));
        assertEquals("ESTABLISHED", lab.state());
        assertEquals("est", lab.options(SCALE_7).window(500).send(CLIENT, SYN, 700_000, 0, 0));
        assertEquals("est|rpl", lab.options(SCALE_7).send(SERVER, SYN_ACK, 900_000, 700_001, 0));
        assertEquals("SYN_RECV", lab.state());
        assertEquals("est", lab.window(100).send(CLIENT, ACK, 700_001, 900_001, 10));
        assertEquals("ESTABLISHED", lab.state());
        // The scale was that of the SYN: 100 << 7.
        assertEquals("est|rpl", lab.send(SERVER, ACK, 900_001 + 12_800, 700_011, 0));
        assertInvalid(SERVER, ACK, 900_001 + 12_800 + 60_000, 700_011, 0);
    }

    @Test
    void aSynOnAnOpenConnectionMayBeAnsweredByAReset() {
        lab.open();
        lab.send(CLIENT, SYN, 700_000, 0, 0);
        assertEquals("est|rpl", lab.send(SERVER, RST | ACK, 0, 700_001, 0));
        assertEquals("CLOSE", lab.state());
    }

    @Test
    void onlyTheOtherSideAnswersItAndWithItsNumber() {
        lab.open();
        lab.send(CLIENT, SYN, 700_000, 0, 0);
        assertInvalid(CLIENT, RST | ACK, 0, 700_001, 0);
        assertInvalid(SERVER, RST | ACK, 0, 700_002, 0);
        assertEquals("est|rpl", lab.send(SERVER, RST | ACK, 0, 700_001, 0));
        assertEquals("CLOSE", lab.state());
    }

    /** Data beyond the window is not the last segment for a RST that follows it. */
    @Test
    void aResetFollowsTheLastSegmentWithinTheWindow() {
        lab.open();
        lab.send(CLIENT, ACK, 1001, 5001, 100);
        assertEquals("est", lab.send(CLIENT, ACK, 11_002, 5001, 10));
        assertEquals("est", lab.send(CLIENT, RST, 11_012, 0, 0));
        assertEquals("ESTABLISHED", lab.state());
        assertEquals("est", lab.send(CLIENT, RST, 1101, 0, 0));
        assertEquals("CLOSE", lab.state());
    }

    @Test
    void aSynOnAnOpenConnectionChangesNothingElse() {
        lab.open();
        lab.send(CLIENT, SYN, 700_000, 0, 0);
        // A challenge ACK, and the connection goes on.
        assertEquals("est|rpl", lab.send(SERVER, ACK, 5001, 1001, 0));
        assertEquals("est", lab.send(CLIENT, ACK, 1001, 5001, 10));
        assertEquals("ESTABLISHED", lab.state());
        assertInvalid(SERVER, Tcp.SYN, 5001, 0, 0);
    }

    @Test
    void aChallengeAckDoesNotAcknowledgeTheLastFin() {
        lab.open();
        lab.send(CLIENT, FIN, 1001, 5001, 0);
        lab.send(SERVER, FIN, 5001, 1002, 0);
        assertEquals("LAST_ACK", lab.state());
        assertEquals("est", lab.send(CLIENT, SYN, 700_000, 0, 0));
        assertEquals("est|rpl", lab.send(SERVER, ACK, 5002, 1002, 0));
        assertEquals("LAST_ACK", lab.state());
        assertEquals("est|rpl", lab.send(SERVER, ACK, 5002, 1002, 0));
        assertEquals("TIME_WAIT", lab.state());
    }

    @Test
    void aResetAnswersAChallengeToTheFirstSyn() {
        lab.send(CLIENT, SYN, 1000, 0, 0);
        // The server still has an old connection.
        assertEquals("est|rpl", lab.send(SERVER, ACK, 8000, 4444, 0));
        assertEquals("SYN_SENT", lab.state());
        assertEquals("est", lab.send(CLIENT, RST, 4444, 0, 0));
        assertEquals("CLOSE", lab.state());
    }

    @Test
    void bothSidesMayOpen() {
        lab.send(CLIENT, SYN, 1000, 0, 0);
        assertEquals("est|rpl", lab.send(SERVER, SYN, 5000, 0, 0));
        assertEquals("SYN_SENT2", lab.state());
        assertEquals("est|rpl", lab.send(SERVER, SYN_ACK, 5000, 1001, 0));
        assertEquals("SYN_RECV", lab.state());
        assertEquals("est", lab.send(CLIENT, SYN_ACK, 1000, 5001, 0));
        assertEquals("SYN_RECV", lab.state());
        assertEquals("est|rpl", lab.send(SERVER, ACK, 5001, 1001, 0));
        assertEquals("ESTABLISHED", lab.state());
        assertEquals("est", lab.send(CLIENT, ACK, 1001, 5001, 10));
    }

    @Test
    void aConnectionIsPickedUpFromItsMiddle() {
        assertEquals("new", lab.send(CLIENT, ACK, 123_456, 777_777, 100));
        assertEquals("ESTABLISHED", lab.state());
        assertEquals(300, lab.timeoutSeconds(), "not five days: nobody has answered");
        assertEquals("est|rpl", lab.send(SERVER, ACK, 777_777, 123_556, 100));
        assertEquals(300, lab.timeoutSeconds(), "nor is it more than one answer");
        // Its scale is not known, so that nothing is outside.
        assertEquals("est|rpl", lab.send(SERVER, ACK, 5_777_777, 123_556, 100));
        assertEquals("est", lab.send(CLIENT, ACK, 123_556, 5_777_877, 100));
        // What does not begin a connection does not begin one here.
        lab.nowMs += 432_000_000;
        assertEquals("inv", lab.send(CLIENT, FIN, 1, 2, 0));
        assertEquals("inv", lab.send(CLIENT, SYN_ACK, 1, 2, 0));
        assertEquals("inv", lab.send(CLIENT, RST, 1, 2, 0));
    }

    @Test
    void whatOneSideSendsIsUnacknowledgedUntilTheOtherHasAcknowledgedSomething() {
        // Outside every window, as far as is known: it acknowledges nothing.
        lab.send(CLIENT, ACK, 123_456, 777_777, 0);
        lab.send(SERVER, ACK, 777_777, 123_456, 0);
        lab.send(SERVER, ACK, 777_777, 123_456, 0);
        assertEquals(432_000, lab.timeoutSeconds(), "what it begins with needs no acknowledgment");
        lab.send(SERVER, ACK, 777_777, 123_456, 100);
        assertEquals(300, lab.timeoutSeconds());
        lab.send(CLIENT, ACK, 123_456, 777_877, 0);
        assertEquals(432_000, lab.timeoutSeconds());
    }

    @Test
    void aWindowThatWasNeverSeenIsAsOneOfZero() {
        lab.send(CLIENT, ACK, 123_456, 777_777, 0);
        lab.send(SERVER, ACK, 777_777, 999_999, 0);
        lab.send(CLIENT, ACK, 123_456, 999_999, 0);
        assertEquals(300, lab.timeoutSeconds(), "all were outside of the window");
        lab.send(SERVER, ACK, 777_777, 123_456, 0);
        assertEquals(432_000, lab.timeoutSeconds());
    }

    @Test
    void whatIsNotBelievedDoesNotMakeTheTimeoutLonger() {
        lab.open();
        lab.window(0).send(CLIENT, ACK, 1001, 5001, 0);
        assertEquals(300, lab.timeoutSeconds());
        lab.send(CLIENT, SYN, 700_000, 0, 0);
        assertEquals(300, lab.timeoutSeconds(), "after a window of 0");
        lab.send(SERVER, ACK, 5001, 1001, 0);
        assertEquals(432_000, lab.timeoutSeconds());
        lab.send(CLIENT, RST, 1002, 0, 0);
        assertEquals(10, lab.timeoutSeconds());
        lab.send(CLIENT, SYN, 700_000, 0, 0);
        assertEquals(10, lab.timeoutSeconds(), "after a RST that nobody may have believed");
        assertEquals("ESTABLISHED", lab.state());
        lab.send(SERVER, ACK, 5001, 1002, 0);
        assertEquals(432_000, lab.timeoutSeconds());
    }

    @Test
    void zonesMayRefuseThat() {
        lab.table.zones().setDefaultTcpChecks(new TcpChecks(false, false));
        assertEquals("inv", lab.send(CLIENT, ACK, 1, 1, 100));
        lab.table.zones().setTcpChecks(TcpLab.ZONE, new TcpChecks(false, true));
        assertEquals("new", lab.send(CLIENT, ACK, 1, 1, 100));
        lab.nowMs += 432_000_000;
        lab.table.zones().setDefaultTcpChecks(TcpChecks.DEFAULT);
        lab.table.zones().setTcpChecks(TcpLab.ZONE, new TcpChecks(false, false));
        assertEquals("inv", lab.send(CLIENT, ACK, 1, 1, 100));
        assertEquals("new", lab.send(CLIENT, SYN, 1, 1, 100));
    }

    @Test
    void zonesMayBeLiberal() {
        lab.open();
        assertInvalid(CLIENT, ACK, 500_000, 5001, 100);
        lab.table.zones().setDefaultTcpChecks(new TcpChecks(true, true));
        assertEquals("est", lab.send(CLIENT, ACK, 500_000, 5001, 100));
        lab.table.zones().setTcpChecks(TcpLab.ZONE, new TcpChecks(false, true));
        assertInvalid(CLIENT, ACK, 500_000, 5001, 100);
        assertEquals("est", lab.send(CLIENT, ACK, 1001, 5001, 100), "the window is where it was");
    }

    @Test
    void unacknowledgedDataAndClosedWindowsShortenTheTimeout() {
        lab.open();
        assertEquals(432_000, lab.timeoutSeconds());
        lab.send(CLIENT, ACK, 1001, 5001, 100);
        assertEquals(300, lab.timeoutSeconds());
        lab.send(SERVER, ACK, 5001, 1101, 0);
        assertEquals(432_000, lab.timeoutSeconds());
        lab.window(0).send(SERVER, ACK, 5001, 1101, 0);
        assertEquals(300, lab.timeoutSeconds());
        lab.send(SERVER, ACK, 5001, 1101, 0);
        assertEquals(432_000, lab.timeoutSeconds());
    }

    @Test
    void repeatedSynsDoNotKeepTheConnectionAlive() {
        assertEquals("new", lab.send(CLIENT, SYN, 1000, 0, 0));
        for (int i = 0; i < 11; i++) {
            lab.nowMs += 10_000;
            assertEquals("new+", lab.send(CLIENT, SYN, 1000, 0, 0));
        }
        assertEquals(10, lab.timeoutSeconds());
        lab.nowMs += 10_000;
        assertEquals("none", lab.state());
    }

    @Test
    void aRepeatedSynMayBringOtherNumbers() {
        lab.send(CLIENT, SYN, 1000, 0, 0);
        assertEquals("new+", lab.options(SCALE_7).send(CLIENT, SYN, 2000, 0, 0));
        assertEquals("est|rpl", lab.options(SCALE_7).send(SERVER, SYN_ACK, 5000, 2001, 0));
        lab.send(CLIENT, ACK, 2001, 5001, 0);
        lab.send(SERVER, ACK, 5001, 2001, 0);
        assertEquals("est", lab.send(CLIENT, ACK, 1_000_000, 5001, 10));
    }

    /** Sequence numbers are on a circle. */
    @ParameterizedTest
    @ValueSource(ints = {-1, -2, -50, 0x7FFFFFFF, 0x7FFFFFC0, 0x80000000})
    void numbersWrapAround(int first) {
        lab.send(CLIENT, SYN, first, 0, 0);
        lab.send(SERVER, SYN_ACK, first + 17, first + 1, 0);
        lab.send(CLIENT, ACK, first + 1, first + 18, 0);
        for (int sent = 1; sent < 100_000; sent += 1000) {
            assertEquals("est", lab.send(CLIENT, ACK, first + sent, first + 18, 1000));
            assertEquals("est|rpl", lab.send(SERVER, ACK, first + 18, first + sent + 1000, 0));
        }
        assertInvalid(CLIENT, ACK, first - 500_000, first + 18 + 300_000, 10);
        assertInvalid(CLIENT, ACK, first + 500_000, first + 18, 10);
    }
}
