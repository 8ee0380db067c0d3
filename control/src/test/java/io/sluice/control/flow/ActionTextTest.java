package io.sluice.control.flow;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.sluice.control.text.Span;
import io.sluice.fastpath.Action;
import io.sluice.fastpath.Field;
import io.sluice.fastpath.Flow;
import io.sluice.fastpath.LearnedFlow;
import io.sluice.fastpath.LearnedFlow.Part;
import io.sluice.fastpath.SubField;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;

class ActionTextTest {
    private static final int ROUNDS = 5_000;
    private static final PortNames PORTS = PortNames.of(Map.of("p0", 1, "p1", 2));

    private static Flow read(String line) {
        return FlowLine.flow(Span.of(line), PORTS);
    }

    private static Action first(String actions) {
        return read("actions=" + actions).actions().getFirst();
    }

    @ParameterizedTest
    @MethodSource("io.sluice.control.flow.ActionRows#all")
    void showsAndReadsBack(ActionRows.Row row) {
        Flow flow = read(row.flow());
        assertEquals(row.shown(), ActionFormat.show(flow));
        ActionRows.Row again = new ActionRows.Row(row.match(), row.shown(), "", "");
        assertEquals(flow.actions(), read(again.flow()).actions());
    }

    @Test
    void randomActionsSurviveBeingShownAndRead() {
        long seed = System.nanoTime();
        RandomActions random = new RandomActions(new Random(seed));
        for (int round = 0; round < ROUNDS; round++) {
            Flow flow = random.flow();
            String text = FlowFormat.show(flow, 0);
            String where = "seed " + seed + ", round " + round + ":" + text;
            assertEquals(flow.actions(), read(text).actions(), where);
        }
    }

    @Test
    void randomBucketsSurviveBeingShownAndRead() {
        long seed = System.nanoTime();
        RandomActions random = new RandomActions(new Random(seed));
        for (int round = 0; round < ROUNDS; round++) {
            List<Action> actions = random.bucket();
            String text = ActionFormat.show(actions);
            assertEquals(
                    actions,
                    ActionListReader.read(Span.of(text), ActionContext.ofBucket(PORTS)),
                    "seed " + seed + ", round " + round + ":" + text);
        }
    }

    @Test
    void setsWhatTheTextSays() {
        assertEquals(
                new Action.Set(Field.NW_TOS, 0, 0x10, 0, 0xFC),
                read("ip,actions=set_field:4->ip_dscp").actions().getFirst());
        assertEquals(
                new Action.Set(Field.XXREG0, 0x1234, 0x5678901234567890L, -1, -1),
                first("set_field:0x12345678901234567890->xxreg0"));
        assertEquals(
                new Action.Set(Field.XXREG1, 0, 3L << 60, 0x7F, 0xFL << 60),
                first("load:3->NXM_NX_XXREG1[60..70]"));
        assertEquals(
                new Action.Move(new SubField(Field.REG0, 0, 16), new SubField(Field.REG1, 16, 16)),
                first("move:reg0[0..15]->reg1[16..31]"));
        assertEquals(new Action.Conjunction(7, 1, 3), first("conjunction(7,2/3)"));
        assertEquals(new Action.Resubmit(Action.Resubmit.SAME, 4, false), first("resubmit(,4)"));
        assertEquals(new Action.Resubmit(4, Action.Resubmit.SAME, false), first("resubmit:4"));
        Action.Ct ct = (Action.Ct) read("ip,actions=ct(zone=reg0[0..15])").actions().getFirst();
        assertEquals(Optional.of(new SubField(Field.REG0, 0, 16)), ct.zoneField());
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            textBlock =
                    """
                    ct(zone_orig=5,zone_reply=9,nat)|ct(zone_orig=5,zone_reply=9,nat)
                    ct(zone_orig=5)|ct(zone_orig=5)
                    ct(zone_reply=9,commit)|ct(commit,zone_reply=9)
                    ct(zone=7,zone_orig=5)|ct(zone_orig=5,zone_reply=7)
                    ct(zone_reply=5,zone=7)|ct(zone_orig=7,zone_reply=5)
                    ct(zone_orig=5,zone_reply=5)|ct(zone=5)
                    ct(zone_orig=0,zone_reply=0)|ct
                    ct(zone=reg0[0..15],zone_reply=reg1[16..31])\
                    |ct(zone_orig=NXM_NX_REG0[0..15],zone_reply=NXM_NX_REG1[16..31])
                    """)
    void zonesOfDirectionsAreShownAndReadBack(String given, String shown) {
        Flow flow = read("ip,actions=" + given);
        assertEquals(shown, ActionFormat.show(flow));
        assertEquals(flow.actions(), read("ip,actions=" + shown).actions());
    }

    @Test
    void learnsWhatTheTextSays() {
        Action.Learn learn =
                (Action.Learn)
                        read("tcp,actions=learn(table=3,idle_timeout=60,cookie=7,eth_type=0x800,"
                                        + "NXM_OF_IP_SRC[]=NXM_OF_IP_DST[],"
                                        + "load:NXM_OF_IN_PORT[]->reg1[0..15],load:5->reg2,"
                                        + "reg3[4],output:in_port)")
                                .actions()
                                .getFirst();
        SubField inPort = new SubField(Field.IN_PORT, 0, 16);
        SubField bit = new SubField(Field.REG3, 4, 1);
        List<Part> parts =
                List.of(
                        new Part.MatchValue(SubField.whole(Field.ETH_TYPE), 0, 0x800),
                        new Part.MatchField(
                                SubField.whole(Field.NW_SRC), SubField.whole(Field.NW_DST)),
                        new Part.LoadField(new SubField(Field.REG1, 0, 16), inPort),
                        new Part.LoadValue(SubField.whole(Field.REG2), 0, 5),
                        new Part.MatchField(bit, bit),
                        new Part.Output(inPort));
        assertEquals(
                new LearnedFlow(3, 32768, 7, 60, 0, 0, 0, false, 0, Optional.empty(), parts),
                learn.flow());
    }
}
