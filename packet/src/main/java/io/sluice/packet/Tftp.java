package io.sluice.packet;

/**
 * The Trivial File Transfer Protocol (RFC 1350): what a UDP datagram of it begins with. Numbers are
 * in network order.
 */
public final class Tftp {
    private static final int OPCODE_LENGTH = 2;
    private static final int READ_REQUEST = 1;
    private static final int WRITE_REQUEST = 2;

    /** A request has at least a file name and a mode, each of a byte and its end. */
    private static final int MIN_REQUEST_LENGTH = OPCODE_LENGTH + 4;

    private Tftp() {}

    /**
     * Whether a datagram asks for a transfer: a read or write request, with a file name and a mode
     * that end where they are to (RFC 1350, section 5; options of RFC 2347 may follow).
     *
     * @param payload address of what the UDP header is followed by
     * @param readableBytes that may be read there
     */
    public static boolean isRequest(long payload, int readableBytes) {
        if (readableBytes < MIN_REQUEST_LENGTH) {
            return false;
        }
        int opcode = Memory.getShortBe(payload);
        if (opcode != READ_REQUEST && opcode != WRITE_REQUEST) {
            return false;
        }
        int name = endOfText(payload, OPCODE_LENGTH, readableBytes);
        return name > OPCODE_LENGTH && endOfText(payload, name + 1, readableBytes) > name + 1;
    }

    /** The offset of the zero byte that ends the text; -1 when there is none. */
    private static int endOfText(long payload, int from, int readableBytes) {
        for (int at = from; at < readableBytes; at++) {
            if (Memory.getByte(payload + at) == 0) {
                return at;
            }
        }
        return -1;
    }
}
