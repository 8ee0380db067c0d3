package io.sluice.packet;

/** The UDP header (RFC 768): offsets from its start. A checksum of 0 means there is none. */
public final class Udp {
    public static final int SRC_PORT = 0;
    public static final int DST_PORT = 2;
    public static final int LENGTH = 4;
    public static final int CHECKSUM = 6;
    public static final int HEADER_LENGTH = 8;

    private Udp() {}
}
