package io.sluice.conntrack;

import io.sluice.packet.Memory;
import io.sluice.packet.Tcp;

/**
 * What connection tracking wants to know of a TCP header: numbers only, so that they stay right
 * when the frame is gone. Sequence numbers are in host order and wrap around. Reused for every
 * packet; used by one thread.
 */
public final class TcpSegment implements Segment {
    /** There was no window scale option. */
    static final int NO_SCALE = -1;

    int flags;
    int sequence;
    int acknowledgment;

    /** The number after the last byte; SYN and FIN count as one. */
    int end;

    /** As in the header, not scaled. */
    int window;

    /** The highest right edge of a SACK block beyond the acknowledgment, or that. */
    int sack;

    /** Whether there are options, known or not. */
    boolean hasOptions;

    /** The window scale option's shift, or NO_SCALE. */
    int scale;

    boolean sackPermitted;

    private int acknowledgmentAsRead;
    private int sackAsRead;

    /**
     * Reads a header whose length, at least 20 bytes, lies within the packet. Options that do not
     * lie within what can be read are as none.
     *
     * @param tcp address of the header
     * @param readable bytes from there
     * @param tcpBytes from there to the end of the IP packet
     */
    public void read(long tcp, int readable, int tcpBytes) {
        int headerBytes = Memory.getByte(tcp + Tcp.DATA_OFFSET) >>> 4 << 2;
        flags = Memory.getByte(tcp + Tcp.FLAGS);
        sequence = Memory.getIntBe(tcp + Tcp.SEQUENCE);
        acknowledgment = Memory.getIntBe(tcp + Tcp.ACKNOWLEDGMENT);
        window = Memory.getShortBe(tcp + Tcp.WINDOW);
        int counted = (flags & Tcp.SYN) >>> 1;
        counted += flags & Tcp.FIN;
        end = sequence + tcpBytes - headerBytes + counted;
        sack = acknowledgment;
        hasOptions = headerBytes > Tcp.MIN_HEADER_LENGTH && headerBytes <= readable;
        scale = NO_SCALE;
        sackPermitted = false;
        if (hasOptions) {
            readOptions(tcp + Tcp.MIN_HEADER_LENGTH, tcp + headerBytes);
        }
    }

    /**
     * What the segment acknowledges, counted as who sent that counts it: as windows are compared.
     *
     * @param other the edits of the other direction
     */
    void toSender(long other) {
        acknowledgmentAsRead = acknowledgment;
        sackAsRead = sack;
        // What answers a SYN is of before all edits, or of a connection that begins anew.
        if ((flags & (Tcp.ACK | Tcp.SYN)) == Tcp.ACK) {
            acknowledgment = StreamEdits.toSent(other, acknowledgment);
            sack = StreamEdits.toSent(other, sack);
        }
    }

    /** As the segment has it, after {@link #toSender}. */
    void toReceiver() {
        acknowledgment = acknowledgmentAsRead;
        sack = sackAsRead;
    }

    /** Takes over what another packet says. */
    public void copyFrom(TcpSegment other) {
        flags = other.flags;
        sequence = other.sequence;
        acknowledgment = other.acknowledgment;
        end = other.end;
        window = other.window;
        sack = other.sack;
        hasOptions = other.hasOptions;
        scale = other.scale;
        sackPermitted = other.sackPermitted;
    }

    private void readOptions(long first, long end) {
        // What nearly all packets with options have.
        if (end - first == Tcp.ALIGNED_TIMESTAMP_LENGTH
                && Memory.getIntBe(first) == Tcp.ALIGNED_TIMESTAMP) {
            return;
        }
        boolean sackRead = false;
        long at = first;
        while (at < end) {
            int kind = Memory.getByte(at);
            if (kind == Tcp.OPTION_END) {
                return;
            }
            if (kind == Tcp.OPTION_NO_OPERATION) {
                at++;
                continue;
            }
            if (end - at < 2) {
                return;
            }
            int length = Memory.getByte(at + 1);
            if (length < 2 || length > end - at) {
                return;
            }
            switch (kind) {
                case Tcp.OPTION_WINDOW_SCALE -> readScale(at, length);
                case Tcp.OPTION_SACK_PERMITTED ->
                        sackPermitted |= length == Tcp.OPTION_SACK_PERMITTED_LENGTH;
                case Tcp.OPTION_SACK -> sackRead = sackRead || readSack(at, length);
                default -> {}
            }
            at += length;
        }
    }

    private void readScale(long option, int length) {
        if (length == Tcp.OPTION_WINDOW_SCALE_LENGTH) {
            scale = Math.min(Memory.getByte(option + 2), Tcp.MAX_WINDOW_SCALE);
        }
    }

    /** Whether the option is well formed: only the first such counts. */
    private boolean readSack(long option, int length) {
        int blocksBytes = length - 2;
        if (blocksBytes == 0 || blocksBytes % Tcp.OPTION_SACK_BLOCK_LENGTH != 0) {
            return false;
        }
        for (int offset = 0; offset < blocksBytes; offset += Tcp.OPTION_SACK_BLOCK_LENGTH) {
            int rightEdge = Memory.getIntBe(option + 2 + offset + Integer.BYTES);
            if (TcpWindow.isAfter(rightEdge, sack)) {
                sack = rightEdge;
            }
        }
        return true;
    }

    boolean has(int flag) {
        return (flags & flag) != 0;
    }

    /**
     * Whether the flags can come together at all: SYN, SYN+ACK, FIN+ACK, ACK, RST, RST+ACK, and
     * with URG those that may carry data; PSH, ECE and CWR do not matter.
     */
    boolean hasPossibleFlags() {
        int looked = flags & (Tcp.FIN | Tcp.SYN | Tcp.RST | Tcp.ACK | Tcp.URG);
        return switch (looked) {
            case Tcp.SYN,
                    Tcp.SYN | Tcp.URG,
                    Tcp.SYN | Tcp.ACK,
                    Tcp.RST,
                    Tcp.RST | Tcp.ACK,
                    Tcp.FIN | Tcp.ACK,
                    Tcp.FIN | Tcp.ACK | Tcp.URG,
                    Tcp.ACK,
                    Tcp.ACK | Tcp.URG ->
                    true;
            default -> false;
        };
    }
}
