package io.sluice.packet;

/** The IPv6 header and its extension headers (RFC 8200): offsets from the start of each. */
public final class Ipv6 {
    /** 4 bits version, 8 bits traffic class, 20 bits label. */
    public static final int VERSION_CLASS_LABEL = 0;

    public static final int PAYLOAD_LENGTH = 4;
    public static final int NEXT_HEADER = 6;
    public static final int HOP_LIMIT = 7;
    public static final int SRC = 8;
    public static final int DST = 24;
    public static final int HEADER_LENGTH = 40;

    public static final int CLASS_SHIFT = 20;
    public static final int LABEL_MASK = 0xFFFFF;

    /** In every extension header: the type of the one after it. */
    public static final int EXTENSION_NEXT_HEADER = 0;

    public static final int EXTENSION_LENGTH = 1;
    public static final int ROUTING_SEGMENTS_LEFT = 3;
    public static final int FRAGMENT_OFFSET = 2;
    public static final int FRAGMENT_IDENTIFICATION = 4;

    /** The least and the unit of an extension header's length. */
    public static final int EXTENSION_UNIT = 8;

    /** In the 16 bits at FRAGMENT_OFFSET. */
    public static final int FRAGMENT_OFFSET_MASK = 0xFFF8;

    public static final int MORE_FRAGMENTS = 0x0001;

    public static final int NEXT_HOP_BY_HOP = 0;
    public static final int NEXT_ROUTING = 43;
    public static final int NEXT_FRAGMENT = 44;
    public static final int NEXT_AUTHENTICATION = 51;
    public static final int NEXT_NONE = 59;
    public static final int NEXT_DESTINATION = 60;

    private Ipv6() {}

    /** Whether a header of this type stands between the IPv6 header and what is transported. */
    public static boolean isExtension(int type) {
        return switch (type) {
            case NEXT_HOP_BY_HOP,
                    NEXT_ROUTING,
                    NEXT_FRAGMENT,
                    NEXT_AUTHENTICATION,
                    NEXT_DESTINATION ->
                    true;
            default -> false;
        };
    }

    /** The length of an extension header, of which the first 8 bytes can be read. */
    public static int extensionBytes(int type, long header) {
        int length = Memory.getByte(header + EXTENSION_LENGTH);
        return switch (type) {
            case NEXT_FRAGMENT -> EXTENSION_UNIT;
            // In words of 4 bytes, minus 2 (RFC 4302).
            case NEXT_AUTHENTICATION -> (length + 2) << 2;
            default -> (length + 1) << 3;
        };
    }
}
