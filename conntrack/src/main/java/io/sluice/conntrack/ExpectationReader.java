package io.sluice.conntrack;

import io.sluice.packet.IpAddress;
import io.sluice.packet.Memory;
import io.sluice.packet.TupleKey;
import java.lang.invoke.VarHandle;

/** Reads expectations while workers change them, without their lock. One thread at a time. */
final class ExpectationReader {
    private final Expectations expectations;
    private final ConnReader connections;
    private final Master master = new Master();

    ExpectationReader(ConnTable table) {
        expectations = table.expectations();
        connections = new ConnReader(table);
    }

    /** The expectation in the place, or null when there is none that waits. */
    Expectation read(int place, int nowMs) {
        long at = expectations.address(place);
        int word = Memory.getIntAcquire(at);
        if ((word & ExpectationLayout.STATE) != ExpectationLayout.WAITING
                || !expectations.isLive(at, nowMs)) {
            return null;
        }
        ExpectationRecord.describeMaster(at, master);
        Connection parent = connections.read(master.reference, nowMs);
        if (parent == null) {
            return null;
        }
        int flags = Memory.getInt(at + ExpectationLayout.FLAGS);
        boolean ipv6 = (flags & ExpectationLayout.IPV6) != 0;
        boolean anySource = (flags & ExpectationLayout.ANY_SOURCE) != 0;
        int srcPort = Memory.getInt(at + ExpectationLayout.SRC_PORT);
        int remainingMs = Memory.getInt(at + ExpectationLayout.DEADLINE_MS) - nowMs;
        int ports = TupleKey.ports(master.portsAndZone);
        Expectation copy =
                new Expectation(
                        flags & ExpectationLayout.PROTOCOL,
                        Memory.getInt(at + ExpectationLayout.ZONE),
                        Helper.of(Memory.getInt(at + ExpectationLayout.HELPER)),
                        new Tuple(
                                address(ipv6, at + ExpectationLayout.SRC, anySource),
                                address(ipv6, at + ExpectationLayout.DST, false),
                                srcPort == NewExpectation.ANY_PORT ? 0 : srcPort,
                                Memory.getInt(at + ExpectationLayout.DST_PORT)),
                        ipv6
                                ? Tuple.ofWide(master.wide, 0, ports)
                                : Tuple.of(master.addresses, ports),
                        parent.mark(),
                        parent.labelHigh(),
                        parent.labelLow(),
                        (flags & ExpectationLayout.PERMANENT) != 0,
                        remainingMs / 1000);
        // Another was not written here meanwhile, nor another connection in the master's place.
        VarHandle.acquireFence();
        return Memory.getIntAcquire(at) == word ? copy : null;
    }

    private static IpAddress address(boolean ipv6, long at, boolean any) {
        long high = any ? 0 : Memory.getLong(at);
        long low = any ? 0 : Memory.getLong(at + Long.BYTES);
        return ipv6 ? IpAddress.ofIpv6(high, low) : IpAddress.ofIpv4((int) low);
    }
}
