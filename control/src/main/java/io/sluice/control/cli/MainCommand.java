package io.sluice.control.cli;

import io.sluice.control.command.CommandTable;
import io.sluice.control.config.Config;
import io.sluice.control.socket.CommandException;
import io.sluice.control.socket.ControlClient;
import io.sluice.control.socket.OutputException;
import io.sluice.control.socket.SocketException;
import java.io.BufferedOutputStream;
import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.ScopeType;
import picocli.CommandLine.Spec;

/** The command line: {@code run} starts Sluice, everything else asks a running one. */
@Command(
        name = "sluice",
        description = {
            "A stateful packet processor: flows, connection tracking, NAT and load balancing.",
            "",
            "'sluice run' starts it, 'sluice log' reads its log. Every other command asks the"
                    + " running one."
        },
        customSynopsis = {
            "sluice [--socket=PATH] run [--config=FILE]",
            "sluice log [--file=PATH] [--follow] [--format=json] [FILTER...]",
            "sluice [--socket=PATH] COMMAND [PARAMETER...]"
        },
        mixinStandardHelpOptions = true,
        versionProvider = MainCommand.VersionProvider.class,
        subcommands = {RunCommand.class, LogCommand.class})
public final class MainCommand implements Callable<Integer> {
    /** What the system says of a pipe that nobody reads. */
    private static final String BROKEN_PIPE = "Broken pipe";

    @Spec private CommandSpec spec;

    @Option(
            names = "--socket",
            paramLabel = "PATH",
            scope = ScopeType.INHERIT,
            description = "The control socket (default: /run/sluice/sluice.sock).")
    private Path socket;

    @Parameters(
            paramLabel = "COMMAND",
            arity = "0..*",
            description = "A command of the list below, and its parameters.")
    private List<String> words = new ArrayList<>();

    /** What {@code --version} prints. */
    static final class VersionProvider implements CommandLine.IVersionProvider {
        @Override
        public String[] getVersion() {
            return new String[] {"sluice " + io.sluice.control.command.Version.text()};
        }
    }

    /** The parser of command lines, ready to execute one. */
    public static CommandLine newCommandLine() {
        CommandLine commandLine = new CommandLine(new MainCommand());
        commandLine.setUnmatchedOptionsArePositionalParams(true);
        commandLine.setParameterExceptionHandler(MainCommand::explainWrongCommandLine);
        commandLine.getCommandSpec().usageMessage().footer(commandList());
        return commandLine;
    }

    /** The socket that was named, if one was. */
    Path socketOr(Path otherwise) {
        return socket == null ? otherwise : socket;
    }

    @Override
    public Integer call() {
        Call call;
        try {
            call = Call.of(words);
        } catch (CommandException e) {
            throw new ParameterException(spec.commandLine(), e.getMessage());
        }
        PrintWriter err = spec.commandLine().getErr();
        try (OutputStream out =
                new BufferedOutputStream(new FileOutputStream(FileDescriptor.out))) {
            Call complete = call.withTextOfFile(System.in);
            boolean stream = CommandTable.find(complete.method()).orElseThrow().streams();
            new ControlClient(socketOr(Config.DEFAULT_SOCKET))
                    .print(complete.method(), complete.parameters(), stream, out);
            return CommandLine.ExitCode.OK;
        } catch (OutputException e) {
            if (BROKEN_PIPE.equals(e.getMessage())) {
                // Who read it has read enough.
                return CommandLine.ExitCode.OK;
            }
            return refuse(err, "standard output cannot be written: " + e.getMessage());
        } catch (CommandException | SocketException | IOException e) {
            return refuse(err, e.getMessage().stripTrailing());
        }
    }

    private static int refuse(PrintWriter err, String sentence) {
        err.println("sluice: " + sentence);
        err.flush();
        return CommandLine.ExitCode.SOFTWARE;
    }

    private static int explainWrongCommandLine(ParameterException e, String[] arguments) {
        PrintWriter err = e.getCommandLine().getErr();
        err.println("sluice: " + e.getMessage() + "; see sluice --help");
        err.flush();
        return CommandLine.ExitCode.USAGE;
    }

    private static String[] commandList() {
        List<String> lines = new ArrayList<>();
        lines.add("");
        lines.add("Commands of a running Sluice ('ct dump' and 'ct/dump' are the same):");
        for (io.sluice.control.command.Command command : CommandTable.ALL) {
            String name = command.name().replace('/', ' ');
            lines.add("  %-15s %s".formatted(name, escape(command.summary())));
            if (!command.parameters().isEmpty()) {
                lines.add("  %-15s   %s".formatted("", escape(command.parameters())));
            }
        }
        lines.add("");
        lines.add(
                "Any of them takes --format=json. 'flow add -' and the like read standard input,");
        lines.add("'flow replace FILE' reads a file. Flows are written as for Open vSwitch.");
        lines.add("Exit code: 0 done, 1 refused, 2 wrong command line or config.");
        return lines.toArray(String[]::new);
    }

    /** Picocli takes percent signs and at signs for its own. */
    private static String escape(String text) {
        return text.replace("%", "%%");
    }
}
