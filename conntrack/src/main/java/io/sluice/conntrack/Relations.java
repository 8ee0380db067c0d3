package io.sluice.conntrack;

import io.sluice.packet.Memory;
import io.sluice.packet.MemorySource;

/**
 * Helpers of connections, and the masters of those that were expected, as {@link RelationLayout}
 * draws them. A child knows its master by the record and its generation, so that a later connection
 * in that record is never taken for it. Any thread.
 */
final class Relations {
    private final long relations;
    private final ConnRecords records;

    Relations(int count, ConnRecords records, MemorySource memory) {
        this.records = records;
        relations = memory.allocate((long) count << RelationLayout.SHIFT);
    }

    /** Where the connection's part lies. */
    long address(int reference) {
        return Memory.pointer(relations + ((long) (reference >>> 1) << RelationLayout.SHIFT));
    }

    /** Whether the connection is gone, of which a worker may have a packet still. */
    boolean isFreed(int reference) {
        return RecordVersion.isFree(RecordVersion.read(records.original(reference)));
    }

    /** Helper and flags; 0 for nearly all connections, which cost no more than a look at a bit. */
    int word(int reference) {
        long original = records.original(reference);
        boolean has = (Memory.getIntAcquire(original + ConnLayout.STATE) & ConnState.HOLDS) != 0;
        return has ? Memory.getInt(address(reference) + RelationLayout.WORD) : 0;
    }

    Helper helper(int reference) {
        return Helper.of(word(reference) & RelationLayout.HELPER_MASK);
    }

    boolean isRelated(int reference) {
        return (word(reference) & RelationLayout.RELATED) != 0;
    }

    /** Says whose child the connection is, which {@link #isRelated is related}. */
    void readMaster(int reference, Master master) {
        long at = address(reference);
        master.reference = Memory.getInt(at + RelationLayout.MASTER);
        master.generation = Memory.getInt(at + RelationLayout.MASTER_GENERATION);
        master.tied = (Memory.getInt(at + RelationLayout.WORD) & RelationLayout.TIED) != 0;
        master.addresses = Memory.getLong(at + RelationLayout.MASTER_ADDRESSES);
        master.portsAndZone = Memory.getLong(at + RelationLayout.MASTER_PORTS_AND_SCOPE);
        for (int i = 0; i < master.wide.length; i++) {
            master.wide[i] = Memory.getLong(at + RelationLayout.MASTER_WIDE + ((long) i << 3));
        }
    }

    /**
     * Whether it outlives its time because of what it made expected: a request of TFTP is never
     * answered in its own connection, and lasts as long as its transfer.
     */
    boolean isKept(int reference) {
        return helper(reference) == Helper.TFTP
                && Memory.getIntOpaque(address(reference) + RelationLayout.CHILDREN) > 0;
    }

    int master(int reference) {
        return Memory.getInt(address(reference) + RelationLayout.MASTER);
    }

    int masterGeneration(int reference) {
        return Memory.getInt(address(reference) + RelationLayout.MASTER_GENERATION);
    }

    int generation(int reference) {
        return Memory.getIntAcquire(address(reference) + RelationLayout.GENERATION);
    }

    /** Writes what a new connection has of this, before anybody finds it. */
    void write(int reference, NewConnection fresh) {
        long at = address(reference);
        Master master = fresh.master;
        int word = fresh.helper.ordinal() | (fresh.untied ? RelationLayout.UNTIED : 0);
        if (master.isThere()) {
            word |= RelationLayout.RELATED | (master.tied ? RelationLayout.TIED : 0);
            Memory.putInt(at + RelationLayout.MASTER, master.reference);
            Memory.putInt(at + RelationLayout.MASTER_GENERATION, master.generation);
            Memory.putLong(at + RelationLayout.MASTER_ADDRESSES, master.addresses);
            Memory.putLong(at + RelationLayout.MASTER_PORTS_AND_SCOPE, master.portsAndZone);
            for (int i = 0; i < master.wide.length; i++) {
                Memory.putLong(at + RelationLayout.MASTER_WIDE + ((long) i << 3), master.wide[i]);
            }
        }
        if (fresh.helper != Helper.NONE) {
            Memory.zero(at + RelationLayout.OWN, RelationLayout.OWN_BYTES);
        }
        Memory.putInt(at + RelationLayout.CHILDREN, 0);
        Memory.putInt(at + RelationLayout.WORD, word);
    }

    /** The connection is freed, or was never found: the next one in its record is another. */
    void clear(int reference) {
        long at = address(reference);
        Memory.putInt(at + RelationLayout.WORD, 0);
        // An acquiring read of it comes before one of what the record holds then.
        Memory.getAndAddInt(at + RelationLayout.GENERATION, 1);
    }
}
