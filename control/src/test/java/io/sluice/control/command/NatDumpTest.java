package io.sluice.control.command;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import io.sluice.control.socket.Answer;
import io.sluice.control.text.SyntaxException;
import io.sluice.natlb.BlockEvents;
import io.sluice.natlb.BlockSearch;
import io.sluice.natlb.EndpointMapping;
import io.sluice.natlb.EndpointMappings;
import io.sluice.natlb.NatRange;
import io.sluice.natlb.PortBlock;
import io.sluice.natlb.PortBlocks;
import io.sluice.natlb.PortMaps;
import io.sluice.packet.IpAddress;
import java.io.ByteArrayOutputStream;
import java.lang.foreign.Arena;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import tools.jackson.core.JsonGenerator;
import tools.jackson.databind.json.JsonMapper;

/** Dumps of port blocks and mappings: what they say of which. */
class NatDumpTest {
    private static final JsonMapper MAPPER = new JsonMapper();
    private static final int NOW_MS = 40_000;

    private static final BlockEvents NOBODY =
            new BlockEvents() {
                @Override
                public void allocated(PortBlock block, int nowMs) {}

                @Override
                public void released(PortBlock block, int nowMs) {}
            };

    private final Arena arena = Arena.ofConfined();
    private final PortBlocks blocks = new PortBlocks(4096, this::allocate);
    private final EndpointMappings mappings =
            new EndpointMappings(
                    4096,
                    this::allocate,
                    new PortMaps(this::allocate),
                    blocks,
                    zone -> 0,
                    (zone, protocol) -> 120_000);
    private final BlockSearch search = new BlockSearch(blocks, NOBODY, false);

    private long allocate(long bytes) {
        return arena.allocate(bytes, 4096).address();
    }

    @AfterEach
    void free() {
        arena.close();
    }

    @BeforeEach
    void make() {
        blocks.release(addBlock("10.0.0.1", "203.0.113.1", 1024, 1), 30_000);
        addBlock("10.0.0.1", "203.0.113.2", 2048, 5);
        addBlock("fd00::1", "2001:db8::1", 1024, 5);
        map(17, "10.0.0.1", 4000, "203.0.113.1", 1030, NatRange.Filtering.ENDPOINT_INDEPENDENT);
        int second =
                map(6, "fd00::1", 80, "2001:db8::1", 1024, NatRange.Filtering.ADDRESS_DEPENDENT);
        mappings.release(second, 35_000);
    }

    private int addBlock(String client, String outside, int firstPort, int zone) {
        IpAddress address = IpAddress.parse(outside);
        NatRange range =
                new NatRange(
                                NatRange.Side.SOURCE,
                                address,
                                address,
                                firstPort,
                                firstPort + 511,
                                NatRange.Pick.DEFAULT)
                        .with(new NatRange.Blocks(512, 1, 120));
        PortBlock block = search.block();
        block.ipv6 = address.ipv6();
        block.zone = zone;
        block.replyZone = zone;
        block.clientHigh = IpAddress.parse(client).high();
        block.clientLow = IpAddress.parse(client).low();
        search.begin(range);
        search.next(0);
        return search.keep();
    }

    private int map(
            int protocol,
            String inside,
            int insidePort,
            String outside,
            int outsidePort,
            NatRange.Filtering filtering) {
        EndpointMapping mapping = new EndpointMapping();
        IpAddress from = IpAddress.parse(inside);
        IpAddress to = IpAddress.parse(outside);
        mapping.ipv6 = from.ipv6();
        mapping.zone = 5;
        mapping.protocol = protocol;
        mapping.insideHigh = from.high();
        mapping.insideLow = from.low();
        mapping.insidePort = insidePort;
        mapping.outsideHigh = to.high();
        mapping.outsideLow = to.low();
        mapping.outsidePort = outsidePort;
        mapping.filtering = filtering;
        return mappings.claim(mapping, 0);
    }

    private static String written(Answer answer) {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        try (JsonGenerator json = MAPPER.createGenerator(out)) {
            answer.writeTo(json);
        }
        return out.toString(StandardCharsets.UTF_8);
    }

    private static String json(NatRows rows) {
        return written(Answer.jsonOf(new NatDump(rows, () -> NOW_MS)::json));
    }

    private static List<String> lines(NatRows rows) {
        String text = written(Answer.textOf(new NatDump(rows, () -> NOW_MS)::text));
        return MAPPER.readValue(text, String.class).lines().sorted().toList();
    }

    private List<String> blockLines(String filter) {
        return lines(new BlockRows(blocks, NatFilter.read(filter)));
    }

    private List<String> mappingLines(String filter) {
        return lines(new MappingRows(mappings.view(), NatFilter.read(filter)));
    }

    @Test
    void blocksAreShownWithTheirClients() {
        String held =
                "client=10.0.0.1,outside=203.0.113.1,ports=1024-1535,zone=1,uses=0,timeout=110";
        String used =
                "client=10.0.0.1,outside=203.0.113.2,ports=2048-2559,zone=5,uses=1,timeout=120";
        String ipv6 =
                "client=fd00::1,outside=2001:db8::1,ports=1024-1535,zone=5,uses=1,timeout=120";
        assertEquals(List.of(held, used, ipv6), blockLines(""));
        assertEquals(List.of(used, ipv6), blockLines("zone=5"));
        assertEquals(List.of(used), blockLines("zone=5,client=10.0.0.1"));
        assertEquals(List.of(ipv6), blockLines("client=fd00::1"));
        // Who had this port of this address?
        assertEquals(List.of(held), blockLines("outside=203.0.113.1 port=1535"));
        assertEquals(List.of(), blockLines("outside=203.0.113.1 port=1536"));
        assertEquals(
                "[{\"zone\":5,\"client\":\"fd00::1\",\"outside\":\"2001:db8::1\","
                        + "\"first_port\":1024,\"last_port\":1535,\"uses\":1,\"timeout_s\":120}]",
                json(new BlockRows(blocks, NatFilter.read("client=fd00::1"))));
        assertEquals("[]", json(new BlockRows(blocks, NatFilter.read("zone=9"))));
    }

    @Test
    void mappingsAreShownWithBothSides() {
        String udp =
                "udp,inside=(src=10.0.0.1,sport=4000),outside=(src=203.0.113.1,sport=1030),zone=5,"
                        + "endpoint-independent-filtering,uses=1,timeout=120";
        String tcp =
                "tcp,inside=(src=fd00::1,sport=80),outside=(src=2001:db8::1,sport=1024),zone=5,"
                        + "address-dependent-filtering,uses=0,timeout=115";
        assertEquals(List.of(tcp, udp), mappingLines(""));
        assertEquals(List.of(udp), mappingLines("client=10.0.0.1"));
        assertEquals(List.of(tcp), mappingLines("outside=2001:db8::1,port=1024"));
        assertEquals(List.of(), mappingLines("zone=1"));
        assertEquals(
                "[{\"proto\":\"udp\",\"zone\":5,\"inside\":{\"src\":\"10.0.0.1\",\"sport\":4000},"
                        + "\"outside\":{\"src\":\"203.0.113.1\",\"sport\":1030},"
                        + "\"filtering\":\"endpoint-independent-filtering\",\"uses\":1,"
                        + "\"timeout_s\":120}]",
                json(new MappingRows(mappings.view(), NatFilter.read("client=10.0.0.1"))));
    }

    @Test
    void manyRowsAreAllThere() {
        for (int i = 0; i < 2000; i++) {
            map(17, "10.0.1.1", 1 + i, "203.0.113.9", 1 + i, NatRange.Filtering.ADDRESS_DEPENDENT);
        }
        assertEquals(2000, mappingLines("client=10.0.1.1").stream().distinct().count());
        assertEquals(
                2002,
                MAPPER.readTree(json(new MappingRows(mappings.view(), NatFilter.read("")))).size());
    }

    @Test
    void wordsThatAreNotUnderstoodAreNamed() {
        assertEquals(
                "column 1: unknown word 'cleint', expected one of zone client outside port; did you"
                        + " mean 'client'?",
                assertThrows(SyntaxException.class, () -> NatFilter.read("cleint=1")).getMessage());
        assertThrows(SyntaxException.class, () -> NatFilter.read("client=10.0.0"));
        assertThrows(SyntaxException.class, () -> NatFilter.read("zone=1,zone=1"));
    }
}
