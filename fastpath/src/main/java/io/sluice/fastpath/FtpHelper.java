package io.sluice.fastpath;

import io.sluice.conntrack.ConnTable;
import io.sluice.conntrack.Expectations;
import io.sluice.conntrack.NewExpectation;
import io.sluice.conntrack.RelatedConnections;
import io.sluice.conntrack.StreamEdits;
import io.sluice.conntrack.Streams;
import io.sluice.conntrack.Tracker;
import io.sluice.dpdk.Mbuf;
import io.sluice.packet.Ftp;
import io.sluice.packet.FtpLines;
import io.sluice.packet.Memory;
import io.sluice.packet.Tcp;
import io.sluice.packet.TupleKey;
import java.util.Arrays;

/**
 * The helper of FTP: reads on the control connection where data connections will go to, has them
 * expected, and where the control connection is translated tells the other side the address and
 * port that lead there. As Netfilter's nf_conntrack_ftp and nf_nat_ftp, but for what
 * docs/differences.md lists.
 *
 * <p>Bytes are read once and in order: a segment that is ahead of one that is missing is dropped,
 * and comes again. An address that a segment leaves incomplete is kept back where it may have to be
 * changed, and goes with the segment that completes it.
 */
final class FtpHelper implements PayloadHelper {
    /** Ports that are tried, from the one that was named on, until one is nobody else's. */
    private static final int MAX_PORTS = 128;

    private static final int MIN_PORT = 1024;
    private static final int PORTS = 0x10000 - MIN_PORT;

    private final Tracker tracker;
    private final RelatedConnections related;
    private final Streams streams;
    private final FtpLines lines = new FtpLines();
    private final SegmentRewriter rewriter = new SegmentRewriter();
    private final NewExpectation wish = new NewExpectation();
    private final Ftp.End named = new Ftp.End();
    private final long[] wide = new long[FlowKey.WIDE_WORDS];
    private final byte[] text = new byte[StreamEdits.MAX_TEXT_BYTES];
    // A direction as it was before the segment, which may have to come again.
    private final byte[] before = new byte[Streams.directionBytes()];

    // Of the packet at work.
    private int connection;
    private int nowMs;
    private boolean translated;
    private long direction;

    FtpHelper(Tracker tracker) {
        this.tracker = tracker;
        related = tracker.related();
        streams = related.streams();
    }

    @Override
    public DropReason help(SlowPacket packet, Payload payload, int now) {
        connection = packet.connection;
        nowMs = now;
        translated = related.isTranslated(connection);
        boolean inPieces = Memory.getShort(packet.mbuf + Mbuf.NB_SEGS) > 1;
        if (inPieces || payload.readableBytes < payload.lengthBytes) {
            // Also where only what follows the packet lies elsewhere: that is cut off by changes.
            if (!Mbuf.linearize(packet.mbuf)) {
                return DropReason.HELPER_NO_ROOM;
            }
            payload.find(packet);
            if (payload.readableBytes < payload.lengthBytes) {
                // The first fragment: what the others carry cannot grow into its buffer.
                return DropReason.HELPER_NO_ROOM;
            }
        }
        boolean carries = payload.lengthBytes > 0;
        long stream = carries ? streams.lockOrBegin(connection) : streams.lock(connection);
        if (stream == Streams.NONE) {
            return carries ? DropReason.EXPECTATION_REFUSED : null;
        }
        try {
            direction = Streams.direction(stream, connection);
            if (begins(packet, stream)) {
                return null;
            }
            Memory.copy(direction, before);
            DropReason refusal = carries ? read(packet, payload) : null;
            if (refusal == null
                    && !rewriter.rewrite(
                            packet,
                            payload,
                            direction,
                            Streams.direction(stream, connection ^ 1))) {
                refusal = DropReason.HELPER_NO_ROOM;
            }
            if (refusal != null) {
                Memory.copy(before, direction);
            }
            return refusal;
        } finally {
            Streams.unlock(stream);
        }
    }

    /**
     * Whether the segment is a SYN, whose numbers are of before all edits. One that is answered,
     * with numbers of its own, begins the connection anew: both ends have lost the old one.
     */
    private boolean begins(SlowPacket packet, long stream) {
        long tcp = packet.headers.transportAt;
        int flags = Memory.getByte(tcp + Tcp.FLAGS);
        if ((flags & Tcp.ACK) != 0
                && (flags & Tcp.SYN) != 0
                && Streams.isElsewhere(direction, Memory.getIntBe(tcp + Tcp.SEQUENCE) + 1)) {
            Streams.forget(stream);
        }
        return (flags & Tcp.SYN) != 0;
    }

    /** Reads what of the segment was not read yet. */
    private DropReason read(SlowPacket packet, Payload payload) {
        long tcp = packet.headers.transportAt;
        if ((Memory.getByte(tcp + Tcp.FLAGS) & Tcp.RST) != 0) {
            return null;
        }
        int start = Memory.getIntBe(tcp + Tcp.SEQUENCE);
        int next = Streams.next(direction, start);
        if (start - next > 0) {
            if (!related.hasAcknowledged(connection, start)) {
                return DropReason.HELPER_GAP;
            }
            // The receiver has got by another way what is missing here.
            FtpLines.skipLine(Streams.lines(direction));
            next = start;
        }
        int old = next - start;
        int bytes = payload.lengthBytes - old;
        return bytes <= 0 ? null : read(payload.at + old, next, bytes);
    }

    /**
     * @param sequence of the first of these bytes
     */
    private DropReason read(long at, int sequence, int bytes) {
        long state = Streams.lines(direction);
        boolean answers = ConnTable.isReply(connection);
        int done = 0;
        while (done < bytes) {
            done += lines.read(state, answers, at + done, bytes - done);
            if (lines.isComplete()) {
                // Of the argument and the byte behind it, what is in this segment.
                int here = Math.min(lines.argumentBytes() + 1, done);
                int end = Memory.getByte(at + done - 1);
                DropReason refusal = name(sequence + done - here, sequence + done, here, end);
                if (refusal != null) {
                    return refusal;
                }
            }
        }
        int pending = Math.min(FtpLines.pending(state), bytes);
        if (translated && pending > 0) {
            StreamEdits.add(direction, sequence + bytes - pending, sequence + bytes, text, 0);
        }
        Streams.setNext(direction, sequence + bytes);
        return null;
    }

    /**
     * The segment has, from {@code first} to {@code behind}, the end of an argument that is
     * complete.
     *
     * @param here bytes of it, the one that ends it included
     * @param last that one
     */
    private DropReason name(int first, int behind, int here, int last) {
        byte[] argument = lines.argument();
        int length = lines.argumentBytes();
        boolean keptBack = here <= length;
        boolean known = Ftp.read(lines.kind(), argument, length, named) && isSenders();
        int textBytes = 0;
        if (known) {
            DropReason refusal = expect();
            if (refusal != null) {
                return refusal;
            }
            textBytes = Ftp.write(lines.kind(), named, text);
        }
        if (!translated) {
            return null;
        }
        boolean same = !known || isSame(argument, length, textBytes);
        if (same && !keptBack) {
            return null;
        }
        if (same) {
            System.arraycopy(argument, 0, text, 0, length);
            textBytes = length;
        }
        text[textBytes++] = (byte) last;
        StreamEdits.add(direction, first, behind, text, textBytes);
        return null;
    }

    private boolean isSame(byte[] argument, int length, int textBytes) {
        return Arrays.equals(argument, 0, length, text, 0, textBytes);
    }

    /**
     * Whether the end is at the address of who names it: others may be asked for, and it would open
     * the way to them. It is the sender's own kind of address in any case.
     */
    private boolean isSenders() {
        long ports = tracker.ports(connection);
        if (TupleKey.isIpv6(ports)) {
            tracker.readWide(connection, wide, 0);
            return named.isOf(true, wide[0], wide[1]);
        }
        int source = TupleKey.source(tracker.addresses(connection));
        return named.isOf(false, 0, Integer.toUnsignedLong(source));
    }

    /** Has the data connection expected; {@link #named} becomes what leads there. */
    private DropReason expect() {
        int back = connection ^ 1;
        wish.follow(tracker, back);
        wish.translatedPort = named.port;
        int port = named.port;
        Expectations.Outcome outcome = Expectations.Outcome.CLASH;
        int tries = translated ? MAX_PORTS : 1;
        for (int i = 0; i < tries && outcome == Expectations.Outcome.CLASH; i++) {
            port = i == 0 ? port : MIN_PORT + (port + 1 - MIN_PORT + PORTS) % PORTS;
            wish.dstPort = port;
            outcome = related.expect(back, wish, nowMs);
        }
        named.port = port;
        named.ipv6 = TupleKey.isIpv6(tracker.ports(back));
        named.high = wish.dstHigh;
        named.low = wish.dstLow;
        return switch (outcome) {
            case MADE, MASTER_ENDED -> null;
            case CLASH, FULL -> DropReason.EXPECTATION_REFUSED;
        };
    }
}
