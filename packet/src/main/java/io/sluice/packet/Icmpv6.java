package io.sluice.packet;

/** ICMPv6 (RFC 4443) and neighbour discovery (RFC 4861): offsets from the start of the header. */
public final class Icmpv6 {
    public static final int TYPE = 0;
    public static final int CODE = 1;
    public static final int CHECKSUM = 2;
    public static final int IDENTIFIER = 4;
    public static final int HEADER_LENGTH = 4;

    /** With identifier and sequence number. */
    public static final int QUERY_LENGTH = 8;

    /** Of an error, before the packet that it is about. */
    public static final int ERROR_LENGTH = 8;

    public static final int DESTINATION_UNREACHABLE = 1;
    public static final int PACKET_TOO_BIG = 2;
    public static final int TIME_EXCEEDED = 3;
    public static final int PARAMETER_PROBLEM = 4;
    public static final int ECHO = 128;
    public static final int ECHO_REPLY = 129;
    private static final int NODE_INFORMATION = 139;
    private static final int NODE_INFORMATION_REPLY = 140;
    public static final int NEIGHBOR_SOLICITATION = 135;
    public static final int NEIGHBOR_ADVERTISEMENT = 136;

    /** In neighbour solicitations and advertisements: 16 bytes. */
    public static final int ND_TARGET = 8;

    /** Where their options begin. */
    public static final int ND_OPTIONS = 24;

    /** In an option: its length in units of 8 bytes. */
    public static final int OPTION_LENGTH = 1;

    /** In an option with a link-layer address: 6 bytes. */
    public static final int OPTION_ADDRESS = 2;

    public static final int OPTION_UNIT = 8;
    public static final int OPTION_SOURCE_LINK = 1;
    public static final int OPTION_TARGET_LINK = 2;

    // RFC 4443 section 2.1: errors have the lower half of the types.
    private static final int FIRST_INFORMATION = 128;

    private Icmpv6() {}

    /** Whether the message is about a packet, whose beginning follows its header. */
    public static boolean isError(int type) {
        return type < FIRST_INFORMATION;
    }

    /** Whether the message asks for a reply, and so can begin a connection. */
    public static boolean isQuery(int type) {
        return type == ECHO || type == NODE_INFORMATION;
    }

    /** The type of the answer, or of the question that this type answers; -1 for all others. */
    public static int inverseType(int type) {
        return switch (type) {
            case ECHO -> ECHO_REPLY;
            case ECHO_REPLY -> ECHO;
            case NODE_INFORMATION -> NODE_INFORMATION_REPLY;
            case NODE_INFORMATION_REPLY -> NODE_INFORMATION;
            default -> -1;
        };
    }

    /** Whether the message has a target address and options. */
    public static boolean isNeighborDiscovery(int type, int code) {
        return code == 0 && (type == NEIGHBOR_SOLICITATION || type == NEIGHBOR_ADVERTISEMENT);
    }
}
