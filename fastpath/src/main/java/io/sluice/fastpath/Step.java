package io.sluice.fastpath;

import java.util.List;

/** An {@link Action} as workers execute it: a code to switch on, and plain numbers. */
record Step(Code code, int number, long mac, Action.Ct ct) {
    enum Code {
        OUTPUT,
        IN_PORT,
        NORMAL,
        SET_ETH_SRC,
        SET_ETH_DST,
        GROUP,
        RESUBMIT,
        CT
    }

    static Step of(Action action) {
        return switch (action) {
            case Action.Output output -> new Step(Code.OUTPUT, output.port(), 0, null);
            case Action.OutputInPort _ -> new Step(Code.IN_PORT, 0, 0, null);
            case Action.Normal _ -> new Step(Code.NORMAL, 0, 0, null);
            case Action.SetEthSrc set -> new Step(Code.SET_ETH_SRC, 0, set.mac(), null);
            case Action.SetEthDst set -> new Step(Code.SET_ETH_DST, 0, set.mac(), null);
            case Action.Group group -> new Step(Code.GROUP, group.id(), 0, null);
            case Action.Resubmit resubmit -> new Step(Code.RESUBMIT, resubmit.table(), 0, null);
            case Action.Ct ct -> new Step(Code.CT, ct.zone(), 0, ct);
        };
    }

    static Step[] listOf(List<Action> actions) {
        return actions.stream().map(Step::of).toArray(Step[]::new);
    }
}
