package io.sluice.control.differential;

import static io.sluice.control.differential.Hosts.CLIENT;
import static io.sluice.packet.Tcp.ACK;
import static io.sluice.packet.Tcp.FIN;
import static io.sluice.packet.Tcp.PSH;
import static io.sluice.packet.Tcp.RST;
import static io.sluice.packet.Tcp.SYN;

import io.sluice.packet.Ipv4;
import io.sluice.packet.Tcp;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.regex.Pattern;

/**
 * Makes the segments of one TCP connection after the other between two ends, with the sequence
 * numbers that they would have if every one arrived.
 */
final class TcpTalk {
    private static final int[] WINDOWS = {65535, 65535, 8192, 512, 1, 0};
    private static final String FLAG_LETTERS = "FSRPAUEC";

    private final Hosts hosts;
    private final Random random;
    private final int dscp;
    private final boolean anyWindow;
    private final int[] ports;
    private final List<Packet> packets = new ArrayList<>();

    // Of each end: its first sequence number, the next, and the last that it acknowledged.
    private final int[] first;
    private final int[] next;
    private final int[] acknowledged = new int[2];
    private final boolean[] hasAcknowledged = new boolean[2];

    /**
     * @param anyWindow data, windows, options and sequence numbers of all sorts; else each segment
     *     is what the other end waits for
     */
    TcpTalk(Hosts hosts, Random random, int dscp, boolean anyWindow) {
        this.hosts = hosts;
        this.random = random;
        this.dscp = dscp;
        this.anyWindow = anyWindow;
        ports = new int[] {1024 + random.nextInt(60000), 1 + random.nextInt(1023)};
        first = new int[] {random.nextInt(), random.nextInt()};
        next = first.clone();
    }

    List<Packet> packets() {
        return packets;
    }

    /** Makes the packets that a script names: see {@link #word}. */
    TcpTalk script(String words) {
        words(words).forEach(this::word);
        return this;
    }

    static List<String> words(String script) {
        return Pattern.compile(" ").splitAsStream(script).filter(w -> !w.isEmpty()).toList();
    }

    /** {@code >} (from the client) or {@code <}, and letters of flags, as in {@code >SA}. */
    private void word(String word) {
        int flags = 0;
        for (char letter : word.substring(1).toCharArray()) {
            flags |= 1 << FLAG_LETTERS.indexOf(letter);
        }
        send(isFromClient(word) ? CLIENT : 1 - CLIENT, flags);
    }

    static boolean isFromClient(String word) {
        return word.charAt(0) == '>';
    }

    /** Both ends begin anew with other sequence numbers. */
    void reopen() {
        for (int end = 0; end < 2; end++) {
            first[end] = next[end] + 100_000 + random.nextInt(1_000_000);
            next[end] = first[end];
            hasAcknowledged[end] = false;
        }
    }

    /** A packet that was sent already is sent again. */
    void repeat() {
        if (!packets.isEmpty()) {
            packets.add(packets.get(random.nextInt(packets.size())));
        }
    }

    void sendAny() {
        int from = random.nextInt(2);
        int kind = random.nextInt(100);
        if (kind < 50) {
            send(from, ACK | (kind < 20 ? PSH : 0));
        } else if (kind < 64) {
            send(from, SYN);
        } else if (kind < 76) {
            send(from, SYN | ACK);
        } else if (kind < 88) {
            send(from, FIN | ACK);
        } else if (kind < 97) {
            send(from, RST | (kind < 92 ? ACK : 0));
        } else {
            send(from, random.nextInt(256));
        }
    }

    void send(int from, int flags) {
        int sequence = next[from];
        if ((flags & SYN) != 0) {
            sequence = first[from];
        } else if ((flags & RST) != 0 && hasAcknowledged[1 - from] && !often()) {
            // What the other end waits for; RFC 5961 has it ignore other resets.
            sequence = acknowledged[1 - from];
        }
        int acknowledgment = (flags & ACK) == 0 ? 0 : next[1 - from];
        int dataBytes = anyWindow && (flags & PSH) != 0 ? random.nextInt(1400) : 0;
        int window = 65535;
        if (anyWindow) {
            window = WINDOWS[random.nextInt(WINDOWS.length)];
            sequence += seldomOff();
            acknowledgment += (flags & ACK) == 0 ? 0 : seldomOff();
        }
        byte[] options = anyWindow && (flags & SYN) != 0 ? synOptions() : new byte[0];
        packets.add(segment(from, flags, sequence, acknowledgment, window, dataBytes, options));
        int occupied = dataBytes + ((flags & (SYN | FIN)) != 0 ? 1 : 0);
        int end = sequence + occupied;
        if (end - next[from] > 0 || (flags & SYN) != 0) {
            next[from] = end;
        }
        if ((flags & ACK) != 0
                && (!hasAcknowledged[from] || acknowledgment - acknowledged[from] > 0)) {
            hasAcknowledged[from] = true;
            acknowledged[from] = acknowledgment;
        }
    }

    private boolean often() {
        return anyWindow && random.nextInt(3) == 0;
    }

    private int seldomOff() {
        return switch (random.nextInt(40)) {
            case 0 -> 1;
            case 1 -> -1;
            case 2 -> 65535;
            case 3 -> 66_000;
            case 4 -> -66_000;
            case 5 -> -70_000 - random.nextInt(1000);
            case 6 -> random.nextInt(1 << 20);
            case 7 -> random.nextInt();
            default -> 0;
        };
    }

    /** Maximum segment size, selective acknowledgments and window scale, or some of them. */
    private byte[] synOptions() {
        ByteBuffer options = ByteBuffer.allocate(12);
        if (random.nextBoolean()) {
            options.put(new byte[] {2, 4, 5, (byte) 0xB4});
        }
        if (random.nextBoolean()) {
            options.put(new byte[] {1, 1, 4, 2});
        }
        if (random.nextBoolean()) {
            options.put(new byte[] {1, 3, 3, (byte) random.nextInt(17)});
        }
        byte[] bytes = new byte[options.position()];
        options.flip().get(bytes);
        return bytes;
    }

    private Packet segment(
            int from,
            int flags,
            int sequence,
            int acknowledgment,
            int window,
            int dataBytes,
            byte[] options) {
        int headerBytes = Tcp.MIN_HEADER_LENGTH + options.length;
        ByteBuffer segment = ByteBuffer.allocate(headerBytes + dataBytes);
        segment.putShort((short) ports[from]).putShort((short) ports[1 - from]);
        segment.putInt(sequence).putInt(acknowledgment);
        segment.put((byte) ((headerBytes / 4) << 4)).put((byte) flags).putShort((short) window);
        segment.putInt(0).put(options);
        byte[] l4 = hosts.withChecksum(from, Ipv4.PROTO_TCP, segment.array(), Tcp.CHECKSUM);
        boolean marks = random.nextInt(20) == 0;
        return hosts.packet(
                        from,
                        dscp,
                        marks,
                        Ipv4.PROTO_TCP,
                        l4,
                        ",sport=%d,dport=%d".formatted(ports[from], ports[1 - from]),
                        describe(from, flags, sequence, acknowledgment, window, dataBytes, options))
                .withTcpFlags(flags);
    }

    private String describe(
            int from,
            int flags,
            int sequence,
            int acknowledgment,
            int window,
            int dataBytes,
            byte[] options) {
        StringBuilder text = new StringBuilder("tcp ");
        for (int bit = 0; bit < FLAG_LETTERS.length(); bit++) {
            text.append((flags & (1 << bit)) != 0 ? FLAG_LETTERS.substring(bit, bit + 1) : "");
        }
        // Relative to the first numbers that were chosen, so that they are easily read.
        text.append(" seq ").append(sequence - first[from]);
        if ((flags & ACK) != 0) {
            text.append(" ack ").append(acknowledgment - first[1 - from]);
        }
        text.append(window == 65535 ? "" : " win " + window);
        text.append(dataBytes == 0 ? "" : " data " + dataBytes);
        for (int i = 0; i < options.length; i += 4) {
            text.append(
                    switch ((options[i] == 1 && options[i + 1] != 1) ? 3 : options[i]) {
                        case 2 -> " mss";
                        case 3 -> " wscale " + options[i + 3];
                        default -> " sack";
                    });
        }
        return text.toString();
    }
}
