package io.sluice.conntrack;

import static io.sluice.conntrack.ConnTable.NONE;

import io.sluice.packet.TupleHash;
import io.sluice.packet.TupleKey;

/**
 * How a connection comes into the table: both its keys or neither. Worker threads.
 *
 * <p>Where the index has the reply's key is known late, and mostly not in a cache: it is asked for
 * first, and looked at last.
 */
final class Insertion {
    /** Those of the reply's buckets, and of the record that comes next. */
    static final int LINES_AHEAD = 4;

    private final ConnTable table;
    private final ConnRecords records;
    private final ConnIndex index;
    private final Stripes stripes;
    private final Zones zones;

    Insertion(ConnTable table, ConnRecords records, ConnIndex index, Stripes stripes) {
        this.table = table;
        this.records = records;
        this.index = index;
        this.stripes = stripes;
        zones = table.zones();
    }

    /** See {@link ConnTable#insert}. */
    int insert(ConnOwner owner, NewConnection fresh, int state, int lengthBytes, int nowMs) {
        long hash = TupleHash.secret(fresh.addresses, fresh.portsAndZone);
        long replyHash = TupleHash.secret(fresh.replyAddresses, fresh.replyPortsAndZone);
        int record = owner.takeRecord();
        askAhead(owner, replyHash);
        if (record != NONE) {
            write(owner, record << 1, fresh, state, lengthBytes, nowMs);
        }
        int made = insert(owner, record, fresh, hash, replyHash, nowMs);
        if (made >= 0) {
            owner.countMade();
        } else if (record != NONE && made != ConnTable.BUCKET_FULL) {
            forgetRelations(record << 1, fresh);
            owner.putRecordBack(record);
        }
        return made;
    }

    private void askAhead(ConnOwner owner, long replyHash) {
        LinesAhead lines = owner.lines();
        index.addBuckets(replyHash, lines);
        int next = owner.nextRecord() << 1;
        lines.add(records.line(next));
        lines.add(records.line(next | 1));
        lines.ask();
    }

    private void write(
            ConnOwner owner,
            int reference,
            NewConnection fresh,
            int state,
            int lengthBytes,
            int nowMs) {
        records.write(reference, fresh, state, nowMs);
        if (fresh.hasRelations()) {
            table.relations().write(reference, fresh);
        }
        long reply = records.line(reference | 1);
        LineCounters.begin(records.line(reference), reply, owner.clockMs(nowMs), lengthBytes);
    }

    /**
     * Of a record that was never found: it has made nothing expected, and is nobody's child yet.
     */
    private void forgetRelations(int reference, NewConnection fresh) {
        if (fresh.hasRelations()) {
            table.relations().clear(reference);
        }
    }

    /**
     * The same with a record that is written but for the zones' epochs.
     *
     * @param record {@link ConnTable#NONE} if there is none
     */
    private int insert(
            ConnOwner owner,
            int record,
            NewConnection fresh,
            long hash,
            long replyHash,
            int nowMs) {
        stripes.lockKeys(hash, replyHash);
        try {
            if (index.findOrKill(fresh.addresses, fresh.portsAndZone, hash, nowMs) != NONE) {
                return ConnTable.CLASH_ORIGINAL;
            }
            if (index.findOrKill(fresh.replyAddresses, fresh.replyPortsAndZone, replyHash, nowMs)
                    != NONE) {
                return ConnTable.CLASH_REPLY;
            }
            if (table.events().wantsEnds()) {
                // What ended with one of these keys is told before what begins now.
                reclaimSame(owner, fresh.addresses, fresh.portsAndZone, hash, nowMs);
                reclaimSame(owner, fresh.replyAddresses, fresh.replyPortsAndZone, replyHash, nowMs);
            }
            int zone = TupleKey.scope(fresh.portsAndZone);
            long epoch = zones.take(zone);
            if (epoch < 0) {
                return ConnTable.ZONE_LIMIT;
            }
            // The zone's limit came first: no connection gives way to one that is over it.
            if (record == NONE || !table.takePlace(owner, nowMs)) {
                zones.giveBackUnused(zone, (int) epoch);
                return ConnTable.TABLE_FULL;
            }
            int made = record << 1;
            int replyZone = TupleKey.scope(fresh.replyPortsAndZone);
            records.writeEpochs(made, (int) epoch, zones.join(zone, (int) epoch, replyZone));
            if (!addBoth(owner, made, hash, replyHash, nowMs)) {
                forgetRelations(made, fresh);
                table.givePlaceBack();
                zones.leave(zone, replyZone);
                zones.giveBackUnused(zone, (int) epoch);
                owner.retire(made >>> 1);
                return ConnTable.BUCKET_FULL;
            }
            owner.events().made(made, nowMs);
            // Only now can it be found, and only now may the sweep look at it.
            RecordVersion.begin(records.line(made | 1));
            RecordVersion.begin(records.line(made));
            // A read and write with a fence: who looks in vain before it is known to forgetFurther.
            zones.countCreated(zone);
            forgetFurther(fresh, zone, nowMs);
            return made;
        } finally {
            stripes.unlockKeys(hash, replyHash);
        }
    }

    /** Packets of this connection that were found in a further zone are found in its own now. */
    private void forgetFurther(NewConnection fresh, int zone, int nowMs) {
        int[] further = table.zonePairs().furtherThan(zone);
        if (further == null) {
            return;
        }
        for (int other : further) {
            long portsAndZone = TupleKey.withScope(fresh.portsAndZone, other);
            long hash = TupleHash.secret(fresh.addresses, portsAndZone);
            int found = table.find(fresh.addresses, portsAndZone, hash, nowMs);
            if (found != NONE) {
                table.bumpVersion(found);
            }
        }
    }

    private boolean addBoth(ConnOwner owner, int reference, long hash, long replyHash, int nowMs) {
        if (!add(owner, reference, hash, nowMs)) {
            return false;
        }
        if (!add(owner, reference | 1, replyHash, nowMs)) {
            index.remove(reference, hash);
            return false;
        }
        return true;
    }

    /** Adds an entry; where both its buckets are full, what has ended in them makes room. */
    private boolean add(ConnOwner owner, int reference, long hash, int nowMs) {
        if (index.add(reference, hash)) {
            return true;
        }
        // The sweep is not round yet.
        for (int place = 0; place < ConnIndex.PLACES; place++) {
            int other = ConnIndex.reference(index.entryAt(hash, place));
            if (other != NONE) {
                table.reclaim(owner, other >>> 1, nowMs);
            }
        }
        return index.add(reference, hash);
    }

    /** Frees what has ended with this key. The key's stripe is locked: none can begin with it. */
    private void reclaimSame(
            ConnOwner owner, long addresses, long portsAndZone, long hash, int nowMs) {
        for (int place = 0; place < ConnIndex.PLACES; place++) {
            long entry = index.entryAt(hash, place);
            if (index.isEntryOf(entry, addresses, portsAndZone, hash)) {
                int reference = ConnIndex.reference(entry);
                // Another worker that frees it tells its end before it takes the entry away.
                while (index.entryAt(hash, place) == entry
                        && !table.reclaim(owner, reference >>> 1, nowMs)
                        && !RecordVersion.isAlive(
                                RecordVersion.read(records.original(reference)))) {
                    Thread.onSpinWait();
                }
            }
        }
    }
}
