package io.sluice.packet;

/** ICMP (RFC 792): offsets from the start of the header, and the messages that have a reply. */
public final class Icmp {
    public static final int TYPE = 0;
    public static final int CODE = 1;
    public static final int CHECKSUM = 2;
    public static final int IDENTIFIER = 4;
    public static final int HEADER_LENGTH = 8;

    public static final int ECHO_REPLY = 0;
    public static final int DESTINATION_UNREACHABLE = 3;
    public static final int SOURCE_QUENCH = 4;
    public static final int REDIRECT = 5;
    public static final int ECHO = 8;
    public static final int TIME_EXCEEDED = 11;
    public static final int PARAMETER_PROBLEM = 12;
    private static final int TIMESTAMP = 13;
    private static final int TIMESTAMP_REPLY = 14;
    private static final int INFORMATION = 15;
    private static final int INFORMATION_REPLY = 16;
    private static final int MASK = 17;
    private static final int MASK_REPLY = 18;

    private Icmp() {}

    /** Whether the message asks for a reply, and so can begin a connection. */
    public static boolean isQuery(int type) {
        return type == ECHO || type == TIMESTAMP || type == INFORMATION || type == MASK;
    }

    /** Whether the message is about a packet, whose beginning follows its header. */
    public static boolean isError(int type) {
        return switch (type) {
            case DESTINATION_UNREACHABLE,
                    SOURCE_QUENCH,
                    REDIRECT,
                    TIME_EXCEEDED,
                    PARAMETER_PROBLEM ->
                    true;
            default -> false;
        };
    }

    /** The type of the answer, or of the question that this type answers; -1 for errors. */
    public static int inverseType(int type) {
        return switch (type) {
            case ECHO -> ECHO_REPLY;
            case ECHO_REPLY -> ECHO;
            case TIMESTAMP -> TIMESTAMP_REPLY;
            case TIMESTAMP_REPLY -> TIMESTAMP;
            case INFORMATION -> INFORMATION_REPLY;
            case INFORMATION_REPLY -> INFORMATION;
            case MASK -> MASK_REPLY;
            case MASK_REPLY -> MASK;
            default -> -1;
        };
    }
}
