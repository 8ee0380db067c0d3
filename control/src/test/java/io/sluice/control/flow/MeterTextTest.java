package io.sluice.control.flow;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import io.sluice.control.text.Span;
import io.sluice.control.text.SyntaxException;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class MeterTextTest {
    private static final ChangeReader READER =
            new ChangeReader(PortNames.of(Map.of()), ChangeReader.Verb.ADD, Optional.of("m"));

    private static String shown(String line) {
        return MeterFormat.show(MeterLine.meter(Span.of(line)));
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "meter=1 pktps burst stats bands=type=drop rate=100 burst_size=50|"
                        + "meter=1 pktps burst stats bands= type=drop rate=100 burst_size=50",
                "meter=0xffff0000,kbps,bands=type=drop,rate=0x10,type=drop,rate=4294967295|meter=4294901760"
                    + " kbps bands= type=drop rate=16 type=drop rate=4294967295",
                "stats,kbps meter=7 band=type=drop,rate=1|"
                        + "meter=7 kbps stats bands= type=drop rate=1",
                "meter=1,meter=2,burst,pktps,bands=type=drop,burst_size=3,rate=2|"
                        + "meter=2 pktps burst bands= type=drop rate=2 burst_size=3",
            })
    void readsAndWritesAsOpenVSwitchDoes(String line, String expected) {
        assertEquals(expected, shown(line).replace('\n', ' '));
        assertEquals(shown(line), shown(shown(line)));
    }

    @Test
    void whatIsDumpedCanBeReadWithItsBandsOnLinesOfTheirOwn() {
        String dump =
                """
                meter=1 pktps burst bands=
                type=drop rate=100 burst_size=50
                type=drop rate=7 burst_size=9

                meter=2 kbps bands=
                  # a comment

                type=drop rate=100   # another
                delete meter=3
                modify meter=2 kbps bands=type=drop rate=5
                """;
        List<Change.Placed> changes = READER.read(dump);
        assertEquals(
                """
                m:1: meter=1 pktps burst bands=
                type=drop rate=100 burst_size=50
                type=drop rate=7 burst_size=9
                m:5: meter=2 kbps bands=
                type=drop rate=100
                m:9: DelMeter[id=OptionalInt[3]]
                m:10: ModMeter meter=2 kbps bands=
                type=drop rate=5\
                """,
                changes.stream()
                        .map(placed -> placed.place() + shown(placed.change()))
                        .collect(Collectors.joining("\n")));
    }

    private static String shown(Change change) {
        return switch (change) {
            case Change.AddMeter add -> MeterFormat.show(add.meter());
            case Change.ModMeter mod -> "ModMeter " + MeterFormat.show(mod.meter());
            default -> change.toString();
        };
    }

    @Test
    void errorsAreInTheLineWhereTheyWereWritten() {
        RulesException e =
                assertThrows(
                        RulesException.class,
                        () ->
                                READER.read(
                                        """
                                        meter=1 pktps bands=
                                        type=drop rate=1

                                        type=drop  rat=2
                                        type=drop,rate=3
                                        meter=2 pktps bands= # nothing
                                        """));
        assertEquals(
                """
                m:4:12: unknown word 'rat', expected type, rate or burst_size; did you mean 'rate'?
                m:6:22: expected type=drop and what belongs to the band\
                """,
                e.getMessage());
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "meter=1,pktps|column 1: expected meter=N, kbps or pktps, then"
                        + " bands=type=drop,rate=N",
                "meter=1,bands=type=drop,rate=1|column 1: expected meter=N, kbps or pktps, then"
                        + " bands=type=drop,rate=N",
                "meter=0,pktps,bands=type=drop,rate=1|column 7: expected a meter number from 1 to"
                        + " 4294901760, found '0'",
                "meter=controller,pktps|column 7: expected a meter number from 1 to 4294901760,"
                        + " found 'controller'",
                "meter=1,pkts,bands=type=drop,rate=1|column 9: unknown word 'pkts', expected meter,"
                        + " kbps, pktps, burst, stats or bands; did you mean 'pktps'?",
                "meter=1,pktps,kbps|column 15: 'kbps' contradicts 'pktps' at column 9",
                "meter=1,pktps,bands|column 15: expected bands=type=drop,rate=N, found 'bands'",
                "meter=1,pktps,bands=rate=1|column 21: expected type=drop, which begins a band,"
                        + " found 'rate'",
                "meter=1,pktps,bands=type=drop|column 21: the band needs rate=N",
                "meter=1,pktps,bands=type=drop,rate=0|column 36: expected a rate from 1 to"
                        + " 4294967295, found '0'",
                "meter=1,pktps,bands=type=dorp|column 26: expected drop, found 'dorp'",
                "meter=1,pktps,bands=type=dscp_remark,rate=1,prec_level=1|column 26: 'dscp_remark'"
                        + " is not supported, as it is not by Open vSwitch's user-space datapath;"
                        + " expected drop",
                "meter=1,pktps,bands=type=drop,rate=1,prec_level=1|column 38: only dscp_remark has"
                        + " 'prec_level', not drop",
                "meter=1,pktps,bands=type=drop,rate=1,burst_size=1|column 38: 'burst_size' needs"
                        + " 'burst' before the bands",
                "meter=1,pktps,burst,bands=type=drop,rate=1|column 27: the band needs"
                        + " burst_size=N, because the meter has burst",
            })
    void errorsNameThePlaceAndWhatWasExpected(String line, String expected) {
        assertEquals(
                expected,
                assertThrows(SyntaxException.class, () -> MeterLine.meter(Span.of(line)))
                        .getMessage());
    }

    @Test
    void aMeterHasAtMostEightBands() {
        String eight = "meter=1,kbps,bands=" + "type=drop,rate=1,".repeat(8);
        assertEquals(8, MeterLine.meter(Span.of(eight)).bands().size());
        assertEquals(
                "column 156: a meter has at most 8 bands",
                assertThrows(
                                SyntaxException.class,
                                () -> MeterLine.meter(Span.of(eight + "type=drop,rate=1")))
                        .getMessage());
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "meter=all", " ,meter=all"})
    void nothingMeansAll(String text) {
        assertEquals(OptionalInt.empty(), MeterLine.idOrAll(Span.of(text)));
    }

    @Test
    void oneIsMeantByItsNumber() {
        assertEquals(OptionalInt.of(5), MeterLine.idOrAll(Span.of("meter=5")));
        assertEquals(
                "column 1: expected meter=N, or nothing or meter=all for all meters, found"
                        + " 'group_id'",
                assertThrows(SyntaxException.class, () -> MeterLine.idOrAll(Span.of("group_id=5")))
                        .getMessage());
    }
}
