package io.sluice.fastpath;

import io.sluice.packet.Ipv4;
import io.sluice.packet.TupleHash;

/**
 * Actions that change fields of a packet and nothing else. They reach the frame when the packet
 * leaves. Stateless.
 */
final class Edits {
    private static final int SCTP = 132;

    private Edits() {}

    static void set(SlowPacket packet, Action.Set set) {
        if (packet.has(set.field())) {
            set.field().setMasked(packet.key, set.high(), set.low(), set.maskHigh(), set.maskLow());
            packet.noteSet(set.field());
        }
    }

    static void move(SlowPacket packet, Action.Move move) {
        if (packet.has(move.from().field()) && packet.has(move.to().field())) {
            long high = move.from().getHigh(packet.key);
            long low = move.from().get(packet.key);
            move.to().set(packet.key, high, low);
            packet.noteSet(move.to().field());
        }
    }

    /** False when the packet lives no longer; one without a TTL is left alone. */
    static boolean decrementTtl(SlowPacket packet) {
        if (!packet.has(Field.NW_TTL)) {
            return true;
        }
        long ttl = Field.NW_TTL.get(packet.key);
        if (ttl <= 1) {
            return false;
        }
        Field.NW_TTL.set(packet.key, ttl - 1);
        return true;
    }

    static void checkLength(SlowPacket packet, Action.CheckPktLarger check) {
        check.to().set(packet.key, 0, packet.length() > check.bytes() ? 1 : 0);
    }

    static void multipath(SlowPacket packet, Action.Multipath multipath) {
        long hash = hash(packet, multipath.fields(), multipath.basis());
        int links = multipath.links();
        long link =
                switch (multipath.algorithm()) {
                    case MODULO_N -> Long.remainderUnsigned(hash, links);
                    case HASH_THRESHOLD -> ((hash & 0xFFFFFFFFL) * links) >>> 32;
                    case HRW -> highestRandomWeight(hash, links);
                    case ITER_HASH -> firstWithin(hash, links, multipath.argument());
                };
        multipath.to().set(packet.key, 0, link);
    }

    private static long highestRandomWeight(long hash, int links) {
        long best = 0;
        int chosen = 0;
        for (int link = 0; link < links; link++) {
            long weight = TupleHash.stable(hash, link);
            if (link == 0 || Long.compareUnsigned(weight, best) > 0) {
                best = weight;
                chosen = link;
            }
        }
        return chosen;
    }

    /** Hashes within the argument's range until one is a link. */
    private static long firstWithin(long hash, int links, int argument) {
        long range = Long.highestOneBit(Math.max(1, Math.max(links, argument) - 1L)) << 1;
        long next = hash;
        for (int tries = 0; tries < 64; tries++) {
            long candidate = next & (range - 1);
            if (candidate < links) {
                return candidate;
            }
            next = TupleHash.stable(hash, tries);
        }
        return Long.remainderUnsigned(hash, links);
    }

    /**
     * A hash over these fields, the same in every process. The symmetric ones are the same for both
     * directions.
     */
    static long hash(SlowPacket packet, Action.HashFields fields, int basis) {
        long[] key = packet.key;
        return switch (fields) {
            case ETH_SRC -> TupleHash.stable(Field.ETH_SRC.get(key), basis);
            case NW_SRC ->
                    TupleHash.stable(Field.NW_SRC.get(key) ^ fold(key, Field.IPV6_SRC), basis);
            case NW_DST ->
                    TupleHash.stable(Field.NW_DST.get(key) ^ fold(key, Field.IPV6_DST), basis);
            case SYMMETRIC_L3 -> TupleHash.stable(addresses(key), basis);
            case SYMMETRIC_L4 ->
                    TupleHash.stable(
                            addresses(key) ^ macs(key),
                            ports(key, true) ^ Field.VLAN_TCI.get(key) << 16 ^ basis);
            case SYMMETRIC_L3L4 -> TupleHash.stable(addresses(key), ports(key, false) ^ basis);
            case SYMMETRIC_L3L4_UDP -> TupleHash.stable(addresses(key), ports(key, true) ^ basis);
        };
    }

    private static long fold(long[] key, Field field) {
        return TupleHash.stable(field.getHigh(key), field.get(key));
    }

    private static long addresses(long[] key) {
        return (Field.NW_SRC.get(key) ^ Field.NW_DST.get(key))
                ^ fold(key, Field.IPV6_SRC)
                ^ fold(key, Field.IPV6_DST);
    }

    private static long macs(long[] key) {
        return Field.ETH_SRC.get(key) ^ Field.ETH_DST.get(key) ^ Field.ETH_TYPE.get(key) << 48;
    }

    /** Ports and protocol; those of UDP on demand only, for it may come in fragments. */
    private static long ports(long[] key, boolean udp) {
        long protocol = Field.NW_PROTO.get(key);
        boolean counts =
                protocol == Ipv4.PROTO_TCP
                        || protocol == SCTP
                        || (udp && protocol == Ipv4.PROTO_UDP);
        long ports = counts ? Field.TP_SRC.get(key) ^ Field.TP_DST.get(key) : 0;
        return protocol << 32 | ports << 40;
    }
}
