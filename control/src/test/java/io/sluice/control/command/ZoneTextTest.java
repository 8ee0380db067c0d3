package io.sluice.control.command;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import io.sluice.conntrack.ConnFilter.Direction;
import io.sluice.control.text.SyntaxException;
import io.sluice.packet.IpAddress;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What users write about limits, and tuples as ovs-appctl takes them. */
class ZoneTextTest {
    @Test
    void limitsAreReadAsOvsAppctlTakesThem() {
        assertEquals(
                new ZoneLimitText.Limits(OptionalInt.of(100), Map.of(1, 20, 65535, 0)),
                ZoneLimitText.read("default=100 zone=1,limit=20 zone=65535,limit=0"));
        assertEquals(
                new ZoneLimitText.Limits(OptionalInt.empty(), Map.of(5, 10)),
                ZoneLimitText.read("zone=5,limit=10"));
        assertEquals(List.of(1, 2, 3), ZoneLimitText.readZones("zone=1,2,3"));
        assertEquals(List.of(), ZoneLimitText.readZones(""));
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "''|column 1: expected default=M or zone=N,limit=M, found nothing",
                "zone=5|column 1: zone 5 needs a limit: limit=M",
                "zone=5,count=3|column 8: expected limit=M behind zone=N, found 'count'",
                "zone=65536,limit=1|column 6: expected a zone from 0 to 65535, found '65536'",
                "zone=1,limit=-1|column 14: expected a limit from 0 to 268435456, found '-1'",
                "zone=1,limit=1 zone=1,limit=2|column 16: zone 1 is given twice",
                "limit=5|column 1: expected default=M or zone=N,limit=M, found 'limit'",
            })
    void wrongLimitsAreAnsweredWithTheirPlace(String text, String sentence) {
        assertEquals(
                sentence,
                assertThrows(SyntaxException.class, () -> ZoneLimitText.read(text)).getMessage());
    }

    @Test
    void tuplesMayBeWholeOrInPart() {
        assertEquals(
                new TupleText(
                        OptionalInt.of(6),
                        new Direction(
                                Optional.of(IpAddress.parse("10.1.1.1")),
                                Optional.of(IpAddress.parse("10.1.1.2")),
                                OptionalInt.of(1),
                                OptionalInt.of(2))),
                TupleText.read(
                        "ct_nw_src=10.1.1.1,ct_nw_dst=10.1.1.2,ct_nw_proto=6,ct_tp_src=1,"
                                + "ct_tp_dst=2"));
        assertEquals(
                new TupleText(
                        OptionalInt.of(1),
                        new Direction(
                                Optional.of(IpAddress.parse("10.1.1.1")),
                                Optional.empty(),
                                OptionalInt.of(10),
                                OptionalInt.of(8 << 8))),
                TupleText.read(
                        "ct_nw_src=10.1.1.1,ct_nw_proto=1,icmp_type=8,icmp_code=0,icmp_id=10"));
        assertEquals(
                new TupleText(
                        OptionalInt.empty(),
                        new Direction(
                                Optional.of(IpAddress.parse("fc00::1")),
                                Optional.empty(),
                                OptionalInt.empty(),
                                OptionalInt.empty())),
                TupleText.read("ct_ipv6_src=fc00::1"));
        assertEquals(TupleText.ANY, TupleText.read(""));
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "ct_nw_src=10.1.1|column 11: expected an IPv4 address (a.b.c.d), found '10.1.1'",
                "icmp_type=8|column 11: icmp_type and icmp_code need each other",
                "ct_tp_src=1,ct_tp_src=2|column 13: 'ct_tp_src' is given twice",
                "ct_nw_protocol=6|column 1: unknown word 'ct_nw_protocol', expected zone=N or one"
                        + " of ct_nw_src ct_nw_dst ct_ipv6_src ct_ipv6_dst ct_nw_proto ct_tp_src"
                        + " ct_tp_dst icmp_type icmp_code icmp_id; did you mean 'ct_nw_proto'?",
            })
    void wrongTuplesAreAnsweredWithTheirPlace(String text, String sentence) {
        assertEquals(
                sentence,
                assertThrows(SyntaxException.class, () -> TupleText.read(text)).getMessage());
    }
}
