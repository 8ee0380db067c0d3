package io.sluice.packet;

/**
 * The SCTP common header (RFC 9260 section 3.1), and the chunks behind it, each at a multiple of 4
 * bytes (section 3.2): offsets from their start.
 */
public final class Sctp {
    public static final int SRC_PORT = 0;
    public static final int DST_PORT = 2;
    public static final int VERIFICATION_TAG = 4;

    /** 4 bytes, CRC32c of the packet with 0 in this place; the lowest byte first. */
    public static final int CHECKSUM = 8;

    public static final int HEADER_LENGTH = 12;

    public static final int CHUNK_TYPE = 0;
    public static final int CHUNK_FLAGS = 1;

    /** Without the padding. */
    public static final int CHUNK_LENGTH = 2;

    public static final int CHUNK_HEADER_LENGTH = 4;

    /** Of INIT and INIT ACK: the tag that packets to their sender carry. */
    public static final int INIT_TAG = 4;

    /** Of INIT and INIT ACK, without options. */
    public static final int INIT_LENGTH = 20;

    /** In ABORT and SHUTDOWN COMPLETE: the tag is the sender's, not the receiver's. */
    public static final int FLAG_T = 1;

    public static final int DATA = 0;
    public static final int INIT = 1;
    public static final int INIT_ACK = 2;
    public static final int SACK = 3;
    public static final int HEARTBEAT = 4;
    public static final int HEARTBEAT_ACK = 5;
    public static final int ABORT = 6;
    public static final int SHUTDOWN = 7;
    public static final int SHUTDOWN_ACK = 8;
    public static final int ERROR = 9;
    public static final int COOKIE_ECHO = 10;
    public static final int COOKIE_ACK = 11;
    public static final int SHUTDOWN_COMPLETE = 14;

    private Sctp() {}
}
