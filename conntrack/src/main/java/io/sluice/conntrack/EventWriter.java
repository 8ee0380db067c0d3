package io.sluice.conntrack;

import io.sluice.packet.Memory;
import io.sluice.packet.TupleKey;

/** Writes what happens to connections into a worker's ring, if somebody wants it. That worker. */
final class EventWriter {
    private final ConnTable table;
    private final ConnOwner owner;
    private final ConnEvents events;
    private final EventRing ring;
    private final long[] wide = new long[4];
    private boolean room;

    EventWriter(ConnTable table, ConnOwner owner) {
        this.table = table;
        this.owner = owner;
        events = table.events();
        ring = events.newRing();
    }

    /** A connection was made; before another thread can find it. */
    void made(int reference, int nowMs) {
        if (events.wants(EventType.NEW)) {
            write(EventType.NEW, 0, reference, nowMs);
        }
    }

    void changed(int reference, int nowMs) {
        if (events.wants(EventType.UPDATE)) {
            write(EventType.UPDATE, 0, reference, nowMs);
        }
    }

    /** A connection has ended; the thread that frees its record, before it does. */
    void ended(int reference, int reason, int nowMs) {
        if (events.wantsEnds()) {
            write(EventType.DESTROY, reason, reference, nowMs);
        }
    }

    private void write(EventType type, int reason, int reference, int nowMs) {
        long event = open();
        fill(event, reference, nowMs);
        Memory.putByte(event + EventLayout.REASON, reason);
        send(event, type);
    }

    /** Where to write an event, all of it. */
    long open() {
        room = ring.hasRoom();
        return ring.next();
    }

    /** Sends the event of the last {@link #open}, if somebody wants it. */
    void send(long event, EventType type) {
        Memory.putByte(event + EventLayout.TYPE, type.code());
        if (!events.wants(event)) {
            return;
        }
        if (room) {
            Memory.putLong(event + EventLayout.SEQUENCE, events.nextSequence());
            ring.publish(type.code());
        } else {
            ring.lose(type.code());
        }
    }

    private void fill(long event, int reference, int nowMs) {
        long original = table.line(reference & ~1);
        long reply = table.line(reference | 1);
        long clockMs = owner.clockMs(nowMs);
        Memory.putLong(event + EventLayout.TIME_MS, clockMs);
        Memory.putLong(event + EventLayout.FIRST_MS, LineCounters.madeMs(original, reply, clockMs));
        Memory.putLong(event + EventLayout.LAST_MS, clockMs - Lifetime.silentMs(original, nowMs));
        int word = Memory.getIntAcquire(original + ConnLayout.STATE);
        long portsAndZone = Memory.getLong(original + ConnLayout.PORTS_AND_SCOPE);
        long replyPortsAndZone = Memory.getLong(reply + ConnLayout.PORTS_AND_SCOPE);
        int flags = (word & ConnState.SEEN_REPLY) != 0 ? EventLayout.FLAG_SEEN_REPLY : 0;
        flags |= (word & ConnState.LOGGED) != 0 ? EventLayout.FLAG_LOGGED : 0;
        boolean ipv6 = TupleKey.isIpv6(portsAndZone);
        flags |= ipv6 ? EventLayout.FLAG_IPV6 : 0;
        Memory.putByte(event + EventLayout.PROTOCOL, TupleKey.protocol(portsAndZone));
        Memory.putByte(event + EventLayout.FLAGS, flags);
        Memory.putInt(event + EventLayout.KIND, ConnState.kind(word));
        Memory.putInt(event + EventLayout.MARK, Memory.getIntAcquire(reply + ConnLayout.MARK));
        Memory.putShort(event + EventLayout.ZONE, TupleKey.scope(portsAndZone));
        Memory.putShort(event + EventLayout.REPLY_ZONE, TupleKey.scope(replyPortsAndZone));
        boolean labelled = (word & ConnState.HAS_LABEL) != 0;
        long label = table.label(reference);
        Memory.putLong(
                event + EventLayout.LABEL_LOW, labelled ? Memory.getLong(label + Long.BYTES) : 0);
        Memory.putLong(event + EventLayout.LABEL_HIGH, labelled ? Memory.getLong(label) : 0);
        if (ipv6) {
            fillWide(event + EventLayout.TUPLE_ADDRESSES, reference & ~1);
            fillWide(event + EventLayout.REPLY_ADDRESSES, reference | 1);
        } else {
            fillAddresses(event + EventLayout.TUPLE_ADDRESSES, original);
            fillAddresses(event + EventLayout.REPLY_ADDRESSES, reply);
        }
        fillPorts(event + EventLayout.TUPLE_PORTS, TupleKey.ports(portsAndZone));
        fillPorts(event + EventLayout.REPLY_PORTS, TupleKey.ports(replyPortsAndZone));
        Memory.putLong(event + EventLayout.PACKETS, LineCounters.packets(original));
        Memory.putLong(event + EventLayout.BYTES, LineCounters.bytes(original));
        Memory.putLong(event + EventLayout.REPLY_PACKETS, LineCounters.packets(reply));
        Memory.putLong(event + EventLayout.REPLY_BYTES, LineCounters.bytes(reply));
    }

    private static void fillAddresses(long event, long line) {
        long addresses = Memory.getLong(line + ConnLayout.ADDRESSES);
        EventRecord.putIpv4(event, TupleKey.source(addresses));
        EventRecord.putIpv4(event + EventRecord.ADDRESS_BYTES, TupleKey.destination(addresses));
    }

    private void fillWide(long event, int reference) {
        table.readWide(reference, wide, 0);
        for (int i = 0; i < wide.length; i++) {
            EventRecord.putBe(event + (long) i * Long.BYTES, wide[i]);
        }
    }

    private static void fillPorts(long event, int ports) {
        Memory.putShort(event, TupleKey.sourcePort(ports));
        Memory.putShort(event + Short.BYTES, TupleKey.destinationPort(ports));
    }
}
