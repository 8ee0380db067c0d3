package io.sluice.packet;

/**
 * What follows the Ethernet header of a frame that has a length in place of a type (IEEE 802.3): an
 * LLC header, and for protocols known by an Ethernet type the SNAP header behind it.
 */
public final class Llc {
    /** Both headers together. */
    public static final int SNAP_LENGTH = 8;

    /** Values of the type field below this one are lengths. */
    public static final int MIN_TYPE = 0x0600;

    private static final int SNAP_TYPE = 6;
    // SAPs AA and AA, unnumbered information, and the organisation 00-00-00, as loaded.
    private static final long SNAP = 0x03AAAAL;
    private static final long SNAP_MASK = 0xFFFF_FFFF_FFFFL;

    private Llc() {}

    /** The Ethernet type in the SNAP header, or 0 when there is none. */
    public static int type(long llc, long readableBytes) {
        if (readableBytes < SNAP_LENGTH || (Memory.getLong(llc) & SNAP_MASK) != SNAP) {
            return 0;
        }
        int type = Memory.getShortBe(llc + SNAP_TYPE);
        return type >= MIN_TYPE ? type : 0;
    }
}
