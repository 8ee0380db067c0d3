package io.sluice.fastpath;

import io.sluice.packet.Ethernet;

/**
 * The actions {@code normal} and {@code flood}: a learning switch in which every port carries every
 * VLAN. Used by one thread.
 */
final class Switching {
    /** Ethernet addresses that no bridge forwards: IEEE 802.1Q, table 8-1. */
    private static final long RESERVED = 0x0180C2000000L;

    private static final long RESERVED_MASK = 0xFFFFFFFFFFF0L;
    private static final int VID_MASK = 0xFFF;

    private final MacTable macs;
    private final Departure departure;
    private final Trace trace;

    Switching(MacTable macs, Departure departure, Trace trace) {
        this.macs = macs;
        this.departure = departure;
        this.trace = trace;
    }

    void normal(SlowPacket packet, Snapshot snapshot, int nowMs) {
        long target = Field.ETH_DST.get(packet.key);
        if ((target & RESERVED_MASK) == RESERVED) {
            departure.drop(DropReason.RESERVED_ADDRESS);
            return;
        }
        int vlan = (int) Field.VLAN_TCI.get(packet.key) & VID_MASK;
        long source = Field.ETH_SRC.get(packet.key);
        // Packets that control sends may come from no port.
        boolean teaches = !Ethernet.isGroup(source) && departure.hasPort(packet.inPort);
        if (teaches && !trace.isDry()) {
            macs.learn(source, vlan, packet.inPort, nowMs);
        }
        int port = Ethernet.isGroup(target) ? MacTable.UNKNOWN : macs.find(target, vlan, nowMs);
        if (teaches && trace.isDry() && target == source) {
            // As if it had been learned.
            port = packet.inPort;
        }
        if (port == MacTable.UNKNOWN || !departure.hasPort(port)) {
            trace.notCacheable();
            flood(packet, snapshot);
        } else if (port == packet.inPort) {
            trace.onLearnedMacs = true;
            departure.drop(DropReason.OUTPUT_IN_PORT);
        } else {
            trace.onLearnedMacs = true;
            departure.to(packet, port);
        }
    }

    void flood(SlowPacket packet, Snapshot snapshot) {
        for (DatapathPort port : snapshot.ports()) {
            if (port.number() != packet.inPort) {
                departure.to(packet, port.number());
            }
        }
    }
}
