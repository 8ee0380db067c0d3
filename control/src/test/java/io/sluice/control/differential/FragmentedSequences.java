package io.sluice.control.differential;

import io.sluice.fastpath.Fragmentation;
import io.sluice.packet.Tcp;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.HexFormat;
import java.util.List;
import java.util.Random;

/**
 * Cuts the packets of a sequence into fragments: out of order, some twice, and some with one that
 * is lost, or with one that overlaps others. What docs/differences.md lists cannot show: no
 * datagram with an overlap has all its bytes.
 */
final class FragmentedSequences {
    private static final int ETHERNET = 14;

    private final Random random;
    private int identification;

    FragmentedSequences(Random random) {
        this.random = random;
    }

    List<Packet> cut(List<Packet> packets) {
        List<Packet> parts = new ArrayList<>();
        for (Packet packet : packets) {
            byte[] frame = packet.frame();
            int first = leastFirst(frame);
            int bytes = frame.length - dataAt(frame);
            boolean error = packet.text().contains("icmp error");
            if (error || bytes <= first || random.nextInt(5) == 0) {
                parts.add(packet);
            } else {
                parts.addAll(cut(packet, first, bytes));
            }
        }
        return parts;
    }

    private static int dataAt(byte[] frame) {
        return frame[ETHERNET] >>> 4 == 6 ? ETHERNET + 40 : ETHERNET + (frame[ETHERNET] & 0xF) * 4;
    }

    /** What the first fragment has to have, for both: the whole transport header. */
    private static int leastFirst(byte[] frame) {
        int protocol = frame[ETHERNET] >>> 4 == 6 ? frame[20] : frame[23];
        int header =
                protocol == 6
                        ? (frame[dataAt(frame) + Tcp.DATA_OFFSET] & 0xFF) >>> 4 << 2
                        : protocol == (byte) 132 ? 12 : 8;
        return (header + 7) & ~7;
    }

    private List<Packet> cut(Packet packet, int first, int bytes) {
        identification++;
        List<int[]> places = new ArrayList<>();
        int from = 0;
        while (from < bytes) {
            int least = from == 0 ? first : 8;
            int to = Math.min(bytes, from + least + 8 * random.nextInt(5));
            places.add(new int[] {from, to});
            from = to;
        }
        Collections.shuffle(places, random);
        int fate = random.nextInt(6);
        if (fate < 2 && places.size() > 1) {
            places.remove(random.nextInt(places.size()));
        }
        List<Packet> parts = new ArrayList<>();
        for (int[] place : places) {
            parts.add(part(packet, place[0], place[1], place[1] < bytes));
            if (random.nextInt(4) == 0) {
                parts.add(parts.get(random.nextInt(parts.size())));
            }
        }
        if (fate == 0 && places.size() > 1) {
            int start = random.nextInt(bytes) & ~7;
            int end = Math.min(bytes, start + 8 + 8 * random.nextInt(3));
            boolean more = end < bytes || (random.nextBoolean() && (end & 7) == 0);
            // Only now: what is missing stays so whatever it lies over.
            boolean fills = isMissing(places, start, end, bytes);
            if (!fills && start >= first) {
                parts.add(1 + random.nextInt(parts.size()), part(packet, start, end, more));
            }
        }
        return parts;
    }

    /** Whether bytes lie there that none of the places has. */
    private static boolean isMissing(List<int[]> places, int start, int end, int bytes) {
        boolean[] there = new boolean[bytes];
        for (int[] place : places) {
            Arrays.fill(there, place[0], place[1], true);
        }
        for (int at = start; at < end; at++) {
            if (!there[at]) {
                return true;
            }
        }
        return false;
    }

    private Packet part(Packet packet, int from, int to, boolean more) {
        byte[] frame = Fragmentation.part(packet.frame(), from, to, more, identification);
        return new Packet(
                "%s, bytes %d to %d%s of datagram %d"
                        .formatted(
                                packet.text(), from, to, more ? "" : ", the last", identification),
                HexFormat.of().formatHex(frame),
                packet.zone(),
                packet.tuple(),
                packet.tcpFlags(),
                packet.hex());
    }
}
