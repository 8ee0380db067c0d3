package io.sluice.conntrack;

import java.util.function.Consumer;

/**
 * A walk through the connections that a filter takes, in slices, while workers go on: each is shown
 * as it was in one moment, all together are not one moment. A record is two neighbouring cache
 * lines and records are visited in their order, which the processor's own prefetching follows.
 * Nothing is allocated for a connection. One thread at a time, any.
 */
public final class ConnWalk {
    private final ConnTable table;
    private final ConnReader reader;
    private int next;

    public ConnWalk(ConnTable table, ConnFilter filter) {
        this.table = table;
        reader = new ConnReader(table, filter);
    }

    /**
     * Looks at some more records.
     *
     * @param records how many
     * @param nowMs the table's clock
     * @param consumer is shown each connection, in an object that is filled anew for the next
     * @return whether there are more
     */
    public boolean next(int records, int nowMs, Consumer<ConnView> consumer) {
        int used = table.pool().everUsed();
        int end = Math.min(used, next + records);
        while (next < end) {
            ConnView found = reader.readIfTaken(next << 1, nowMs);
            next++;
            if (found != null) {
                consumer.accept(found);
            }
        }
        return next < used;
    }
}
