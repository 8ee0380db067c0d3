package io.sluice.control.service;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.sluice.packet.IpAddress;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalLong;
import java.util.Set;
import org.junit.jupiter.api.Test;

class NeighboursTest {
    private static final long SECOND_NS = 1_000_000_000L;
    private static final long MAC = 0x020000000001L;
    private static final NextHop HOP = new NextHop("p0", IpAddress.parse("10.0.0.11"));

    private final Neighbours neighbours = new Neighbours();
    private final List<Long> asked = new ArrayList<>();

    private boolean tick(long nowNs) {
        return neighbours.tick(nowNs, (hop, mac) -> asked.add(mac));
    }

    @Test
    void anUnknownOneIsAskedForEverySecond() {
        neighbours.keep(Set.of(HOP), 0);
        for (long ms = 0; ms < 3000; ms += 100) {
            assertFalse(tick(ms * 1_000_000));
        }
        assertEquals(
                List.of(
                        NeighbourFrame.BROADCAST,
                        NeighbourFrame.BROADCAST,
                        NeighbourFrame.BROADCAST),
                asked);
        neighbours.hear(HOP, MAC, 3 * SECOND_NS);
        assertEquals(OptionalLong.of(MAC), neighbours.mac(HOP));
        assertTrue(tick(3 * SECOND_NS));
        neighbours.hear(HOP, MAC, 4 * SECOND_NS);
        assertFalse(tick(4 * SECOND_NS), "nothing new");
    }

    /** Each change makes all ways of all packets be worked out anew. */
    @Test
    void twoWhoClaimAnAddressChangeFlowsOnceATick() {
        neighbours.keep(Set.of(HOP), 0);
        int changes = 0;
        for (int heard = 0; heard < 10_000; heard++) {
            neighbours.hear(HOP, MAC + (heard & 1), heard);
            changes += heard % 1000 == 0 && tick(heard) ? 1 : 0;
        }
        assertEquals(10, changes);
        assertTrue(tick(SECOND_NS));
        assertEquals(OptionalLong.of(MAC + 1), neighbours.mac(HOP));
        assertFalse(tick(SECOND_NS));
    }

    @Test
    void aSilentOneIsAskedAloneAndThenByAllAndThenGivenUp() {
        neighbours.keep(Set.of(HOP), 0);
        neighbours.hear(HOP, MAC, 0);
        assertTrue(tick(0));
        for (int second = 0; second < 30; second++) {
            assertFalse(tick(second * SECOND_NS));
        }
        assertEquals(List.of(), asked, "heard within 30 s");
        for (int second = 30; second < 36; second++) {
            assertFalse(tick(second * SECOND_NS));
        }
        long all = NeighbourFrame.BROADCAST;
        assertEquals(List.of(MAC, MAC, MAC, all, all, all), asked);
        assertTrue(tick(36 * SECOND_NS), "given up");
        assertEquals(OptionalLong.empty(), neighbours.mac(HOP));
    }

    @Test
    void nobodyElseIsRemembered() {
        neighbours.hear(HOP, MAC, 0);
        assertFalse(tick(0));
        assertEquals(OptionalLong.empty(), neighbours.mac(HOP));
        neighbours.keep(Set.of(HOP), 0);
        neighbours.hear(HOP, MAC, 0);
        neighbours.keep(Set.of(), 0);
        assertEquals(OptionalLong.empty(), neighbours.mac(HOP));
    }
}
