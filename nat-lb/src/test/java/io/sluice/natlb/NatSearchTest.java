package io.sluice.natlb;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.sluice.packet.AddressText;
import io.sluice.packet.Ipv4;
import io.sluice.packet.TupleHash;
import io.sluice.packet.TupleKey;
import java.lang.foreign.Arena;
import java.util.HashSet;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class NatSearchTest {
    private static final int CLIENT = AddressText.parseIpv4("10.1.1.1");
    private static final int SERVER = AddressText.parseIpv4("203.0.113.1");

    private final NatSearch search =
            new NatSearch(
                    new PortMaps(bytes -> Arena.global().allocate(bytes, 4096).address()), false);

    private static NatRange range(
            NatRange.Side side, String first, String last, int minPort, int maxPort) {
        return new NatRange(
                side,
                AddressText.parseIpv4(first),
                AddressText.parseIpv4(last),
                minPort,
                maxPort,
                NatRange.Pick.DEFAULT);
    }

    private void begin(NatRange range, int protocol, int srcPort, int dstPort) {
        search.begin(
                range,
                TupleKey.addresses(CLIENT, SERVER),
                TupleKey.portsAndScope(TupleKey.ports(srcPort, dstPort), 0, protocol));
    }

    @Test
    void theSourcePortIsKeptFirst() {
        NatRange range = range(NatRange.Side.SOURCE, "198.51.100.1", "198.51.100.1", 0, 0);
        begin(range, Ipv4.PROTO_UDP, 4711, 53);
        assertTrue(search.next());
        assertEquals(4711, TupleKey.sourcePort(search.ports()));
        assertEquals(53, TupleKey.destinationPort(search.ports()));
        assertEquals(AddressText.parseIpv4("198.51.100.1"), TupleKey.source(search.addresses()));
        assertEquals(SERVER, TupleKey.destination(search.addresses()));
    }

    /** Else a client that sees its ports could find packets that share a bucket of the table. */
    @Test
    void randomPortsDoNotTellTheHashOfTheConnectionTable() {
        NatRange range =
                new NatRange(
                        NatRange.Side.SOURCE, CLIENT, CLIENT, 1024, 65535, NatRange.Pick.RANDOM);
        int span = 65535 - 1024 + 1;
        int foretold = 0;
        for (int port = 1; port <= 1000; port++) {
            begin(range, Ipv4.PROTO_TCP, port, 443);
            assertTrue(search.next());
            long key = TupleKey.portsAndScope(TupleKey.ports(port, 443), 0, Ipv4.PROTO_TCP);
            long hash = TupleHash.secret(TupleKey.addresses(CLIENT, SERVER), key) & 0xFFFFFFFFL;
            int expected = 1024 + (int) ((hash * span) >>> 32);
            foretold += TupleKey.sourcePort(search.ports()) == expected ? 1 : 0;
        }
        assertTrue(foretold < 10, foretold + " of 1000 ports tell it");
    }

    @ParameterizedTest
    @CsvSource({"80, 1, 511", "600, 512, 1023", "4711, 1024, 65535"})
    void otherPortsAreOfTheSameClass(int port, int first, int last) {
        NatRange range = range(NatRange.Side.SOURCE, "198.51.100.1", "198.51.100.1", 0, 0);
        begin(range, Ipv4.PROTO_TCP, port, 443);
        int tried = 0;
        while (search.next()) {
            int chosen = TupleKey.sourcePort(search.ports());
            assertTrue(chosen >= first && chosen <= last, () -> "port " + chosen);
            tried++;
        }
        assertTrue(tried > 100 && tried <= 1025, "tried " + tried);
    }

    @Test
    void everyPortOfASmallRangeIsTriedOnce() {
        NatRange range = range(NatRange.Side.SOURCE, "198.51.100.1", "198.51.100.2", 5000, 5009);
        begin(range, Ipv4.PROTO_UDP, 4711, 53);
        Set<String> tried = new HashSet<>();
        while (search.next()) {
            int port = TupleKey.sourcePort(search.ports());
            assertTrue(port >= 5000 && port <= 5009);
            tried.add(TupleKey.source(search.addresses()) + ":" + port);
        }
        assertEquals(20, tried.size());
    }

    @Test
    void aDestinationKeepsItsPortUnlessTheRangeNamesOne() {
        begin(
                range(NatRange.Side.DESTINATION, "10.0.0.1", "10.0.0.1", 0, 0),
                Ipv4.PROTO_TCP,
                4711,
                80);
        assertTrue(search.next());
        assertEquals(80, TupleKey.destinationPort(search.ports()));
        begin(
                range(NatRange.Side.DESTINATION, "10.0.0.1", "10.0.0.1", 8080, 8080),
                Ipv4.PROTO_TCP,
                4711,
                80);
        assertTrue(search.next());
        assertEquals(8080, TupleKey.destinationPort(search.ports()));
        assertEquals(4711, TupleKey.sourcePort(search.ports()));
        assertFalse(search.next());
    }

    @Test
    void protocolsWithoutPortsTryEachAddressOnce() {
        begin(range(NatRange.Side.SOURCE, "198.51.100.1", "198.51.100.4", 0, 0), 47, 0, 0);
        Set<Integer> addresses = new HashSet<>();
        while (search.next()) {
            addresses.add(TupleKey.source(search.addresses()));
            assertEquals(0, search.ports());
        }
        assertEquals(4, addresses.size());
    }

    @Test
    void persistentKeepsTheAddressOfAClient() {
        NatRange range =
                new NatRange(
                        NatRange.Side.SOURCE,
                        AddressText.parseIpv4("198.51.100.1"),
                        AddressText.parseIpv4("198.51.100.200"),
                        0,
                        0,
                        NatRange.Pick.PERSISTENT);
        Set<Integer> addresses = new HashSet<>();
        for (int port = 1024; port < 1200; port++) {
            begin(range, Ipv4.PROTO_TCP, port, 80);
            assertTrue(search.next());
            addresses.add(TupleKey.source(search.addresses()));
        }
        assertEquals(1, addresses.size());
    }

    @Test
    void badRangesAreRefused() {
        assertThrows(
                IllegalArgumentException.class,
                () -> range(NatRange.Side.SOURCE, "10.0.0.2", "10.0.0.1", 0, 0));
        assertThrows(
                IllegalArgumentException.class,
                () -> range(NatRange.Side.SOURCE, "10.0.0.1", "10.0.0.1", 9, 8));
        assertThrows(
                IllegalArgumentException.class,
                () -> range(NatRange.Side.SOURCE, "10.0.0.1", "10.0.0.1", 1, 65536));
    }
}
