package io.sluice.control.cli;

import io.sluice.conntrack.BlockEvent;
import io.sluice.conntrack.ConnEvent;
import io.sluice.conntrack.EventFilter;
import io.sluice.conntrack.EventType;
import io.sluice.control.connection.EventFilterText;
import io.sluice.control.event.EventLogReader;
import io.sluice.control.event.EventLogSettings;
import io.sluice.control.event.EventText;
import io.sluice.control.event.Loss;
import io.sluice.control.text.SyntaxException;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.ExitCode;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code sluice log}. */
@Command(
        name = "log",
        description = {
            "Prints the log of ended connections and port blocks, oldest first. Reads the files of"
                    + " the config's event-log; no Sluice need be running.",
            "FILTER: [type=new,update,destroy,block-allocated,block-released] and the words"
                    + " of 'ct dump'."
        },
        mixinStandardHelpOptions = true)
final class LogCommand implements Callable<Integer> {
    private static final int FOLLOW_PERIOD_MS = 100;

    @Spec private CommandSpec spec;

    @Option(
            names = "--file",
            paramLabel = "PATH",
            description = "The log (default: /var/log/sluice/connections).")
    private Path file = EventLogSettings.DEFAULT_PATH;

    @Option(names = "--follow", description = "Goes on with what is logged from now on.")
    private boolean follow;

    @Option(
            names = "--format",
            paramLabel = "text|json",
            description = "json: a JSON object a line.")
    private String format = "text";

    @Parameters(paramLabel = "FILTER", arity = "0..*", description = "What to show.")
    private List<String> words = new ArrayList<>();

    /** Prints what it is shown. */
    private record Printer(PrintWriter out, PrintWriter err, boolean json)
            implements EventLogReader.Visitor {
        @Override
        public boolean event(ConnEvent event) {
            return print(
                    json
                            ? EventText.json(event)
                            : EventText.time(event.timeMs()) + " " + EventText.line(event));
        }

        @Override
        public boolean block(BlockEvent event) {
            return print(
                    json
                            ? EventText.json(event)
                            : EventText.time(event.timeMs()) + " " + EventText.line(event));
        }

        @Override
        public boolean loss(long timeMs, Loss loss) {
            return print(
                    json
                            ? loss.json().put("time_unix_ms", timeMs).toString()
                            : EventText.time(timeMs) + " " + loss.line());
        }

        /** False when nobody reads it. */
        private boolean print(String line) {
            out.println(line);
            return !out.checkError();
        }

        @Override
        public void damage(String sentence) {
            err.println("sluice: " + sentence);
            err.flush();
        }
    }

    @Override
    public Integer call() throws InterruptedException {
        if (!format.equals("text") && !format.equals("json")) {
            throw new ParameterException(
                    spec.commandLine(), "--format is '" + format + "', expected text or json");
        }
        PrintWriter out = spec.commandLine().getOut();
        PrintWriter err = spec.commandLine().getErr();
        try (EventLogReader reader = new EventLogReader(file, filter(), words.isEmpty())) {
            if (!reader.exists()) {
                throw new IOException("there is no log " + file);
            }
            Printer printer = new Printer(out, err, format.equals("json"));
            while (reader.read(printer) && follow) {
                Thread.sleep(FOLLOW_PERIOD_MS);
            }
            return ExitCode.OK;
        } catch (IOException | UncheckedIOException e) {
            err.println("sluice: the log cannot be read: " + e.getMessage());
            err.flush();
            return ExitCode.SOFTWARE;
        }
    }

    private EventFilter filter() {
        try {
            return EventFilterText.read(String.join(" ", words), EnumSet.allOf(EventType.class));
        } catch (SyntaxException e) {
            throw new ParameterException(spec.commandLine(), e.getMessage(), e);
        }
    }
}
