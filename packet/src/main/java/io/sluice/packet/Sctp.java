package io.sluice.packet;

/** The SCTP common header (RFC 9260): offsets from its start. */
public final class Sctp {
    public static final int SRC_PORT = 0;
    public static final int DST_PORT = 2;
    public static final int VERIFICATION_TAG = 4;

    /** 4 bytes, CRC32c of the packet with 0 in this place; the lowest byte first. */
    public static final int CHECKSUM = 8;

    public static final int HEADER_LENGTH = 12;

    private Sctp() {}
}
