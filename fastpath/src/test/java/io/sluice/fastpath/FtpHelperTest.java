package io.sluice.fastpath;

import static io.sluice.fastpath.Flows.any;
import static io.sluice.fastpath.Flows.ctNat;
import static io.sluice.fastpath.Flows.flow;
import static io.sluice.fastpath.Flows.output;
import static io.sluice.fastpath.Flows.state;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.sluice.conntrack.CtState;
import io.sluice.conntrack.Helper;
import io.sluice.fastpath.TcpDialogue.End;
import io.sluice.natlb.NatRange;
import io.sluice.packet.IpAddress;
import io.sluice.packet.Tcp;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * {@code ct(commit,alg=ftp)} between clients at port 1 and servers at port 2: data connections are
 * let through where they were announced, and under translation the other side is told what leads
 * there. Numbers wrap around on the way: both ends begin a little below 2^32.
 */
class FtpHelperTest {
    private static final int CLIENTS = 1;
    private static final int SERVERS = 2;
    private static final int ZONE = 5;
    private static final int FIRST_OF_CLIENT = -60;
    private static final int FIRST_OF_SERVER = -30;

    /** Control connections to port 21 or 2121 have the helper; data connections are related. */
    private static Lab lab(Optional<NatRange> range) {
        Lab lab = new Lab(2, true, 1 << 10);
        Action.Ct control = new Action.Ct(ZONE, true, false, -1, true, range, 0, 0);
        Action child = new Action.Ct(ZONE, true, false, -1, true, Optional.empty(), 0, 0);
        int related = CtState.NEW | CtState.RELATED;
        lab.publish(
                List.of(
                        flow(0, 1, any(), ctNat(ZONE, 1)),
                        flow(
                                1,
                                3,
                                state(from(CLIENTS), CtState.NEW, CtState.RELATED)
                                        .exact(Field.TP_DST, 21),
                                control.with(Helper.FTP, false),
                                output(SERVERS)),
                        flow(1, 2, state(from(CLIENTS), related, 0), child, output(SERVERS)),
                        flow(1, 2, state(from(SERVERS), related, 0), child, output(CLIENTS)),
                        flow(1, 1, state(from(CLIENTS), CtState.ESTABLISHED, 0), output(SERVERS)),
                        flow(1, 1, state(from(SERVERS), CtState.ESTABLISHED, 0), output(CLIENTS))),
                List.of());
        return lab;
    }

    private static Match.Builder from(int port) {
        return any().exact(Field.IN_PORT, port);
    }

    private static NatRange range(NatRange.Side side, String address) {
        IpAddress only = IpAddress.parse(address);
        return new NatRange(side, only, only, 0, 0, NatRange.Pick.DEFAULT);
    }

    /** A control connection that is open, and whose server has said that it is ready. */
    private static TcpDialogue control(
            Lab lab, String client, String asked, String seen, String server, int port) {
        TcpDialogue control =
                new TcpDialogue(
                        lab,
                        new End(CLIENTS, client, port, asked, 21, FIRST_OF_CLIENT),
                        new End(SERVERS, server, 21, seen, port, FIRST_OF_SERVER));
        control.open();
        control.say(control.server, "220 ready\r\n");
        control.acknowledge(control.client);
        control.say(control.client, "USER anonymous\r\n");
        control.acknowledge(control.server);
        return control;
    }

    private static TcpDialogue translated(Lab lab, NatRange.Side side) {
        return side == NatRange.Side.SOURCE
                ? control(lab, "10.0.0.1", "203.0.113.1", "192.168.100.200", "203.0.113.1", 4000)
                : control(lab, "10.0.0.1", "9.9.9.9", "10.0.0.1", "203.0.113.254", 4000);
    }

    private static Lab labWithSnat() {
        return lab(Optional.of(range(NatRange.Side.SOURCE, "192.168.100.200")));
    }

    private static Lab labWithDnat() {
        return lab(Optional.of(range(NatRange.Side.DESTINATION, "203.0.113.254")));
    }

    /** A connection that its first packet opens; {@code client} is who does. */
    private static TcpDialogue data(
            Lab lab,
            int from,
            String own,
            String asked,
            String seen,
            String there,
            int port,
            int to) {
        return new TcpDialogue(
                lab,
                new End(from, own, port, asked, to, 7),
                new End(from ^ 3, there, to, seen, port, 9));
    }

    private static byte[] syn(TcpDialogue dialogue) {
        End client = dialogue.client;
        return client.builder(true).tcpFlags(Tcp.SYN).sequence(client.next, 0).tcp();
    }

    private static void assertRefused(TcpDialogue data) {
        data.assertDropped(data.client, syn(data), DropReason.NO_MATCH);
    }

    private static void assertTransfers(TcpDialogue data) {
        data.open();
        for (int i = 0; i < 5; i++) {
            data.say(data.server, "PORT 1,2,3,4,5,6\r\n");
            data.acknowledge(data.client);
        }
        data.exchange(data.client, Tcp.FIN | Tcp.ACK);
        data.exchange(data.server, Tcp.FIN | Tcp.ACK);
        data.acknowledge(data.client);
    }

    private static String port(String address, int port) {
        return address.replace('.', ',') + "," + (port >> 8) + "," + (port & 0xFF);
    }

    @Test
    void withoutTranslationNothingIsChangedAndOnlyWhatWasAnnouncedComesThrough() {
        try (Lab lab = lab(Optional.empty())) {
            TcpDialogue control =
                    control(lab, "10.0.0.1", "203.0.113.1", "10.0.0.1", "203.0.113.1", 4000);
            for (int transfer = 0; transfer < 3; transfer++) {
                int port = 5000 + transfer;
                TcpDialogue active = dataPlain(lab, SERVERS, 20, port);
                assertRefused(active);
                control.say(control.client, "PORT " + port("10.0.0.1", port) + "\r\n");
                control.say(control.server, "200 ok\r\n");
                assertTransfers(active);
                assertRefused(dataPlain(lab, SERVERS, 21, port));
                TcpDialogue passive = dataPlain(lab, CLIENTS, 6000 + transfer, 7000 + transfer);
                assertRefused(passive);
                control.say(
                        control.server,
                        "227 Entering Passive Mode ("
                                + port("203.0.113.1", 7000 + transfer)
                                + ").\r\n");
                assertTransfers(passive);
                control.say(control.server, "229 Entering (|||" + (8000 + transfer) + "|)\r\n");
                assertTransfers(dataPlain(lab, CLIENTS, 6100 + transfer, 8000 + transfer));
            }
        }
    }

    private static TcpDialogue dataPlain(Lab lab, int from, int port, int to) {
        String client = "10.0.0.1";
        String server = "203.0.113.1";
        return from == CLIENTS
                ? data(lab, from, client, server, client, server, port, to)
                : data(lab, from, server, client, server, client, port, to);
    }

    @Test
    void aServerThatConnectsIsSentToTheTranslatedClient() {
        try (Lab lab = labWithSnat()) {
            TcpDialogue control = translated(lab, NatRange.Side.SOURCE);
            for (int port = 5000; port < 5006; port++) {
                boolean extended = (port & 1) != 0;
                control.say(
                        control.client,
                        extended
                                ? "EPRT |1|10.0.0.1|" + port + "|\r\n"
                                : "PORT " + port("10.0.0.1", port) + "\r\n",
                        extended
                                ? "EPRT |1|192.168.100.200|" + port + "|\r\n"
                                : "PORT " + port("192.168.100.200", port) + "\r\n");
                control.acknowledge(control.server);
                control.say(control.server, "200 ok\r\n");
                control.say(control.client, "LIST\r\n");
                assertTransfers(
                        data(
                                lab,
                                SERVERS,
                                "203.0.113.1",
                                "192.168.100.200",
                                "203.0.113.1",
                                "10.0.0.1",
                                20,
                                port));
            }
            control.exchange(control.client, Tcp.FIN | Tcp.ACK);
            control.exchange(control.server, Tcp.FIN | Tcp.ACK);
            control.acknowledge(control.client);
        }
    }

    @Test
    void aClientThatConnectsIsSentToTheAddressThatItAsked() {
        try (Lab lab = labWithDnat()) {
            TcpDialogue control = translated(lab, NatRange.Side.DESTINATION);
            for (int port = 5000; port < 5006; port++) {
                boolean extended = (port & 1) != 0;
                control.say(control.client, extended ? "EPSV\r\n" : "PASV\r\n");
                String same = "229 Entering Extended Passive Mode (|||" + port + "|)\r\n";
                control.say(
                        control.server,
                        extended
                                ? same
                                : "227 Passive " + port("203.0.113.254", port) + " there.\r\n",
                        extended ? same : "227 Passive " + port("9.9.9.9", port) + " there.\r\n");
                control.acknowledge(control.client);
                assertTransfers(
                        data(
                                lab,
                                CLIENTS,
                                "10.0.0.1",
                                "9.9.9.9",
                                "10.0.0.1",
                                "203.0.113.254",
                                6000 + port,
                                port));
                control.say(control.client, "NOOP\r\n");
                control.say(control.server, "200 ok\r\n");
            }
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"src", "dst"})
    void ipv6IsTranslatedLikewise(String which) {
        boolean source = which.equals("src");
        String client = "fd00::1";
        String server = source ? "2001:db8::1" : "fd01::2";
        String asked = "2001:db8::1";
        String seen = source ? "2001:db8:1111:2222:3333:4444:5555:6666" : client;
        NatRange range =
                range(
                        source ? NatRange.Side.SOURCE : NatRange.Side.DESTINATION,
                        source ? seen : server);
        try (Lab lab = lab(Optional.of(range))) {
            TcpDialogue control = control(lab, client, asked, seen, server, 4000);
            for (int port = 5000; port < 5003; port++) {
                control.say(
                        control.client,
                        "EPRT |2|" + client + "|" + port + "|\r\n",
                        "EPRT |2|" + seen + "|" + port + "|\r\n");
                control.say(control.server, "200 ok\r\n");
                assertTransfers(data(lab, SERVERS, server, seen, asked, client, 20, port));
                control.say(control.server, "229 ok (|||" + port + "|)\r\n");
                assertTransfers(data(lab, CLIENTS, client, asked, seen, server, 6000 + port, port));
            }
        }
    }

    /** As from a sender that gets no acknowledgment of a part: it repeats, and it goes on. */
    @ParameterizedTest
    @ValueSource(ints = {1, 2, 3, 5, 6, 7, 10, 13, 16, 18})
    void commandsMayComeInPieces(int pieceBytes) {
        try (Lab lab = labWithSnat()) {
            TcpDialogue control = translated(lab, NatRange.Side.SOURCE);
            End client = control.client;
            End server = control.server;
            String[] sent = new String[3];
            String expected = server.got;
            for (int transfer = 0; transfer < sent.length; transfer++) {
                sent[transfer] = "PORT " + port("10.0.0.1", 5000 + transfer) + "\r\nLIST\r\n";
                expected += "PORT " + port("192.168.100.200", 5000 + transfer) + "\r\nLIST\r\n";
                String all = sent[transfer];
                for (int at = 0; at < all.length(); at += pieceBytes) {
                    String piece = all.substring(at, Math.min(all.length(), at + pieceBytes));
                    byte[] frame = control.segment(client, client.next, piece);
                    byte[] first = control.through(client, frame);
                    receive(server, first);
                    receive(server, control.through(client, frame));
                    client.next += piece.length();
                    // What was kept back is acknowledged, so that the sender sends more.
                    byte[] answer = server.builder(true).sequence(server.next, server.wanted).tcp();
                    byte[] acknowledged = control.through(server, answer);
                    assertEquals(client.next, number(acknowledged, Tcp.ACKNOWLEDGMENT));
                }
                assertEquals(expected, server.got);
                control.say(server, "200 ok\r\n");
                assertTransfers(
                        data(
                                lab,
                                SERVERS,
                                "203.0.113.1",
                                "192.168.100.200",
                                "203.0.113.1",
                                "10.0.0.1",
                                20,
                                5000 + transfer));
            }
            // A sender that knows nothing of pieces repeats the last of it in one.
            String last = sent[2];
            byte[] again = control.segment(client, client.next - last.length(), last);
            String got = server.got;
            receive(server, control.through(client, again));
            assertEquals(got, server.got);
            byte[] whole = control.through(client, again);
            assertEquals("PORT " + port("192.168.100.200", 5002) + "\r\nLIST\r\n", payload(whole));
        }
    }

    private static int number(byte[] frame, int field) {
        return ByteBuffer.wrap(frame).getInt(34 + field);
    }

    private static String payload(byte[] frame) {
        ByteBuffer bytes = ByteBuffer.wrap(frame);
        int data = 34 + (bytes.get(34 + Tcp.DATA_OFFSET) >>> 4 & 0xF) * 4;
        int end = 14 + (bytes.getShort(16) & 0xFFFF);
        return new String(frame, data, end - data, java.nio.charset.StandardCharsets.ISO_8859_1);
    }

    /** The end takes of a segment what it wants; it would answer one that brings nothing. */
    private static void receive(End to, byte[] frame) {
        int sequence = number(frame, Tcp.SEQUENCE);
        String data = payload(frame);
        int old = to.wanted - sequence;
        assertTrue(old >= 0, "there is a gap of " + -old + " bytes");
        if (data.isEmpty()) {
            assertEquals(1, old, "a segment that nobody answers");
        }
        if (old < data.length()) {
            to.got += data.substring(old);
            to.wanted += data.length() - old;
        }
    }

    @Test
    void whatComesBeforeItsTimeIsDroppedAndWhatIsRepeatedChangedAgain() {
        try (Lab lab = labWithSnat()) {
            TcpDialogue control = translated(lab, NatRange.Side.SOURCE);
            End client = control.client;
            String command = "PORT " + port("10.0.0.1", 5000) + "\r\n";
            String changed = "PORT " + port("192.168.100.200", 5000) + "\r\n";
            int first = client.next;
            int seen = control.server.wanted;
            byte[] later = control.segment(client, first + command.length(), "LIST\r\n");
            control.assertDropped(client, later, DropReason.HELPER_GAP);
            control.say(client, command, changed);
            byte[] again = control.segment(client, first, command);
            byte[] seenAgain = control.seen(client, seen, control.server.next, changed);
            control.assertComes(client, again, seenAgain);
            control.assertComes(
                    client,
                    control.segment(client, first, command + "LIST\r\n"),
                    control.seen(client, seen, control.server.next, changed + "LIST\r\n"));
            control.assertComes(
                    client,
                    later,
                    control.seen(client, seen + changed.length(), control.server.next, "LIST\r\n"));
        }
    }

    @Test
    void selectiveAcknowledgmentsAreTranslatedToo() {
        try (Lab lab = labWithSnat()) {
            TcpDialogue control = translated(lab, NatRange.Side.SOURCE);
            End client = control.client;
            End server = control.server;
            String command = "PORT " + port("10.0.0.1", 5000) + "\r\n";
            String changed = "PORT " + port("192.168.100.200", 5000) + "\r\n";
            int before = server.wanted;
            int sentBefore = client.next;
            control.say(client, command, changed);
            control.say(client, "LIST\r\nNOOP\r\n");
            int more = changed.length() - command.length();
            // The server has what comes after the command, and not the command.
            int left = before + changed.length();
            byte[] blocks = sack(1, left, left + 6, left + 6, left + 12);
            byte[] seen = sack(1, left - more, left + 6 - more, left + 6 - more, left + 12 - more);
            // Numbers of the client are as the server's: they began alike.
            assertEquals(before, sentBefore);
            control.assertComes(
                    server,
                    server.builder(true).sequence(server.next, before).tcpOptions(blocks).tcp(),
                    client.builder(false)
                            .sequence(client.wanted, sentBefore)
                            .tcpOptions(seen)
                            .tcp());
        }
    }

    /** Options that begin with so many that do nothing. */
    private static byte[] sack(int padding, int... edges) {
        ByteBuffer options = ByteBuffer.allocate(padding + 2 + 4 * edges.length);
        for (int i = 0; i < padding; i++) {
            options.put((byte) Tcp.OPTION_NO_OPERATION);
        }
        options.put((byte) Tcp.OPTION_SACK).put((byte) (2 + 4 * edges.length));
        for (int edge : edges) {
            options.putInt(edge);
        }
        return options.array();
    }

    @Test
    void twoClientsThatNameTheSamePortGetTwo() {
        try (Lab lab = labWithSnat()) {
            TcpDialogue one = translated(lab, NatRange.Side.SOURCE);
            TcpDialogue two =
                    control(lab, "10.0.0.2", "203.0.113.1", "192.168.100.200", "203.0.113.1", 4001);
            one.say(
                    one.client,
                    "PORT " + port("10.0.0.1", 5000) + "\r\n",
                    "PORT " + port("192.168.100.200", 5000) + "\r\n");
            two.say(
                    two.client,
                    "PORT " + port("10.0.0.2", 5000) + "\r\n",
                    "PORT " + port("192.168.100.200", 5001) + "\r\n");
            TcpDialogue dataOfTwo =
                    new TcpDialogue(
                            lab,
                            new End(SERVERS, "203.0.113.1", 20, "192.168.100.200", 5001, 7),
                            new End(CLIENTS, "10.0.0.2", 5000, "203.0.113.1", 20, 9));
            assertTransfers(dataOfTwo);
            assertTransfers(
                    data(
                            lab,
                            SERVERS,
                            "203.0.113.1",
                            "192.168.100.200",
                            "203.0.113.1",
                            "10.0.0.1",
                            20,
                            5000));
        }
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = ';',
            value = {
                "PORT 10,0,0,2,19,136",
                "PORT 10,0,0,1,19,256",
                "PORT 10,0,0,1,0,0",
                "EPRT |2|fd00::1|5000|",
                "EPRT |1|10.0.0.1|5000",
                "PORT ",
                "NOOP 10,0,0,1,19,136",
            })
    void whatNamesNoEndOfTheSenderGoesOnAsItIs(String command) {
        try (Lab lab = labWithSnat()) {
            TcpDialogue control = translated(lab, NatRange.Side.SOURCE);
            control.say(control.client, command + "\r\n");
            assertEquals(0, lab.table.expectations().count());
            // So it does in two pieces, though a part of it may come later.
            End client = control.client;
            int half = Math.min(9, command.length());
            byte[] first = control.segment(client, client.next, command.substring(0, half));
            receive(control.server, control.through(client, first));
            client.next += half;
            String rest = command.substring(half) + "\r\n";
            receive(
                    control.server,
                    control.through(client, control.segment(client, client.next, rest)));
            assertTrue(control.server.got.endsWith(command + "\r\n" + command + "\r\n"));
            assertEquals(0, lab.table.expectations().count());
        }
    }

    @Test
    void aFrameInPiecesIsChangedAndOneWithoutRoomIsNot() {
        try (Lab lab = labWithSnat()) {
            TcpDialogue control = translated(lab, NatRange.Side.SOURCE);
            End client = control.client;
            String command = "PORT " + port("10.0.0.1", 5000) + "\r\n";
            String changed = "PORT " + port("192.168.100.200", 5000) + "\r\n";
            lab.receiveInPieces(CLIENTS, control.segment(client, client.next, command), 60);
            byte[] expected =
                    control.seen(client, control.server.wanted, control.server.next, changed);
            assertEquals(payload(expected), payload(lab.sent(SERVERS).getFirst()));
            client.next += command.length();
            control.server.wanted += changed.length();
            // 2176 bytes a buffer, 128 of them before the frame.
            String large = "X".repeat(2176 - 128 - 54 - command.length()) + "\r\n";
            String tooLarge = large.substring(2) + command;
            control.assertDropped(
                    client,
                    control.segment(client, client.next, tooLarge),
                    DropReason.HELPER_NO_ROOM);
            // In two segments it fits.
            control.say(client, large);
            control.say(client, command, changed);
        }
    }

    /** What follows the packet in its frame is cut off, buffers of its own included. */
    @Test
    void whatFollowsThePacketInAnotherBufferIsCutOff() {
        try (Lab lab = labWithSnat()) {
            TcpDialogue control = translated(lab, NatRange.Side.SOURCE);
            End client = control.client;
            byte[] packet =
                    control.segment(client, client.next, "PORT " + port("10.0.0.1", 5000) + "\r\n");
            byte[] frame = Arrays.copyOf(packet, packet.length + 100);
            String changed = "PORT " + port("192.168.100.200", 5000) + "\r\n";
            byte[] expected =
                    control.seen(client, control.server.wanted, control.server.next, changed);
            lab.receiveInPieces(CLIENTS, frame, packet.length);
            assertArrayEquals(expected, lab.sent(SERVERS).getFirst());
        }
    }

    @Test
    void aWrongChecksumIsNotMadeRight() {
        try (Lab lab = labWithSnat()) {
            TcpDialogue control = translated(lab, NatRange.Side.SOURCE);
            String command = "PORT " + port("10.0.0.1", 5000) + "\r\n";
            byte[] frame = control.segment(control.client, control.client.next, command);
            frame[frame.length - 5] ^= 1;
            lab.receive(CLIENTS, frame);
            assertEquals(List.of(), lab.sent(SERVERS));
            assertEquals(0, lab.table.expectations().count());
        }
    }

    /** Both ends were started anew, and use the same ports. */
    @Test
    void aConnectionThatBeginsAnewHasNumbersOfItsOwn() {
        try (Lab lab = labWithSnat()) {
            TcpDialogue control = translated(lab, NatRange.Side.SOURCE);
            String command = "PORT " + port("10.0.0.1", 5000) + "\r\n";
            String changed = "PORT " + port("192.168.100.200", 5000) + "\r\n";
            control.say(control.client, command, changed);
            control.say(control.server, "200 ok\r\n");
            control.client.next = 1_000_000_000;
            control.server.next = 2_000_000_000;
            control.open();
            control.say(control.server, "220 ready\r\n");
            control.say(control.client, "USER anonymous\r\n");
            control.say(control.client, command, changed);
            control.acknowledge(control.server);
        }
    }

    @Test
    void streamsAreGivenBackWithTheirConnections() {
        try (Lab lab = labWithSnat()) {
            for (int i = 0; i < 3; i++) {
                TcpDialogue control = translated(lab, NatRange.Side.SOURCE);
                control.say(
                        control.client,
                        "PORT " + port("10.0.0.1", 5000 + i) + "\r\n",
                        "PORT " + port("192.168.100.200", 5000 + i) + "\r\n");
                lab.forgetAll();
                assertEquals(0, lab.table.expectations().count());
            }
        }
    }
}
