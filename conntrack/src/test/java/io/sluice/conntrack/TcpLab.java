package io.sluice.conntrack;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.sluice.packet.FrameBuilder;
import io.sluice.packet.Ipv4;
import io.sluice.packet.Memory;
import io.sluice.packet.OrdinaryPacket;
import io.sluice.packet.Tcp;
import io.sluice.packet.TupleKey;
import java.util.ArrayList;
import java.util.List;

/** One TCP connection in a table, and segments for it; a firewall that commits what is new. */
final class TcpLab implements AutoCloseable {
    static final int ZONE = 5;
    static final int CLIENT = 0;
    static final int SERVER = 1;
    static final int SYN = Tcp.SYN;
    static final int SYN_ACK = Tcp.SYN | Tcp.ACK;
    static final int ACK = Tcp.ACK;
    static final int FIN = Tcp.FIN | Tcp.ACK;
    static final int RST = Tcp.RST;

    private static final long ADDRESSES = TupleKey.addresses(0x0A010101, 0x0A010102);
    private static final int PORTS = TupleKey.ports(4000, 80);

    private static final long[] NO_WIDE = new long[4];

    private final ArenaMemory memory = new ArenaMemory();
    private final long bytes = memory.allocate(1 << 18);
    private final ConnOwner owner;
    private final DryTracker dry;

    final ConnTable table;
    final Tracker tracker;
    final TcpSegment segment = new TcpSegment();
    int nowMs = 1000;

    // Of the next segment.
    private int window = 10_000;
    private byte[] options = new byte[0];

    TcpLab() {
        table = new ConnTable(64, memory);
        owner = new ConnOwner(table);
        tracker = new Tracker(table, owner);
        dry = new DryTracker(table);
    }

    TcpLab window(int next) {
        window = next;
        return this;
    }

    TcpLab options(int... next) {
        options = new byte[next.length];
        for (int i = 0; i < next.length; i++) {
            options[i] = (byte) next[i];
        }
        return this;
    }

    /** SACK blocks with these right edges. */
    TcpLab sack(int... rightEdges) {
        int[] blocks = new int[2 + 8 * rightEdges.length];
        blocks[0] = Tcp.OPTION_SACK;
        blocks[1] = blocks.length;
        for (int i = 0; i < rightEdges.length; i++) {
            for (int b = 0; b < 4; b++) {
                blocks[2 + 8 * i + 4 + b] = rightEdges[i] >>> (24 - 8 * b);
            }
        }
        return options(blocks);
    }

    /** Reads the segment as a parser does. */
    TcpSegment read(int flags, int sequence, int ack, int length) {
        byte[] frame =
                new FrameBuilder()
                        .tcpFlags(flags)
                        .sequence(sequence, ack)
                        .window(window)
                        .tcpOptions(options)
                        .payload(new byte[length])
                        .tcp();
        Memory.copy(frame, bytes);
        int tcpBytes = frame.length - OrdinaryPacket.PORTS;
        segment.read(bytes + OrdinaryPacket.PORTS, tcpBytes, tcpBytes);
        window = 10_000;
        options = new byte[0];
        return segment;
    }

    long portsAndZone(int direction) {
        long original = TupleKey.portsAndScope(PORTS, ZONE, Ipv4.PROTO_TCP);
        return direction == CLIENT ? original : TupleKey.invertPorts(original);
    }

    long addresses(int direction) {
        return direction == CLIENT ? ADDRESSES : TupleKey.invertAddresses(ADDRESSES);
    }

    /** The ct_state without "trk", of a packet that is committed when it is new. */
    String send(int direction, int flags, int sequence, int ack, int length) {
        read(flags, sequence, ack, length);
        return send(direction);
    }

    String send(int direction) {
        String looked = look(direction);
        int state =
                tracker.track(
                        addresses(direction),
                        portsAndZone(direction),
                        NO_WIDE,
                        0,
                        segment,
                        100,
                        nowMs);
        boolean known = tracker.reference() != ConnTable.NONE;
        if ((state & CtState.INVALID) != 0) {
            assertEquals(false, known);
        } else if (!known) {
            assertEquals(CtState.TRACKED | CtState.NEW, state);
            tracker.commit(fresh(direction), segment, 100, nowMs);
        }
        String found = text(state, known);
        assertEquals(found, looked, "what a dry look says");
        return found;
    }

    NewConnection fresh(int direction) {
        NewConnection fresh = new NewConnection();
        fresh.addresses = addresses(direction);
        fresh.portsAndZone = portsAndZone(direction);
        fresh.replyAddresses = addresses(direction ^ 1);
        fresh.replyPortsAndZone = portsAndZone(direction ^ 1);
        return fresh;
    }

    private String look(int direction) {
        dry.begin();
        String before = dump();
        int state =
                dry.track(
                        addresses(direction),
                        portsAndZone(direction),
                        NO_WIDE,
                        0,
                        segment,
                        100,
                        nowMs);
        boolean known = dry.reference() != ConnTable.NONE;
        if (!known && (state & CtState.NEW) != 0) {
            dry.commit(fresh(direction), segment, 100, nowMs);
        }
        assertEquals(before, dump(), "a dry look changes nothing");
        return text(state, known);
    }

    private static String text(int state, boolean known) {
        List<String> names = new ArrayList<>();
        for (int bit = 0; bit < CtState.NAMES.size(); bit++) {
            if ((state & 1 << bit) != 0 && 1 << bit != CtState.TRACKED) {
                names.add(CtState.NAMES.get(bit));
            }
        }
        // New in the original direction, before an answer came.
        return String.join("|", names) + (known && names.contains("new") ? "+" : "");
    }

    /** The connection's reference in the client's direction, or NONE. */
    int reference() {
        long hash = io.sluice.packet.TupleHash.secret(ADDRESSES, portsAndZone(CLIENT));
        return table.find(ADDRESSES, portsAndZone(CLIENT), hash, nowMs);
    }

    /** Its state, or "none". */
    String state() {
        List<String> states = new ArrayList<>();
        table.forEach(ConnFilter.ALL, nowMs, each -> states.add(each.state()));
        return states.isEmpty() ? "none" : String.join(" ", states);
    }

    long timeoutSeconds() {
        long[] seconds = {-1};
        table.forEach(ConnFilter.ALL, nowMs, each -> seconds[0] = each.timeoutSeconds());
        return seconds[0];
    }

    /** All that the table knows of the connection. */
    String dump() {
        int reference = reference();
        if (reference == ConnTable.NONE) {
            return "none";
        }
        StringBuilder text = new StringBuilder();
        for (int way = reference & ~1; way <= (reference | 1); way++) {
            long line = table.line(way);
            for (int at = ConnLayout.ZONE_EPOCH; at < ConnLayout.LINE_BYTES; at += 4) {
                text.append(Integer.toHexString(Memory.getInt(line + at))).append(' ');
            }
        }
        TcpConnection tcp = new TcpConnection();
        tcp.load(table, reference);
        return text.append(tcp.noted ? tcp.lastEnd + " " + tcp.lastAck + " " + tcp.lastSyn : "")
                .toString();
    }

    /** The three packets; the client's next number is 1001, the server's 5001. */
    void open() {
        assertEquals("new", send(CLIENT, SYN, 1000, 0, 0));
        assertEquals("est|rpl", send(SERVER, SYN_ACK, 5000, 1001, 0));
        assertEquals("est", send(CLIENT, ACK, 1001, 5001, 0));
        assertEquals("ESTABLISHED", state());
    }

    /** The same with these options in both SYNs. */
    void open(int... synOptions) {
        options(synOptions).send(CLIENT, SYN, 1000, 0, 0);
        options(synOptions).send(SERVER, SYN_ACK, 5000, 1001, 0);
        send(CLIENT, ACK, 1001, 5001, 0);
        assertEquals("ESTABLISHED", state());
    }

    @Override
    public void close() {
        memory.close();
    }
}
