package io.sluice.control.command;

import io.sluice.control.engine.ControlThread;
import io.sluice.control.flow.RulesException;
import io.sluice.control.socket.Answer;
import io.sluice.control.socket.CommandException;
import io.sluice.control.socket.CommandHandler;
import io.sluice.control.text.NearestWord;
import io.sluice.control.text.SyntaxException;
import io.sluice.dpdk.DpdkException;
import java.util.List;

/**
 * Hands commands to the control thread, one after the other, but for those that any thread may
 * carry out, and turns refusals into errors.
 */
public final class Dispatcher implements CommandHandler {
    private final ControlThread thread;
    private final Running running;

    public Dispatcher(ControlThread thread, Running running) {
        this.thread = thread;
        this.running = running;
    }

    @Override
    public Answer call(String method, List<String> given) throws InterruptedException {
        Command command =
                CommandTable.find(method)
                        .orElseThrow(() ->
                                new CommandException(
                                        "unknown method '%s', see list-commands%s"
                                                .formatted(
                                                        method,
                                                        NearestWord.hint(
                                                                method, CommandTable.names()))));
        try {
            Parameters parameters = new Parameters(given);
            return command.anywhere()
                    ? command.handler().run(running, parameters)
                    : thread.call(() -> command.handler().run(running, parameters));
        } catch (SyntaxException
                | RulesException
                | DpdkException
                | IllegalArgumentException
                | IllegalStateException e) {
            throw new CommandException(e.getMessage());
        }
    }
}
