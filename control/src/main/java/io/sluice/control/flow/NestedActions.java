package io.sluice.control.flow;

import io.sluice.fastpath.Action;
import java.util.List;
import java.util.stream.Stream;

/** What a flow does, at whatever depth it is written. */
final class NestedActions {
    private NestedActions() {}

    /** The actions, and those within them. */
    static Stream<Action> of(List<Action> actions) {
        return actions.stream()
                .flatMap(action ->
                        switch (action) {
                            case Action.Clone clone ->
                                    Stream.concat(Stream.of(action), of(clone.actions()));
                            case Action.WriteActions write ->
                                    Stream.concat(Stream.of(action), of(write.actions()));
                            default -> Stream.of(action);
                        });
    }

    static boolean namePort(List<Action> actions, int port) {
        return of(actions)
                .anyMatch(action ->
                        switch (action) {
                            case Action.Output output -> output.port() == port;
                            case Action.OutputTruncated output -> output.port() == port;
                            default -> false;
                        });
    }

    /** Meters that they name. */
    static Stream<Integer> meters(List<Action> actions) {
        return of(actions)
                .filter(action -> action instanceof Action.Meter)
                .map(action -> ((Action.Meter) action).id());
    }
}
