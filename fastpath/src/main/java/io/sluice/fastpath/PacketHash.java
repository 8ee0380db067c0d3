package io.sluice.fastpath;

import io.sluice.packet.Ipv4;
import io.sluice.packet.TupleHash;

/**
 * The hash by which a select group finds a packet's bucket. It is the same in every process, and
 * for all fragments of a packet unless a field of the hash tells them apart. Immutable.
 */
final class PacketHash {
    private static final int VLAN_ID = 0xFFF;

    private enum Over {
        FIVE_TUPLE,
        SYMMETRIC_FIVE_TUPLE,
        SYMMETRIC_HEADERS,
        FIELDS,
        SOURCE
    }

    private final Over over;
    private final long basis;
    private final HashedField[] fields;

    PacketHash(Selection selection) {
        over = over(selection);
        basis =
                selection.method() == Selection.Method.DP_HASH
                        ? selection.parameter() & 0xFFFFFFFFL
                        : selection.parameter();
        fields = selection.fields().toArray(HashedField[]::new);
    }

    private static Over over(Selection selection) {
        return switch (selection.method()) {
            case UNSAID -> Over.SYMMETRIC_FIVE_TUPLE;
            case HASH -> selection.fields().isEmpty() ? Over.SYMMETRIC_HEADERS : Over.FIELDS;
            case DP_HASH ->
                    selection.algorithm() == Selection.SYMMETRIC
                            ? Over.SYMMETRIC_FIVE_TUPLE
                            : Over.FIVE_TUPLE;
            case MAGLEV, ROUND_ROBIN, LEAST_CONNECTIONS -> Over.FIVE_TUPLE;
            case SOURCE_HASH -> Over.SOURCE;
        };
    }

    /** Tells on which fields the hash depends. */
    void noteReads(Trace trace) {
        for (HashedField each : fields) {
            trace.reads(each.field());
        }
    }

    /** The hash of a packet with this flow key. */
    long of(long[] key) {
        return switch (over) {
            case FIVE_TUPLE -> TupleHash.stable(source(key), destination(key)) ^ protocol(key);
            case SYMMETRIC_FIVE_TUPLE -> (source(key) + destination(key)) ^ protocol(key);
            case SYMMETRIC_HEADERS -> headers(key);
            case FIELDS -> fields(key);
            case SOURCE -> ofSource(key);
        };
    }

    /** The hash of where the packet comes from, whatever its ports. */
    long ofSource(long[] key) {
        return address(key, Field.NW_SRC, Field.IPV6_SRC, 0);
    }

    private long headers(long[] key) {
        long macs =
                TupleHash.stable(basis, Field.ETH_SRC.get(key))
                        + TupleHash.stable(basis, Field.ETH_DST.get(key));
        long kind = (Field.ETH_TYPE.get(key) << 16) | (Field.VLAN_TCI.get(key) & VLAN_ID);
        long tuple = (source(key) + destination(key)) ^ protocol(key);
        return TupleHash.stable(macs ^ tuple, kind);
    }

    private long fields(long[] key) {
        long hash = basis;
        for (HashedField each : fields) {
            if (each.isOf(key)) {
                hash = TupleHash.stable(hash, each.field().get(key) & each.maskLow());
                if (each.field().isWide()) {
                    hash = TupleHash.stable(hash, each.field().getHigh(key) & each.maskHigh());
                }
            }
        }
        return hash;
    }

    private long source(long[] key) {
        return endpoint(key, Field.NW_SRC, Field.IPV6_SRC, Field.TP_SRC);
    }

    private long destination(long[] key) {
        return endpoint(key, Field.NW_DST, Field.IPV6_DST, Field.TP_DST);
    }

    private long endpoint(long[] key, Field ipv4, Field ipv6, Field port) {
        return address(key, ipv4, ipv6, hasPorts(key) ? port.get(key) : 0);
    }

    private long address(long[] key, Field ipv4, Field ipv6, long number) {
        long hash = TupleHash.stable(basis, (ipv4.get(key) << 16) | number);
        return TupleHash.stable(TupleHash.stable(hash, ipv6.getHigh(key)), ipv6.get(key));
    }

    private long protocol(long[] key) {
        return TupleHash.stable(basis, Field.NW_PROTO.get(key));
    }

    /** Later fragments have none, and shall go with the first. */
    private static boolean hasPorts(long[] key) {
        if (Field.NW_FRAG.get(key) != 0) {
            return false;
        }
        int protocol = (int) Field.NW_PROTO.get(key);
        return protocol == Ipv4.PROTO_TCP
                || protocol == Ipv4.PROTO_UDP
                || protocol == Ipv4.PROTO_SCTP;
    }
}
