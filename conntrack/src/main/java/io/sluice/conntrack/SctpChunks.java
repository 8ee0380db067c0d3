package io.sluice.conntrack;

import io.sluice.packet.Memory;
import io.sluice.packet.Sctp;

/**
 * What connection tracking wants to know of an SCTP packet: its verification tag and which chunks
 * it has, numbers only, so that they stay right when the frame is gone. Tags are in host order.
 * Reused for every packet; used by one thread.
 */
public final class SctpChunks implements Segment {
    /** More chunks that may move a connection are not in one packet: it is malformed. */
    static final int MAX_COUNT = 32;

    // Bit by chunk type: those that are alone in their packet, and those that are the first.
    private static final int ALONE =
            1 << Sctp.INIT | 1 << Sctp.INIT_ACK | 1 << Sctp.SHUTDOWN_COMPLETE;
    private static final int FIRST = ALONE | 1 << Sctp.COOKIE_ECHO | 1 << Sctp.COOKIE_ACK;

    int tag;

    /** Of INIT or INIT ACK. */
    int initTag;

    /** The chunks are not as RFC 9260 has them: the packet is of no connection. */
    boolean malformed;

    /** There are chunks that move no connection: DATA, SACK, unknown ones. */
    boolean others;

    /** How many chunks may move a connection. */
    int count;

    private final byte[] types = new byte[MAX_COUNT];
    private final byte[] flags = new byte[MAX_COUNT];
    private int present;

    /**
     * Reads a packet whose common header can be read. Chunks that begin beyond what can be read are
     * not looked at.
     *
     * @param sctp address of the common header
     * @param readable bytes from there
     */
    public void read(long sctp, int readable) {
        tag = Memory.getIntBe(sctp + Sctp.VERIFICATION_TAG);
        initTag = 0;
        malformed = false;
        others = false;
        count = 0;
        present = 0;
        boolean alone = false;
        int chunks = 0;
        int at = Sctp.HEADER_LENGTH;
        while (at + Sctp.CHUNK_HEADER_LENGTH <= readable && !malformed) {
            int type = Memory.getByte(sctp + at + Sctp.CHUNK_TYPE);
            int lengthBytes = Memory.getShortBe(sctp + at + Sctp.CHUNK_LENGTH);
            alone |= isOneOf(ALONE, type);
            boolean outOfPlace = chunks++ != 0 && (alone || isOneOf(FIRST, type));
            malformed = outOfPlace || lengthBytes == 0;
            add(type, Memory.getByte(sctp + at + Sctp.CHUNK_FLAGS));
            if (type == Sctp.INIT || type == Sctp.INIT_ACK) {
                boolean whole = at + Sctp.INIT_LENGTH <= readable;
                initTag = whole ? Memory.getIntBe(sctp + at + Sctp.INIT_TAG) : 0;
                malformed |= !whole;
            }
            at += (lengthBytes + 3) & ~3;
        }
        malformed |= chunks == 0;
    }

    private static boolean isOneOf(int types, int type) {
        return type < Integer.SIZE && (types & 1 << type) != 0;
    }

    private void add(int type, int itsFlags) {
        if (type < Integer.SIZE) {
            present |= 1 << type;
        }
        if (!SctpState.isMoving(type)) {
            others = true;
        } else if (count == MAX_COUNT) {
            malformed = true;
        } else {
            types[count] = (byte) type;
            flags[count++] = (byte) itsFlags;
        }
    }

    /** The type of one of the chunks that may move a connection. */
    int type(int chunk) {
        return types[chunk];
    }

    boolean hasFlagT(int chunk) {
        return (flags[chunk] & Sctp.FLAG_T) != 0;
    }

    /** Whether there is a chunk of this type, below 32. */
    boolean has(int type) {
        return (present & 1 << type) != 0;
    }

    /** Whether there is a chunk of one of these types, bit by type. */
    boolean hasAny(int typeBits) {
        return (present & typeBits) != 0;
    }

    /** Takes over what another packet says. */
    public void copyFrom(SctpChunks other) {
        tag = other.tag;
        initTag = other.initTag;
        malformed = other.malformed;
        others = other.others;
        count = other.count;
        present = other.present;
        System.arraycopy(other.types, 0, types, 0, count);
        System.arraycopy(other.flags, 0, flags, 0, count);
    }
}
