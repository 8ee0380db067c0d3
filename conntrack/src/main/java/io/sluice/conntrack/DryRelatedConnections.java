package io.sluice.conntrack;

import io.sluice.packet.Memory;
import java.lang.invoke.VarHandle;
import java.util.function.IntFunction;

/**
 * Says what {@link RelatedConnections} would, of connections too that only a {@link DryTracker}
 * knows, and changes nothing. Takes no lock, for which workers would wait if this thread lost its
 * core meanwhile. Any one thread.
 */
final class DryRelatedConnections extends RelatedConnections {
    private final IntFunction<NewConnection> made;

    /**
     * @param made what a connection was made of that is not in the table; null for others
     */
    DryRelatedConnections(ConnTable table, IntFunction<NewConnection> made) {
        super(table);
        this.made = made;
    }

    @Override
    public Helper helper(int connection) {
        NewConnection fresh = made.apply(connection);
        return fresh == null ? super.helper(connection) : fresh.helper;
    }

    @Override
    public boolean isRelated(int connection) {
        NewConnection fresh = made.apply(connection);
        return fresh == null ? super.isRelated(connection) : fresh.master.isThere();
    }

    @Override
    public void readMaster(int connection, Master master) {
        NewConnection fresh = made.apply(connection);
        if (fresh == null) {
            super.readMaster(connection, master);
        } else {
            master.copyFrom(fresh.master);
        }
    }

    @Override
    long find(long addresses, long portsAndZone, long[] wide, int at, int nowMs) {
        wanted.read(addresses, portsAndZone, wide, at);
        for (int place = 0; place < expectations.everUsed(); place++) {
            long address = expectations.address(place);
            int word = Memory.getIntAcquire(address);
            if ((word & ExpectationLayout.STATE) == ExpectationLayout.WAITING
                    && ExpectationRecord.isFor(address, wanted)
                    && expectations.isLive(address, nowMs)) {
                VarHandle.acquireFence();
                if (Memory.getIntAcquire(address) == word) {
                    return ExpectationRecord.number(place, word);
                }
            }
        }
        return Expectations.NONE;
    }

    @Override
    public boolean take(long expectation, NewConnection fresh) {
        return readMaster(expectation, fresh.master);
    }

    @Override
    public void giveBack(long expectation) {}

    @Override
    public void fulfil(long expectation, NewConnection fresh) {}

    @Override
    public Expectations.Outcome expect(int master, NewExpectation wish, int nowMs) {
        return Expectations.Outcome.MADE;
    }
}
