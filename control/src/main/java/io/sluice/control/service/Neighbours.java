package io.sluice.control.service;

import java.util.HashMap;
import java.util.Map;
import java.util.OptionalLong;
import java.util.Set;

/**
 * The Ethernet addresses of those whom packets are handed to, asked for and kept fresh as RFC 4861
 * section 7.3 does, for IPv4 too. Sends nothing itself. Control thread only.
 */
final class Neighbours {
    /** A question without an answer is asked again after this. */
    static final long RETRANSMIT_NS = 1_000_000_000L;

    /** A neighbour that was heard within this time need not be asked. */
    static final long REACHABLE_NS = 30_000_000_000L;

    /** So many questions go to the known address alone, then as many to everybody. */
    static final int PROBES = 3;

    private static final class Entry {
        private long mac = NeighbourNews.NO_MAC;
        private long heardNs;
        private long askedNs;
        private int unanswered;

        private Entry(long nowNs) {
            askedNs = nowNs - RETRANSMIT_NS;
        }
    }

    /** Is to send questions. */
    interface Asker {
        /**
         * Asks.
         *
         * @param knownMac whom to ask alone, or {@link NeighbourFrame#BROADCAST}
         */
        void ask(NextHop hop, long knownMac);
    }

    private final Map<NextHop, Entry> entries = new HashMap<>();
    private boolean changed;

    /** Keeps exactly these; new ones are asked for at the next {@link #tick}. */
    void keep(Set<NextHop> wanted, long nowNs) {
        entries.keySet().retainAll(wanted);
        wanted.forEach(hop -> entries.computeIfAbsent(hop, _ -> new Entry(nowNs)));
    }

    /** Empty while it is not known. */
    OptionalLong mac(NextHop hop) {
        Entry entry = entries.get(hop);
        return entry == null || entry.mac == NeighbourNews.NO_MAC
                ? OptionalLong.empty()
                : OptionalLong.of(entry.mac);
    }

    /**
     * Notes what a neighbour said of itself. That it is another address than before, {@link #tick}
     * says: however often two claim to be the same neighbour, flows do not change more often.
     */
    void hear(NextHop hop, long mac, long nowNs) {
        Entry entry = entries.get(hop);
        if (entry != null) {
            changed |= entry.mac != mac;
            entry.mac = mac;
            entry.heardNs = nowNs;
            entry.unanswered = 0;
        }
    }

    /**
     * Asks those who are unknown or were not heard for long.
     *
     * @return whether an address was heard or given up that was another at the last call
     */
    boolean tick(long nowNs, Asker asker) {
        boolean news = changed;
        changed = false;
        for (Map.Entry<NextHop, Entry> each : entries.entrySet()) {
            Entry entry = each.getValue();
            boolean known = entry.mac != NeighbourNews.NO_MAC;
            if (nowNs - entry.askedNs < RETRANSMIT_NS
                    || (known && nowNs - entry.heardNs < REACHABLE_NS)) {
                continue;
            }
            if (known && entry.unanswered == 2 * PROBES) {
                entry.mac = NeighbourNews.NO_MAC;
                news = true;
                known = false;
            }
            boolean alone = known && entry.unanswered < PROBES;
            asker.ask(each.getKey(), alone ? entry.mac : NeighbourFrame.BROADCAST);
            entry.askedNs = nowNs;
            entry.unanswered++;
        }
        return news;
    }
}
