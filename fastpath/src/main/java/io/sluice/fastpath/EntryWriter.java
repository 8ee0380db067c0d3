package io.sluice.fastpath;

import io.sluice.packet.Checksum;
import io.sluice.packet.Ipv4;
import io.sluice.packet.Memory;
import io.sluice.packet.TupleKey;

/**
 * Writes into the flow cache what the slow path found out about a packet: the packet as it is now,
 * and the trace of its way. Used by the worker's thread.
 */
final class EntryWriter {
    private final FlowCache cache;
    private final Trace trace;
    private final SlowPacket packet;

    EntryWriter(FlowCache cache, Trace trace, SlowPacket packet) {
        this.cache = cache;
        this.trace = trace;
        this.packet = packet;
    }

    /**
     * Writes the entry for packets like the one of the slot.
     *
     * @param slot of the packet; its entry, if it has one, is written anew
     * @param macsLow frame bytes 0-7 as the packet came, as they are loaded
     * @param macsHigh frame bytes 8-11
     * @param way the number of its way
     * @param generation that ways are valid in
     * @param generationOnMacs that ways which rest on learned addresses are valid in
     * @return the entry
     */
    long write(
            long slot, long macsLow, int macsHigh, int way, int generation, int generationOnMacs) {
        long addresses = Memory.getLong(slot + SlotLayout.ADDRESSES);
        long tuple = Memory.getLong(slot + SlotLayout.TUPLE);
        long entry = Memory.getLong(slot + SlotLayout.ENTRY);
        if (entry == FlowCache.MISS) {
            long first = Memory.getLong(slot + SlotLayout.FIRST);
            entry = cache.claim(first, generation, generationOnMacs);
        }
        Memory.putLong(entry + CacheLayout.ADDRESSES, addresses);
        Memory.putLong(entry + CacheLayout.PORTS_AND_SCOPE, tuple);
        Memory.putLong(entry + CacheLayout.MACS_LOW, macsLow);
        Memory.putInt(entry + CacheLayout.MACS_HIGH, macsHigh);
        Memory.putInt(
                entry + CacheLayout.GENERATION,
                trace.onLearnedMacs ? generationOnMacs : generation);
        Memory.putInt(entry + CacheLayout.WAY, way);
        Memory.putInt(
                entry + CacheLayout.FLAGS,
                trace.connectionCount
                        | (trace.onLearnedMacs ? CacheLayout.ON_LEARNED_MACS : 0)
                        | (trace.extras != WayExtras.NONE ? CacheLayout.HAS_EXTRAS : 0)
                        | (trace.ipv6 ? CacheLayout.IPV6 : 0)
                        | (isTcpOrFurther(tuple) ? CacheLayout.TCP_OR_FURTHER : 0));
        writeConnections(entry);
        int portsDelta =
                Checksum.delta(TupleKey.ports(tuple) & 0xFFFFFFFFL, packet.ports() & 0xFFFFFFFFL);
        int addressDelta =
                trace.ipv6 ? writeWide(cache.wideLine(entry)) : writeAddresses(entry, addresses);
        // No checksum of IPv6 is over more than addresses and ports.
        int ipv4Delta = trace.ipv6 ? 0 : Checksum.addDeltas(addressDelta, trace.extrasDelta);
        int l4Delta = Checksum.addDeltas(addressDelta, portsDelta);
        Memory.putInt(entry + CacheLayout.NEW_PORTS, packet.ports());
        Memory.putInt(entry + CacheLayout.DELTAS, ipv4Delta | (l4Delta << 16));
        return entry;
    }

    /** Writes what the addresses become; returns what that adds to checksums over them. */
    private int writeAddresses(long entry, long addresses) {
        Memory.putLong(entry + CacheLayout.NEW_ADDRESSES, packet.addresses());
        return Checksum.delta(addresses, packet.addresses());
    }

    /** The same of IPv6, and what they were. */
    private int writeWide(long line) {
        int delta = 0;
        for (int word = 0; word < FlowKey.WIDE_WORDS; word++) {
            long was = Long.reverseBytes(trace.wide[word]);
            long is = Long.reverseBytes(packet.key[FlowKey.WIDE + word]);
            long at = line + (long) word * Long.BYTES;
            Memory.putLong(at + WideLayout.ADDRESSES, was);
            Memory.putLong(at + WideLayout.NEW_ADDRESSES, is);
            delta = Checksum.addDeltas(delta, Checksum.delta(was, is));
        }
        return delta;
    }

    private boolean isTcpOrFurther(long tuple) {
        boolean tcp = TupleKey.protocol(tuple) == Ipv4.PROTO_TCP;
        return trace.connectionCount > (tcp ? 0 : 1);
    }

    private void writeConnections(long entry) {
        int count = trace.connectionCount;
        Memory.putInt(entry + CacheLayout.CONNECTION, count > 0 ? trace.connections[0] : 0);
        Memory.putInt(entry + CacheLayout.VERSION, count > 0 ? trace.versions[0] : 0);
        long second = cache.secondLine(entry);
        for (int c = 1; c < count; c++) {
            Memory.putInt(second + ((c - 1L) << 3), trace.connections[c]);
            Memory.putInt(second + ((c - 1L) << 3) + Integer.BYTES, trace.versions[c]);
        }
    }
}
