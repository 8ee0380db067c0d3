package io.sluice.fastpath;

import java.util.List;

/**
 * An {@link Action} as workers execute it: a code to switch on, a number, the action itself, and
 * the steps within it.
 */
final class Step {
    private static final Step[] NONE = {};

    enum Code {
        OUTPUT,
        OUTPUT_TRUNCATED,
        OUTPUT_FIELD,
        IN_PORT,
        NORMAL,
        FLOOD,
        CONTROLLER,
        SET,
        MOVE,
        PUSH_VLAN,
        POP_VLAN,
        SET_VLAN_VID,
        SET_VLAN_PCP,
        DEC_TTL,
        GROUP,
        RESUBMIT,
        GOTO_TABLE,
        CT,
        CT_CLEAR,
        CLONE,
        LEARN,
        FIN_TIMEOUT,
        NOTHING,
        MULTIPATH,
        CHECK_PKT_LARGER,
        METER,
        WRITE_ACTIONS,
        CLEAR_ACTIONS,
        EXIT
    }

    private final Code code;
    private final int number;
    private final Action action;
    private final Step[] nested;
    private final Match learned;

    private Step(Code code, int number, Action action) {
        this(code, number, action, NONE);
    }

    private Step(Code code, int number, Action action, Step[] nested) {
        this(code, number, action, nested, null);
    }

    private Step(Code code, int number, Action action, Step[] nested, Match learned) {
        this.learned = learned;
        this.code = code;
        this.number = number;
        this.action = action;
        this.nested = nested;
    }

    Code code() {
        return code;
    }

    /** What the action is about, where a number says it: a port, a table, a group. */
    int number() {
        return number;
    }

    Action action() {
        return action;
    }

    /** The steps of a {@code clone} or {@code write_actions}; not to be changed. */
    Step[] nested() {
        return nested;
    }

    /** The pattern of the matches of a {@code learn}'s flows; null of other steps. */
    Match learned() {
        return learned;
    }

    static Step of(Action action) {
        return switch (action) {
            case Action.Output output -> new Step(Code.OUTPUT, output.port(), action);
            case Action.OutputTruncated output ->
                    new Step(Code.OUTPUT_TRUNCATED, output.port(), action);
            case Action.OutputField _ -> new Step(Code.OUTPUT_FIELD, 0, action);
            case Action.OutputInPort _ -> new Step(Code.IN_PORT, 0, action);
            case Action.Normal _ -> new Step(Code.NORMAL, 0, action);
            case Action.Flood _, Action.All _ -> new Step(Code.FLOOD, 0, action);
            case Action.Controller _ -> new Step(Code.CONTROLLER, 0, action);
            case Action.Set _ -> new Step(Code.SET, 0, action);
            case Action.Move _ -> new Step(Code.MOVE, 0, action);
            case Action.PushVlan push -> new Step(Code.PUSH_VLAN, push.tpid(), action);
            case Action.PopVlan _ -> new Step(Code.POP_VLAN, 0, action);
            case Action.SetVlanVid set -> new Step(Code.SET_VLAN_VID, set.vid(), action);
            case Action.SetVlanPcp set -> new Step(Code.SET_VLAN_PCP, set.pcp(), action);
            case Action.DecTtl _ -> new Step(Code.DEC_TTL, 0, action);
            case Action.Group group -> new Step(Code.GROUP, group.id(), action);
            case Action.Resubmit resubmit -> new Step(Code.RESUBMIT, resubmit.table(), action);
            case Action.GotoTable go -> new Step(Code.GOTO_TABLE, go.table(), action);
            case Action.Ct ct -> new Step(Code.CT, ct.zone(), action);
            case Action.CtClear _ -> new Step(Code.CT_CLEAR, 0, action);
            case Action.Clone clone -> new Step(Code.CLONE, 0, action, listOf(clone.actions()));
            case Action.Learn learn -> ofLearn(learn);
            case Action.FinTimeout _ -> new Step(Code.FIN_TIMEOUT, 0, action);
            // Conjunctions are resolved where rules are looked up.
            case Action.Conjunction _, Action.Note _ -> new Step(Code.NOTHING, 0, action);
            case Action.Multipath _ -> new Step(Code.MULTIPATH, 0, action);
            case Action.CheckPktLarger check ->
                    new Step(Code.CHECK_PKT_LARGER, check.bytes(), action);
            case Action.Meter meter -> new Step(Code.METER, meter.id(), action);
            case Action.WriteActions write ->
                    new Step(Code.WRITE_ACTIONS, 0, action, listOf(write.actions()));
            case Action.ClearActions _ -> new Step(Code.CLEAR_ACTIONS, 0, action);
            case Action.Exit _ -> new Step(Code.EXIT, 0, action);
        };
    }

    private static Step ofLearn(Action.Learn learn) {
        Match pattern = LearnedFlows.flow(learn.flow(), new long[Field.WORDS]).match().pattern();
        return new Step(Code.LEARN, 0, learn, NONE, pattern);
    }

    static Step[] listOf(List<Action> actions) {
        return actions.stream().map(Step::of).toArray(Step[]::new);
    }
}
