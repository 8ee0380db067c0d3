package io.sluice.packet;

/** The TCP header (RFC 9293): offsets from its start, and the flag bits. */
public final class Tcp {
    public static final int SRC_PORT = 0;
    public static final int DST_PORT = 2;
    public static final int SEQUENCE = 4;
    public static final int ACKNOWLEDGMENT = 8;
    public static final int DATA_OFFSET = 12;
    public static final int FLAGS = 13;
    public static final int WINDOW = 14;
    public static final int CHECKSUM = 16;
    public static final int MIN_HEADER_LENGTH = 20;

    public static final int FIN = 0x01;
    public static final int SYN = 0x02;
    public static final int RST = 0x04;
    public static final int PSH = 0x08;
    public static final int ACK = 0x10;
    public static final int URG = 0x20;
    public static final int ECE = 0x40;
    public static final int CWR = 0x80;

    // Options: a kind and, for all but the first two, the length of the whole option.
    public static final int OPTION_END = 0;
    public static final int OPTION_NO_OPERATION = 1;

    /** RFC 7323: the shift of the windows that the sender will announce. */
    public static final int OPTION_WINDOW_SCALE = 3;

    public static final int OPTION_WINDOW_SCALE_LENGTH = 3;

    /** RFC 2018. */
    public static final int OPTION_SACK_PERMITTED = 4;

    public static final int OPTION_SACK_PERMITTED_LENGTH = 2;

    /** RFC 2018: blocks of two sequence numbers, the left edge and the right. */
    public static final int OPTION_SACK = 5;

    public static final int OPTION_SACK_BLOCK_LENGTH = 8;

    /** Larger shifts count as this one (RFC 7323 section 2.3). */
    public static final int MAX_WINDOW_SCALE = 14;

    /** Options that are a timestamp and two bytes before it, and the first four of their bytes. */
    public static final int ALIGNED_TIMESTAMP_LENGTH = 12;

    public static final int ALIGNED_TIMESTAMP = 0x0101080A;

    private Tcp() {}
}
