package io.sluice.natlb;

import static io.sluice.natlb.EndpointLayout.EPOCH;
import static io.sluice.natlb.EndpointLayout.IDLE_SINCE_MS;
import static io.sluice.natlb.EndpointLayout.KEY;
import static io.sluice.natlb.EndpointLayout.USES;

import io.sluice.packet.Memory;
import java.util.function.IntBinaryOperator;
import java.util.function.IntUnaryOperator;

/**
 * Which mappings are over: those whose zone was flushed, and those that had no connection for their
 * timeout. Any thread.
 */
final class EndpointLifetime {
    private final IntUnaryOperator zoneEpoch;
    private final IntBinaryOperator timeoutMs;

    /** See {@link EndpointMappings}. */
    EndpointLifetime(IntUnaryOperator zoneEpoch, IntBinaryOperator timeoutMs) {
        this.zoneEpoch = zoneEpoch;
        this.timeoutMs = timeoutMs;
    }

    int epoch(int zone) {
        return zoneEpoch.applyAsInt(zone);
    }

    boolean isOver(long record, int nowMs) {
        int zone = EndpointLayout.zone(Memory.getLong(record + KEY));
        return Memory.getInt(record + EPOCH) != epoch(zone)
                || (Memory.getIntAcquire(record + USES) == 0 && remainingMs(record, nowMs) <= 0);
    }

    /** How long it stays without a connection. */
    int timeoutMs(long record) {
        long key = Memory.getLong(record + KEY);
        return timeoutMs.applyAsInt(EndpointLayout.zone(key), EndpointLayout.protocol(key));
    }

    /** The same of what is left of that now. */
    int remainingMs(long record, int nowMs) {
        return timeoutMs(record) - (nowMs - Memory.getIntOpaque(record + IDLE_SINCE_MS));
    }
}
