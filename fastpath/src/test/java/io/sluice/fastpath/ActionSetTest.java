package io.sluice.fastpath;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class ActionSetTest {
    private final ActionSet set = new ActionSet();

    private boolean write(Action action) {
        return set.write(Step.listOf(List.of(action)));
    }

    private List<Step.Code> codes() {
        List<Step.Code> codes = new ArrayList<>();
        for (int place = 0; place < set.size(); place++) {
            Step step = set.step(place);
            if (step != null) {
                codes.add(step.code());
            }
        }
        return codes;
    }

    @Test
    void stepsAreDoneInTheOrderOfTheirKinds() {
        assertTrue(write(new Action.Output(2)));
        assertTrue(write(new Action.DecTtl()));
        assertTrue(write(new Action.PushVlan(0x8100)));
        assertTrue(write(new Action.Output(3)));
        assertTrue(write(new Action.PopVlan()));
        assertEquals(
                List.of(
                        Step.Code.POP_VLAN,
                        Step.Code.PUSH_VLAN,
                        Step.Code.DEC_TTL,
                        Step.Code.OUTPUT),
                codes());
        assertEquals(3, set.step(set.size() - 3).number());
    }

    @Test
    void aGroupTakesThePlaceOfAnOutput() {
        write(new Action.Output(2));
        write(new Action.Group(7));
        assertEquals(List.of(Step.Code.GROUP), codes());
    }

    @Test
    void oneSetTooManyIsRefusedAndTakesNoOthersPlace() {
        write(new Action.Group(7));
        for (int i = 0; i < 64; i++) {
            assertTrue(write(Action.Set.whole(Field.REG0, i)));
        }
        assertFalse(write(Action.Set.whole(Field.REG0, 64)));
        assertEquals(Step.Code.GROUP, codes().getLast());
        set.clear();
        assertTrue(set.isEmpty());
        assertTrue(write(Action.Set.whole(Field.REG0, 64)));
    }
}
