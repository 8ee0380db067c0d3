package io.sluice.conntrack;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.sluice.packet.Ipv4;
import io.sluice.packet.Memory;
import io.sluice.packet.MemorySource;
import io.sluice.packet.TupleHash;
import io.sluice.packet.TupleKey;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/** What connections cost: pages of 4096 bytes that were written, when the table is full. */
class ConnMemoryTest {
    /** Four million with -Dsluice.fill.connections=4000000: 1 GB outside the heap. */
    private static final int CAPACITY = Integer.getInteger("sluice.fill.connections", 150_000);

    private static final int PAGE_BYTES = 4096;

    private record Region(long address, long lengthBytes) {}

    /** Record, both index entries and what expiry needs; fixed parts are per table, not each. */
    @Test
    void aConnectionOfIpv4Takes160BytesAtMost() {
        long each = bytesEach(false, 0);
        assertTrue(each <= 160, each + " bytes");
    }

    /** That counts in a bucket. */
    @Test
    void aBalancedOneNoMoreThanThat() {
        long each = bytesEach(false, 7);
        assertTrue(each <= 160, each + " bytes");
    }

    /** And its addresses: 64 bytes more. */
    @Test
    void oneOfIpv6Takes64BytesMore() {
        long more = bytesEach(true, 0) - bytesEach(false, 0);
        assertTrue(more >= 63 && more <= 65, more + " bytes more");
    }

    private static long bytesEach(boolean ipv6, int bucket) {
        List<Region> regions = new ArrayList<>();
        try (ArenaMemory memory = new ArenaMemory()) {
            MemorySource noting =
                    length -> {
                        long address = memory.allocate(length);
                        regions.add(new Region(address, length));
                        return address;
                    };
            ConnTable table = new ConnTable(CAPACITY, noting);
            long before = writtenPages(regions);
            Tracker tracker = new Tracker(table, new ConnOwner(table));
            for (int i = 0; i < CAPACITY; i++) {
                assertTrue(make(tracker, i, ipv6, bucket) >= 0, "connection " + i);
            }
            assertEquals(CAPACITY, table.size());
            long bytes = (writtenPages(regions) - before) * PAGE_BYTES;
            System.out.printf(
                    "%d connections of IPv%d: %.1f bytes each, all in%n",
                    CAPACITY, ipv6 ? 6 : 4, (double) bytes / CAPACITY);
            return bytes / CAPACITY;
        }
    }

    private static int make(Tracker tracker, int client, boolean ipv6, int bucket) {
        NewConnection fresh = new NewConnection();
        fresh.bucket = bucket;
        long[] wide = {1, client, 2, 3, 2, 3, 1, client};
        System.arraycopy(wide, 0, fresh.wide, 0, wide.length);
        long ipv4 = TupleKey.addresses(client, 1);
        fresh.addresses = ipv6 ? TupleHash.wide(wide, 0) : ipv4;
        long word = TupleKey.portsAndScope(TupleKey.ports(4000, 53), 5, Ipv4.PROTO_UDP);
        fresh.portsAndZone = ipv6 ? TupleKey.ofIpv6(word) : word;
        fresh.replyAddresses = ipv6 ? TupleHash.wide(wide, 4) : TupleKey.invertAddresses(ipv4);
        fresh.replyPortsAndZone = TupleKey.invertPorts(fresh.portsAndZone);
        return tracker.commit(fresh, new TcpSegment(), 100, 0);
    }

    private static long writtenPages(List<Region> regions) {
        long pages = 0;
        for (Region region : regions) {
            for (long at = 0; at < region.lengthBytes; at += PAGE_BYTES) {
                long bytes = Math.min(PAGE_BYTES, region.lengthBytes - at);
                pages += isWritten(region.address + at, bytes) ? 1 : 0;
            }
        }
        return pages;
    }

    private static boolean isWritten(long address, long bytes) {
        for (long at = 0; at < bytes; at += Long.BYTES) {
            if (Memory.getLong(address + at) != 0) {
                return true;
            }
        }
        return false;
    }
}
