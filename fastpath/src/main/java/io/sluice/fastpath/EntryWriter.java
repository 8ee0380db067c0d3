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
                        | (isTcpOrFurther(tuple) ? CacheLayout.TCP_OR_FURTHER : 0));
        writeConnections(entry);
        writeRewrite(
                entry,
                addresses,
                TupleKey.ports(tuple),
                packet.addresses(),
                packet.ports(),
                trace.extrasDelta);
        return entry;
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

    /**
     * Writes what the packet's rewrite is: from the key's addresses and ports to these.
     *
     * @param ipv4Delta what other changes of the IPv4 header add to its checksum's complement
     */
    private static void writeRewrite(
            long entry, long addresses, int ports, long newAddresses, int newPorts, int ipv4Delta) {
        int addressDelta = Checksum.delta(addresses, newAddresses);
        int ipDelta = Checksum.addDeltas(addressDelta, ipv4Delta);
        int l4Delta =
                Checksum.addDeltas(
                        addressDelta, Checksum.delta(ports & 0xFFFFFFFFL, newPorts & 0xFFFFFFFFL));
        Memory.putLong(entry + CacheLayout.NEW_ADDRESSES, newAddresses);
        Memory.putInt(entry + CacheLayout.NEW_PORTS, newPorts);
        Memory.putInt(entry + CacheLayout.DELTAS, ipDelta | (l4Delta << 16));
    }
}
