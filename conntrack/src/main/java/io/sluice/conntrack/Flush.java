package io.sluice.conntrack;

/** Ends connections that somebody does not want any more, while workers go on. Any thread. */
final class Flush {
    private final ConnTable table;
    private final Lifetime lifetime;

    Flush(ConnTable table, Lifetime lifetime) {
        this.table = table;
        this.lifetime = lifetime;
    }

    /**
     * Ends the connections that the filter takes; a whole zone in one write, and all connections in
     * one for each zone. If some have their directions in different zones, a walk through the table
     * follows: until it has come by, packets of the direction in another zone may pass on cached
     * ways. Any thread.
     *
     * @return how many
     */
    long flush(ConnFilter filter, int nowMs) {
        if (filter.isZoneOnly()) {
            int zone = filter.zone().getAsInt();
            long flushed = table.zones().flush(zone);
            return table.zones().hasSplit(zone) ? flushed + endFlushed(zone) : flushed;
        }
        if (filter.equals(ConnFilter.ALL)) {
            long flushed = table.zones().flushAll();
            if (table.zones().hasSplit()) {
                endFlushed(ConnTable.NONE);
            }
            return flushed;
        }
        ConnReader reader = new ConnReader(table, filter);
        long flushed = 0;
        for (int record = 0; record < table.pool().everUsed(); record++) {
            // One that changes meanwhile is looked at again: perhaps it is another by now.
            while (reader.readIfTaken(record << 1, nowMs) != null) {
                if (lifetime.killUnchanged(
                        record << 1, reader.version(), EndReason.FLUSH.ordinal())) {
                    flushed++;
                    break;
                }
            }
        }
        return flushed;
    }

    /**
     * Ends the connections of two zones that a flush has ended in one of them.
     *
     * @return those of them whose replies were in this zone: others are counted in it already
     */
    private long endFlushed(int zone) {
        long ended = 0;
        for (int record = 0; record < table.pool().everUsed(); record++) {
            int replyZone = Lifetime.zone(table.line((record << 1) | 1));
            boolean split =
                    table.isInTable(record) && Lifetime.zone(table.line(record << 1)) != replyZone;
            if (split && lifetime.endFlushed(record << 1) && replyZone == zone) {
                ended++;
            }
        }
        return ended;
    }
}
