package io.sluice.conntrack;

import io.sluice.packet.Ipv4;
import io.sluice.packet.Memory;
import io.sluice.packet.Sctp;
import io.sluice.packet.TupleKey;
import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;

/** One SCTP connection in a table, and packets for it; a firewall that commits what is new. */
final class SctpLab implements AutoCloseable {
    static final int CLIENT = 0;
    static final int SERVER = 1;
    static final int CLIENT_TAG = 0xC11E;
    static final int SERVER_TAG = 0x5E44;

    private static final long CLIENT_HOST = 0x20010db8_00000001L;
    private static final long SERVER_HOST = 0x20010db8_00000002L;

    private final ArenaMemory memory = new ArenaMemory();
    private final long bytes = memory.allocate(4096);
    private final DryTracker dry;
    private final boolean ipv6;

    final ConnTable table = new ConnTable(64, memory);
    final Tracker tracker;
    final SctpChunks chunks = new SctpChunks();
    int nowMs = 1000;

    SctpLab(boolean ipv6) {
        this.ipv6 = ipv6;
        tracker = new Tracker(table, new ConnOwner(table));
        dry = new DryTracker(table);
    }

    /** A chunk with this many bytes behind its header. */
    static byte[] chunk(int type, int flags, int bodyBytes) {
        int padded = (bodyBytes + 3) & ~3;
        ByteBuffer chunk = ByteBuffer.allocate(Sctp.CHUNK_HEADER_LENGTH + padded);
        chunk.put((byte) type).put((byte) flags);
        chunk.putShort((short) (Sctp.CHUNK_HEADER_LENGTH + bodyBytes));
        return chunk.array();
    }

    static byte[] chunk(int type) {
        return chunk(type, 0, 4);
    }

    /** INIT or INIT ACK. */
    static byte[] init(int type, int initTag) {
        byte[] chunk = chunk(type, 0, Sctp.INIT_LENGTH - Sctp.CHUNK_HEADER_LENGTH);
        ByteBuffer.wrap(chunk).putInt(Sctp.INIT_TAG, initTag);
        return chunk;
    }

    /** Reads the packet as a parser does. */
    SctpChunks read(int tag, byte[]... parts) {
        ByteArrayOutputStream packet = new ByteArrayOutputStream();
        packet.writeBytes(new byte[4]);
        packet.writeBytes(ByteBuffer.allocate(8).putInt(tag).array());
        for (byte[] part : parts) {
            packet.writeBytes(part);
        }
        return read(packet.toByteArray());
    }

    SctpChunks read(byte[] packet) {
        // At the end of the memory: a byte beyond would be noticed.
        long at = bytes + 4096 - packet.length;
        Memory.copy(packet, at);
        chunks.read(at, packet.length);
        return chunks;
    }

    /** The ct_state without "trk", of a packet that is committed when it is new. */
    String send(int direction, int tag, byte[]... parts) {
        read(tag, parts);
        NewConnection keys = keys(direction);
        dry.begin();
        int looked = dry.track(keys.addresses, keys.portsAndZone, keys.wide, 0, chunks, 100, nowMs);
        int state =
                tracker.track(keys.addresses, keys.portsAndZone, keys.wide, 0, chunks, 100, nowMs);
        if (looked != state) {
            throw new AssertionError("a dry look says " + looked + ", the tracker " + state);
        }
        boolean known = tracker.reference() != ConnTable.NONE;
        if (!known && (state & CtState.NEW) != 0) {
            tracker.commit(keys, chunks, 100, nowMs);
        }
        List<String> names = new ArrayList<>();
        for (int bit = 0; bit < CtState.NAMES.size(); bit++) {
            if ((state & 1 << bit) != 0 && 1 << bit != CtState.TRACKED) {
                names.add(CtState.NAMES.get(bit));
            }
        }
        return String.join("|", names) + (known && names.contains("new") ? "+" : "");
    }

    private NewConnection keys(int direction) {
        NewConnection keys = new NewConnection();
        int ports = direction == CLIENT ? TupleKey.ports(4000, 36412) : TupleKey.ports(36412, 4000);
        keys.addresses = TupleKey.addresses(0x0A000001 + direction, 0x0A000002 - direction);
        keys.portsAndZone = TupleKey.portsAndScope(ports, 5, Ipv4.PROTO_SCTP);
        if (ipv6) {
            keys.portsAndZone = TupleKey.ofIpv6(keys.portsAndZone);
        }
        keys.replyAddresses = TupleKey.invertAddresses(keys.addresses);
        keys.replyPortsAndZone = TupleKey.invertPorts(keys.portsAndZone);
        long[] hosts = {CLIENT_HOST, 1, SERVER_HOST, 2};
        for (int i = 0; i < 4; i++) {
            keys.wide[i] = hosts[direction == CLIENT ? i : (i + 2) % 4];
            keys.wide[4 + i] = hosts[direction == CLIENT ? (i + 2) % 4 : i];
        }
        return keys;
    }

    /** The connection's state, or "none". */
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

    /** The four packets. */
    void open() {
        send(CLIENT, 0, init(Sctp.INIT, CLIENT_TAG));
        send(SERVER, CLIENT_TAG, init(Sctp.INIT_ACK, SERVER_TAG));
        send(CLIENT, SERVER_TAG, chunk(Sctp.COOKIE_ECHO));
        send(SERVER, CLIENT_TAG, chunk(Sctp.COOKIE_ACK));
    }

    @Override
    public void close() {
        memory.close();
    }
}
