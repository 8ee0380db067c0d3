package io.sluice.fastpath;

import io.sluice.conntrack.Fragment;
import io.sluice.conntrack.FragmentOutcome;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/** The rules for fragments as plainly as they can be written: a bit for each byte. */
final class FragmentModel {
    private static final int MAX_BYTES = 0xFFFF;

    private record Part(long mbuf, int end) {}

    private static final class Datagram {
        final int sinceMs;
        final TreeMap<Integer, Part> parts = new TreeMap<>();
        final BitSet bytes = new BitSet();
        int end = -1;
        int header;
        FragmentOutcome refused;

        Datagram(int sinceMs) {
            this.sinceMs = sinceMs;
        }
    }

    private final int maxHeld;
    private final int timeoutMs;
    private final int minBytes;
    // In the order in which they began.
    private final Map<List<Integer>, Datagram> datagrams = new LinkedHashMap<>();
    private final List<String> given = new ArrayList<>();
    private int completeBytes;

    FragmentModel(int maxHeld, int timeoutMs, int minBytes) {
        this.maxHeld = maxHeld;
        this.timeoutMs = timeoutMs;
        this.minBytes = minBytes;
    }

    void clear() {
        datagrams.clear();
    }

    List<String> given() {
        return given;
    }

    int completeBytes() {
        return completeBytes;
    }

    int waiting() {
        return datagrams.values().stream().mapToInt(each -> each.parts.size()).sum();
    }

    FragmentOutcome add(Fragment fragment, int nowMs) {
        given.clear();
        int start = fragment.startByte;
        int end = fragment.endByte;
        if (start == end
                || (fragment.more && (end - start) % 8 != 0)
                || fragment.headerBytes + end > MAX_BYTES) {
            return FragmentOutcome.MALFORMED;
        }
        if ((fragment.more && fragment.packetBytes < minBytes)
                || (!fragment.ipv6 && fragment.protocol == 6 && start == 8)) {
            return FragmentOutcome.TOO_SMALL;
        }
        List<Integer> key =
                List.of(fragment.ipv6 ? 6 : 4, fragment.protocol, fragment.identification);
        Datagram datagram = datagrams.get(key);
        if (datagram != null && nowMs - datagram.sinceMs >= timeoutMs) {
            give(datagram, FragmentOutcome.EXPIRED);
            datagrams.remove(key);
            datagram = null;
        }
        if (datagram != null) {
            FragmentOutcome wrong = compare(datagram, fragment);
            if (wrong != null) {
                return wrong;
            }
        }
        if (!makeRoom(datagram)) {
            return datagram == null
                    ? FragmentOutcome.PURGED
                    : refuse(datagram, FragmentOutcome.PURGED);
        }
        if (datagram == null) {
            datagram = new Datagram(nowMs);
            datagrams.put(key, datagram);
        }
        datagram.parts.put(start, new Part(fragment.mbuf, end));
        datagram.bytes.set(start, end);
        datagram.end = fragment.more ? datagram.end : end;
        datagram.header = start == 0 ? fragment.headerBytes : datagram.header;
        if (datagram.bytes.cardinality() != datagram.end) {
            return FragmentOutcome.HELD;
        }
        completeBytes = datagram.end;
        give(datagram, FragmentOutcome.COMPLETE);
        datagrams.remove(key);
        return FragmentOutcome.COMPLETE;
    }

    private FragmentOutcome compare(Datagram datagram, Fragment fragment) {
        if (datagram.refused != null) {
            return datagram.refused;
        }
        int start = fragment.startByte;
        int end = fragment.endByte;
        Part same = datagram.parts.get(start);
        boolean wasLast = end == datagram.end;
        if (same != null && same.end == end && wasLast == !fragment.more) {
            return FragmentOutcome.DUPLICATE;
        }
        boolean overlaps = !datagram.bytes.get(start, end).isEmpty();
        boolean behindEnd = datagram.end >= 0 && (end > datagram.end || (fragment.more && wasLast));
        boolean beforeOthers = !fragment.more && datagram.bytes.length() > end;
        boolean otherEnd = !fragment.more && datagram.end >= 0;
        if (overlaps || behindEnd || beforeOthers || otherEnd) {
            return refuse(datagram, FragmentOutcome.OVERLAP);
        }
        int header = start == 0 ? fragment.headerBytes : datagram.header;
        return header + Math.max(end, datagram.bytes.length()) > MAX_BYTES
                ? refuse(datagram, FragmentOutcome.MALFORMED)
                : null;
    }

    private FragmentOutcome refuse(Datagram datagram, FragmentOutcome why) {
        give(datagram, why);
        datagram.refused = why;
        return why;
    }

    private boolean makeRoom(Datagram own) {
        while (waiting() >= maxHeld) {
            List<Integer> oldest = null;
            for (Map.Entry<List<Integer>, Datagram> each : datagrams.entrySet()) {
                if (each.getValue() != own) {
                    oldest = each.getKey();
                    break;
                }
            }
            if (oldest == null) {
                return false;
            }
            give(datagrams.remove(oldest), FragmentOutcome.PURGED);
        }
        return true;
    }

    private void give(Datagram datagram, FragmentOutcome why) {
        datagram.parts.values().forEach(part -> given.add(part.mbuf() + " " + why));
        datagram.parts.clear();
    }
}
