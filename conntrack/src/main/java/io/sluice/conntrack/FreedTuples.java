package io.sluice.conntrack;

/**
 * Hears of the tuples that a connection leaves when it ends, whichever way: at once when somebody
 * ends it, and when it is freed. What only falls silent or is flushed with its zone is told when it
 * is freed.
 */
@FunctionalInterface
public interface FreedTuples {
    /**
     * A direction's tuple was freed: once at least, after the connection could not be found any
     * more; another may have it by now. Called by any thread, for every connection: it must not
     * wait.
     *
     * @param addresses as {@link io.sluice.packet.TupleKey} has them
     * @param zoneEpoch the connection's: a flush of its zone begins another
     */
    void freed(long addresses, long portsAndZone, int zoneEpoch);
}
