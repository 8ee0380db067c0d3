package io.sluice.fastpath;

import static io.sluice.fastpath.Flows.any;
import static io.sluice.fastpath.Flows.ctNat;
import static io.sluice.fastpath.Flows.flow;
import static io.sluice.fastpath.Flows.isNew;
import static io.sluice.fastpath.Flows.output;
import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.code_intelligence.jazzer.junit.FuzzTest;
import io.sluice.conntrack.Helper;
import io.sluice.fastpath.TcpDialogue.End;
import io.sluice.natlb.NatRange;
import io.sluice.packet.AddressText;
import io.sluice.packet.Ftp;
import io.sluice.packet.FtpLines;
import io.sluice.packet.IpAddress;
import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;

/**
 * Any bytes as what an FTP client (first byte even) or server (odd) says, cut into segments of so
 * many bytes as the first byte divided by two says; those segments come again whose bits the second
 * byte has. They are read alike however they are cut, and through a translated connection the other
 * side gets them whole, with what leads to the data connection in place of what was named.
 */
class FtpFuzzTest {
    private static final int CLIENTS = 1;
    private static final int SERVERS = 2;
    private static final int MAX_BYTES = 1000;
    // Of a client behind it, and of a server behind it: who speaks is who is translated.
    private static final String INSIDE = "10.0.0.1";
    private static final String OUTSIDE = "192.168.100.200";
    private static final String OTHER = "203.0.113.1";

    private static final GuardedMemory MEMORY = new GuardedMemory();
    private static final GuardedMemory STATE = new GuardedMemory();
    private static final FtpLines LINES = new FtpLines();
    private static Lab fromClient;
    private static Lab fromServer;

    /** An argument in what was said, and what it becomes. */
    private record Found(int kind, int start, int end, String becomes) {
        String text() {
            return kind + " " + start + "-" + end;
        }
    }

    @BeforeAll
    static void makeLabs() {
        fromClient = lab(NatRange.Side.SOURCE, OUTSIDE);
        fromServer = lab(NatRange.Side.DESTINATION, INSIDE);
    }

    @AfterAll
    static void closeLabs() {
        fromClient.close();
        fromServer.close();
    }

    private static Lab lab(NatRange.Side side, String address) {
        Lab lab = new Lab(2, false, 64);
        IpAddress only = IpAddress.parse(address);
        NatRange range = new NatRange(side, only, only, 0, 0, NatRange.Pick.DEFAULT);
        Action.Ct control = new Action.Ct(5, true, false, -1, true, Optional.of(range), 0, 0);
        lab.publish(
                List.of(
                        flow(0, 1, any(), ctNat(5, 1)),
                        flow(
                                1,
                                2,
                                isNew(any()).exact(Field.IN_PORT, CLIENTS),
                                control.with(Helper.FTP, false),
                                output(SERVERS)),
                        flow(1, 1, any().exact(Field.IN_PORT, CLIENTS), output(SERVERS)),
                        flow(1, 1, any().exact(Field.IN_PORT, SERVERS), output(CLIENTS))),
                List.of());
        return lab;
    }

    @FuzzTest
    void whatIsSaidIsReadAlikeHoweverItIsCutAndArrivesWhole(byte[] input) {
        if (input.length < 3 || input.length > MAX_BYTES) {
            return;
        }
        boolean answers = (input[0] & 1) != 0;
        int pieceBytes = 1 + (input[0] & 0x7F) / 2;
        byte[] said = Arrays.copyOfRange(input, 2, input.length);
        List<Found> found = read(said, answers, said.length);
        assertEquals(
                found.stream().map(Found::text).toList(),
                read(said, answers, pieceBytes).stream().map(Found::text).toList());
        Lab lab = answers ? fromServer : fromClient;
        byte[] expected = expected(said, found, pending(said, answers));
        assertArrayEquals(expected, received(lab, answers, said, pieceBytes, input[1]));
    }

    private static List<Found> read(byte[] said, boolean answers, int pieceBytes) {
        List<Found> found = new ArrayList<>();
        long state = STATE.place(new byte[FtpLines.BYTES]);
        for (int piece = 0; piece < said.length; piece += pieceBytes) {
            int end = Math.min(said.length, piece + pieceBytes);
            long at = MEMORY.place(Arrays.copyOfRange(said, piece, end));
            int done = piece;
            while (done < end) {
                done += LINES.read(state, answers, at + done - piece, end - done);
                if (LINES.isComplete()) {
                    int bytes = LINES.argumentBytes();
                    found.add(
                            new Found(
                                    LINES.kind(),
                                    done - 1 - bytes,
                                    done - 1,
                                    becomes(LINES.kind(), LINES.argument(), bytes)));
                }
            }
        }
        return found;
    }

    private static int pending(byte[] said, boolean answers) {
        long state = STATE.place(new byte[FtpLines.BYTES]);
        long at = MEMORY.place(said);
        int done = 0;
        while (done < said.length) {
            done += LINES.read(state, answers, at + done, said.length - done);
        }
        return FtpLines.pending(state);
    }

    /** The argument with the outside address, if it names the inside one. */
    private static String becomes(int kind, byte[] argument, int bytes) {
        Ftp.End end = new Ftp.End();
        int inside = AddressText.parseIpv4(INSIDE);
        if (!Ftp.read(kind, argument, bytes, end)
                || !end.isOf(false, 0, Integer.toUnsignedLong(inside))) {
            return new String(argument, 0, bytes, ISO_8859_1);
        }
        int port = end.port;
        assertTrue(port > 0 && port <= 0xFFFF);
        end.low = Integer.toUnsignedLong(AddressText.parseIpv4(OUTSIDE));
        byte[] text = new byte[Ftp.MAX_ARGUMENT_BYTES];
        int length = Ftp.write(kind, end, text);
        Ftp.End again = new Ftp.End();
        assertTrue(Ftp.read(kind, text, length, again));
        assertEquals(port, again.port);
        assertTrue(again.isOf(false, 0, end.low));
        return new String(text, 0, length, ISO_8859_1);
    }

    /** An argument that is not over is not sent yet. */
    private static byte[] expected(byte[] said, List<Found> found, int pending) {
        ByteArrayOutputStream all = new ByteArrayOutputStream();
        int at = 0;
        for (Found each : found) {
            all.write(said, at, each.start - at);
            all.writeBytes(each.becomes.getBytes(ISO_8859_1));
            at = each.end;
        }
        all.write(said, at, said.length - pending - at);
        return all.toByteArray();
    }

    private static byte[] received(
            Lab lab, boolean answers, byte[] said, int pieceBytes, int repeated) {
        TcpDialogue control =
                answers
                        ? new TcpDialogue(
                                lab,
                                new End(CLIENTS, OTHER, 4000, OUTSIDE, 21, -300),
                                new End(SERVERS, INSIDE, 21, OTHER, 4000, -200))
                        : new TcpDialogue(
                                lab,
                                new End(CLIENTS, INSIDE, 4000, OTHER, 21, -300),
                                new End(SERVERS, OTHER, 21, OUTSIDE, 4000, -200));
        control.open();
        End from = answers ? control.server : control.client;
        End to = answers ? control.client : control.server;
        byte[] got = new byte[said.length * 8 + 2000];
        boolean[] there = new boolean[got.length];
        int first = to.wanted;
        int length = 0;
        int start = from.next;
        for (int piece = 0, i = 0; piece < said.length; piece += pieceBytes, i++) {
            boolean again = (repeated >> (i & 7) & 1) != 0;
            int begin = again ? Math.max(0, piece - pieceBytes) : piece;
            byte[] data =
                    Arrays.copyOfRange(said, begin, Math.min(said.length, piece + pieceBytes));
            byte[] frame =
                    from.builder(true).sequence(start + begin, from.wanted).payload(data).tcp();
            ByteBuffer came = ByteBuffer.wrap(control.through(from, frame));
            int offset = came.getInt(38) - first;
            int end = 14 + (came.getShort(16) & 0xFFFF);
            assertTrue(sumIsRight(came.array(), end), "the checksum is wrong");
            for (int at = 54; at < end; at++, offset++) {
                assertTrue(!there[offset] || got[offset] == came.get(at), "other data again");
                assertTrue(offset <= length, "a gap");
                got[offset] = came.get(at);
                there[offset] = true;
                length = Math.max(length, offset + 1);
            }
        }
        lab.forgetAll();
        return Arrays.copyOf(got, length);
    }

    private static boolean sumIsRight(byte[] frame, int end) {
        long sum = 6L + end - 34;
        for (int i = 26; i < end; i++) {
            sum += (frame[i] & 0xFFL) << ((i & 1) == 0 ? 8 : 0);
        }
        while (sum > 0xFFFF) {
            sum = (sum & 0xFFFF) + (sum >>> 16);
        }
        return sum == 0xFFFF;
    }
}
