package io.sluice.fastpath;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import io.sluice.packet.FrameBuilder;
import io.sluice.packet.IpAddress;
import io.sluice.packet.Tcp;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.List;

/**
 * Both ends of a TCP connection through a {@link Lab}, each with its own view of addresses, ports
 * and sequence numbers. Every frame that comes out is compared with one that is built anew,
 * checksums included, as the receiver must see it.
 */
final class TcpDialogue {
    /** One end: what it is called and calls the other, and how far it is. */
    static final class End {
        final int labPort;
        final String own;
        final int ownPort;
        final String peer;
        final int peerPort;

        /** Of the next byte that it sends. */
        int next;

        /** Of the next byte that it wants. */
        int wanted;

        /** All that came. */
        String got = "";

        End(int labPort, String own, int ownPort, String peer, int peerPort, int first) {
            this.labPort = labPort;
            this.own = own;
            this.ownPort = ownPort;
            this.peer = peer;
            this.peerPort = peerPort;
            next = first;
        }

        FrameBuilder builder(boolean sends) {
            IpAddress src = IpAddress.parse(sends ? own : peer);
            IpAddress dst = IpAddress.parse(sends ? peer : own);
            FrameBuilder builder =
                    new FrameBuilder()
                            .ports(sends ? ownPort : peerPort, sends ? peerPort : ownPort)
                            .padTo(60);
            return src.ipv6()
                    ? builder.ipv6(src.high(), src.low(), dst.high(), dst.low())
                    : builder.ip((int) src.low(), (int) dst.low());
        }
    }

    final Lab lab;
    final End client;
    final End server;

    TcpDialogue(Lab lab, End client, End server) {
        this.lab = lab;
        this.client = client;
        this.server = server;
    }

    private End other(End end) {
        return end == client ? server : client;
    }

    void open() {
        exchange(client, Tcp.SYN);
        exchange(server, Tcp.SYN | Tcp.ACK);
        exchange(client, Tcp.ACK);
    }

    /** A segment without data, which the other end gets as it expects it. */
    void exchange(End from, int flags) {
        End to = other(from);
        int ack = (flags & Tcp.ACK) == 0 ? 0 : from.wanted;
        int seen = (flags & Tcp.ACK) == 0 ? 0 : to.next;
        if ((flags & Tcp.SYN) != 0) {
            to.wanted = from.next;
        }
        byte[] frame = from.builder(true).tcpFlags(flags).sequence(from.next, ack).tcp();
        assertComes(from, frame, to.builder(false).tcpFlags(flags).sequence(to.wanted, seen).tcp());
        int counted = (flags & (Tcp.SYN | Tcp.FIN)) != 0 ? 1 : 0;
        from.next += counted;
        to.wanted += counted;
    }

    void acknowledge(End from) {
        exchange(from, Tcp.ACK);
    }

    static byte[] bytes(String text) {
        return text.getBytes(StandardCharsets.ISO_8859_1);
    }

    /** The frame of a segment with data from one end; nothing is sent. */
    byte[] segment(End from, int sequence, String data) {
        return from.builder(true).sequence(sequence, from.wanted).payload(bytes(data)).tcp();
    }

    /** That segment as the other end is to see it. */
    byte[] seen(End from, int sequence, int acknowledged, String data) {
        return other(from)
                .builder(false)
                .sequence(sequence, acknowledged)
                .payload(bytes(data))
                .tcp();
    }

    /** One end says something, and the other gets that. */
    void say(End from, String data, String expected) {
        End to = other(from);
        assertComes(from, segment(from, from.next, data), seen(from, to.wanted, to.next, expected));
        from.next += data.length();
        to.wanted += expected.length();
        to.got += expected;
    }

    void say(End from, String data) {
        say(from, data, data);
    }

    /** The frame comes out at the other end's port as the expected one. */
    void assertComes(End from, byte[] frame, byte[] expected) {
        byte[] came = through(from, frame);
        assertEquals(text(expected), text(came));
        assertArrayEquals(expected, came);
    }

    byte[] through(End from, byte[] frame) {
        lab.receive(from.labPort, frame);
        List<byte[]> sent = lab.sent(other(from).labPort);
        assertEquals(1, sent.size(), () -> "frames came out; drops: " + drops());
        return sent.getFirst();
    }

    void assertDropped(End from, byte[] frame, DropReason reason) {
        long before = lab.dropped(reason);
        lab.receive(from.labPort, frame);
        assertEquals(List.of(), lab.sent(other(from).labPort));
        assertEquals(before + 1, lab.dropped(reason), () -> "drops: " + drops());
    }

    private String drops() {
        StringBuilder text = new StringBuilder();
        for (DropReason reason : DropReason.values()) {
            if (lab.dropped(reason) != 0) {
                text.append(reason.label()).append(' ').append(lab.dropped(reason)).append(' ');
            }
        }
        return text.toString();
    }

    /** Numbers and data of a frame, for people. */
    private static String text(byte[] frame) {
        ByteBuffer bytes = ByteBuffer.wrap(frame);
        boolean ipv6 = bytes.getShort(12) != 0x0800;
        int at = ipv6 ? 54 : 34;
        int end = ipv6 ? 54 + (bytes.getShort(18) & 0xFFFF) : 14 + (bytes.getShort(16) & 0xFFFF);
        int data = at + (bytes.get(at + 12) >>> 4 & 0xF) * 4;
        return bytes.getInt(at + 4)
                + " "
                + bytes.getInt(at + 8)
                + " "
                + Integer.toHexString(bytes.get(at + 13) & 0xFF)
                + " '"
                + new String(frame, data, end - data, StandardCharsets.ISO_8859_1)
                + "'";
    }
}
