package io.sluice.natlb;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.sluice.natlb.BlockSearch.Failure;
import io.sluice.natlb.NatRange.Blocks;
import io.sluice.natlb.NatRange.Pick;
import io.sluice.natlb.NatRange.Side;
import io.sluice.packet.IpAddress;
import java.lang.foreign.Arena;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Which blocks clients get, keep and give back: by one worker. */
class PortBlocksTest {
    private static final int HOLD_MS = 10_000;
    private static final int MAPPING_MS = 500;

    private final Arena arena = Arena.ofConfined();
    private final PortBlocks blocks = new PortBlocks(256, this::allocate);
    private final EndpointMappings mappings =
            new EndpointMappings(
                    64,
                    this::allocate,
                    new PortMaps(this::allocate),
                    blocks,
                    zone -> 0,
                    (zone, protocol) -> MAPPING_MS);
    private final List<String> events = new ArrayList<>();
    private final BlockEvents recorder =
            new BlockEvents() {
                @Override
                public void allocated(PortBlock block, int nowMs) {
                    events.add("+" + text(block));
                }

                @Override
                public void released(PortBlock block, int nowMs) {
                    events.add("-" + text(block));
                }
            };
    private final BlockSearch search = new BlockSearch(blocks, recorder, false);
    private final BlockSearch dry = new BlockSearch(blocks, recorder, true);
    private final BlockSweep sweep = new BlockSweep(blocks, mappings, recorder);

    private long allocate(long bytes) {
        return arena.allocate(bytes, 4096).address();
    }

    @AfterEach
    void free() {
        arena.close();
    }

    private static String text(PortBlock block) {
        return "%s %s:%d-%d"
                .formatted(
                        address(block.ipv6, block.clientHigh, block.clientLow),
                        address(block.ipv6, block.outsideHigh, block.outsideLow),
                        block.firstPort,
                        block.lastPort);
    }

    private static IpAddress address(boolean ipv6, long high, long low) {
        return ipv6 ? IpAddress.ofIpv6(high, low) : IpAddress.ofIpv4((int) low);
    }

    private static NatRange range(String first, String last, int size, int max, Pick pick) {
        return new NatRange(
                        Side.SOURCE,
                        IpAddress.parse(first),
                        IpAddress.parse(last),
                        1024,
                        1024 + 255,
                        pick)
                .with(new Blocks(size, max, HOLD_MS / 1000));
    }

    private static NatRange range(int size, int max) {
        return range("198.51.100.1", "198.51.100.2", size, max, Pick.DEFAULT);
    }

    private void begin(BlockSearch with, NatRange range, String client) {
        IpAddress address = IpAddress.parse(client);
        PortBlock block = with.block();
        block.ipv6 = address.ipv6();
        block.zone = 5;
        block.replyZone = 5;
        block.clientHigh = address.high();
        block.clientLow = address.low();
        with.begin(range);
    }

    /** What a connection of the client may be tried in now, a new block last; uses none. */
    private List<String> all(NatRange range, String client, int nowMs) {
        begin(search, range, client);
        List<String> found = new ArrayList<>();
        while (search.next(nowMs)) {
            found.add(text(search.block()));
        }
        return found;
    }

    @Test
    void blocksOfAClientAreOfOneAddressUntilThatHasNoneFree() {
        NatRange range = range(64, 8);
        for (int i = 1; i <= 8; i++) {
            assertEquals(i, all(range, "10.0.0.1", 0).size());
        }
        assertEquals(8, events.size());
        Set<String> first = addresses(events.subList(0, 4));
        Set<String> last = addresses(events.subList(4, 8));
        assertEquals(1, first.size());
        assertEquals(1, last.size());
        assertFalse(first.equals(last));
        assertEquals(8, new HashSet<>(events).size());
        begin(search, range, "10.0.0.2");
        assertFalse(search.next(0));
        assertEquals(Failure.EXHAUSTED, search.failure());
    }

    private static Set<String> addresses(List<String> told) {
        Set<String> addresses = new HashSet<>();
        told.forEach(each -> addresses.add(each.replaceAll(".* (.*):.*", "$1")));
        return addresses;
    }

    @Test
    void persistentClientsGetNoOtherAddress() {
        NatRange range = range("198.51.100.1", "198.51.100.2", 128, 8, Pick.PERSISTENT);
        all(range, "10.0.0.1", 0);
        all(range, "10.0.0.1", 0);
        assertEquals(1, addresses(events).size());
        assertEquals(2, events.size());
        begin(search, range, "10.0.0.1");
        while (search.next(0)) {
            // To the end.
        }
        assertEquals(Failure.EXHAUSTED, search.failure());
    }

    @Test
    void aClientHasSoManyBlocksAtMost() {
        NatRange range = range(64, 2);
        assertEquals(1, all(range, "10.0.0.1", 0).size());
        assertEquals(2, all(range, "10.0.0.1", 0).size());
        assertEquals(2, all(range, "10.0.0.1", 0).size());
        assertEquals(Failure.LIMIT, search.failure());
        assertEquals(1, all(range, "10.0.0.2", 0).size());
    }

    @Test
    void aBlockIsHeldForItsClientAndThenAnothers() {
        NatRange range = range("198.51.100.1", "198.51.100.1", 256, 1, Pick.DEFAULT);
        begin(search, range, "10.0.0.1");
        assertTrue(search.next(0));
        int number = search.keep();
        String told = "+10.0.0.1 198.51.100.1:1024-1279";
        assertEquals(List.of(told), events);
        // Used for longer than its hold.
        sweep.sweep(5 * HOLD_MS);
        blocks.release(number, 5 * HOLD_MS);
        sweep.sweep(6 * HOLD_MS - 1);
        assertEquals(0, all(range, "10.0.0.2", 6 * HOLD_MS - 1).size());
        // Its client may use it again, which begins the hold anew.
        assertEquals(1, all(range, "10.0.0.1", 6 * HOLD_MS - 1).size());
        sweep.sweep(6 * HOLD_MS);
        assertEquals(List.of(told), events);
        sweep.sweep(7 * HOLD_MS - 1);
        assertEquals(List.of(told, told.replace('+', '-')), events);
        assertEquals(0, blocks.inUse());
        assertEquals(1, all(range, "10.0.0.2", 7 * HOLD_MS).size());
    }

    @Test
    void aMappingHoldsItsBlock() {
        NatRange range = range("198.51.100.1", "198.51.100.1", 256, 1, Pick.DEFAULT);
        begin(search, range, "10.0.0.1");
        assertTrue(search.next(0));
        EndpointMapping mapping = new EndpointMapping();
        mapping.insideLow = search.block().clientLow;
        mapping.outsideLow = search.block().outsideLow;
        mapping.outsidePort = 1100;
        mapping.zone = 5;
        mapping.protocol = 17;
        mapping.block = search.number();
        int number = mappings.claim(mapping, 0);
        assertTrue(number > 0);
        search.letGo(0);
        mappings.release(number, HOLD_MS);
        sweep.sweep(HOLD_MS + MAPPING_MS - 1);
        PortBlock shown = new PortBlock();
        assertTrue(blocks.show(1, shown, HOLD_MS));
        assertEquals(1, shown.users);
        assertEquals("10.0.0.1 198.51.100.1:1024-1279", text(shown));
        // Nobody asks for the mapping any more: the sweep ends it, and its block's use.
        sweep.sweep(HOLD_MS + MAPPING_MS);
        assertEquals(0, mappings.inUse());
        assertTrue(blocks.show(1, shown, HOLD_MS + MAPPING_MS));
        assertEquals(0, shown.users);
        assertEquals(HOLD_MS, shown.remainingMs);
        sweep.sweep(2 * HOLD_MS + MAPPING_MS);
        assertEquals(0, blocks.inUse());
        assertFalse(blocks.show(1, shown, 0));
    }

    @Test
    void blocksOfRangesWithOtherSizesDoNotOverlap() {
        Set<Integer> taken = new HashSet<>();
        for (int client = 1; client < 40; client++) {
            NatRange range =
                    range("198.51.100.1", "198.51.100.1", 64 << (client % 3), 1, Pick.DEFAULT);
            begin(search, range, "10.0.0." + client);
            if (search.next(0)) {
                PortBlock block = search.block();
                assertEquals(0, block.firstPort % (64 << (client % 3)));
                for (int port = block.firstPort; port <= block.lastPort; port++) {
                    assertTrue(taken.add(port), "port " + port);
                }
                search.keep();
            }
        }
        assertEquals(256, taken.size());
    }

    @ParameterizedTest
    @ValueSource(ints = {64, 128, 2048, 4096, 8192, 32_768})
    void everyPortOfARangeIsUsed(int size) {
        NatRange range =
                new NatRange(
                                Side.SOURCE,
                                IpAddress.parse("2001:db8::1"),
                                IpAddress.parse("2001:db8::1"),
                                32_768,
                                65_535,
                                Pick.PERSISTENT)
                        .with(new Blocks(size, 1, 1));
        PortBlocks many = new PortBlocks(1024, this::allocate);
        BlockSearch own = new BlockSearch(many, recorder, false);
        for (int client = 0; client < 32_768 / size; client++) {
            begin(own, range, "fd00::" + Integer.toHexString(client));
            assertTrue(own.next(0));
            own.keep();
        }
        assertEquals(32_768 / size, new HashSet<>(events).size());
        begin(own, range, "fd00:1::");
        assertFalse(own.next(0));
    }

    @Test
    void whatATraceSaysIsWhatHappens() {
        NatRange range = range(64, 3);
        for (int i = 0; i < 12; i++) {
            String client = "10.0.0." + (1 + i % 4);
            List<String> foretold = new ArrayList<>();
            begin(dry, range, client);
            while (dry.next(0)) {
                foretold.add(text(dry.block()));
            }
            Failure failure = dry.failure();
            int told = events.size();
            assertEquals(foretold, all(range, client, 0), "round " + i);
            assertEquals(failure, search.failure());
            assertTrue(events.size() <= told + 1);
        }
        assertEquals(8, events.size());
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "100|1|120|1024|2047|port-block-size is 100, expected a power of two from 64 to"
                        + " 32768",
                "65536|1|120|1024|2047|port-block-size is 65536, expected a power of two from 64 to"
                        + " 32768",
                "64|0|120|1024|2047|max-port-blocks is 0, not within 1-64",
                "64|65|120|1024|2047|max-port-blocks is 65, not within 1-64",
                "64|1|-1|1024|2047|port-block-hold is -1, not within 0-86400 seconds",
                "0|1|0|1024|2047|max-port-blocks and port-block-hold need port-block-size",
                "64|1|1|0|0|port-block-size needs src with ports",
                "256|1|1|1000|2047|1000-2047 are no whole blocks of 256 ports, which begin at"
                        + " multiples of it; 1024-2047 are",
                "2048|1|1|1024|65535|1024-65535 are no whole blocks of 2048 ports, which begin at"
                        + " multiples of it; 2048-65535 are",
                "32768|1|1|1024|65534|no block of 32768 ports, which begins at a multiple of it,"
                        + " fits into 1024-65534"
            })
    void whatCannotBeIsSaid(int size, int max, int hold, int first, int last, String sentence) {
        NatRange range =
                new NatRange(Side.SOURCE, 0x0A000001, 0x0A000001, first, last, Pick.DEFAULT);
        IllegalArgumentException e =
                assertThrows(
                        IllegalArgumentException.class,
                        () -> range.with(new Blocks(size, max, hold)));
        assertEquals(sentence, e.getMessage());
    }
}
