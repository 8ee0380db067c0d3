package io.sluice.control.cli;

import io.sluice.control.config.AllowedCores;
import io.sluice.control.config.Config;
import io.sluice.control.config.ConfigException;
import io.sluice.control.config.ConfigReader;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParentCommand;
import picocli.CommandLine.Spec;

/** {@code sluice run}. */
@Command(
        name = "run",
        description = {
            "Starts Sluice in the foreground. It logs to standard error and prints 'sluice ready'"
                    + " on standard output when its ports are up. SIGTERM stops it.",
            "Exit code: 0 stopped as asked, 1 could not start, 2 wrong config."
        },
        mixinStandardHelpOptions = true)
final class RunCommand implements Callable<Integer> {
    private static final int WRONG_CONFIG = 2;

    @Spec private CommandSpec spec;
    @ParentCommand private MainCommand parent;

    @Option(
            names = "--config",
            paramLabel = "FILE",
            description = "The config file (YAML). Without one: no ports, no flows.")
    private Path file;

    @Override
    public Integer call() throws InterruptedException {
        PrintWriter err = spec.commandLine().getErr();
        try {
            ConfigReader reader = new ConfigReader(AllowedCores.read());
            Config config = file == null ? reader.defaults() : reader.read(file);
            Path socket = parent.socketOr(config.socket());
            return new Daemon(config, socket, spec.commandLine().getOut(), err).run();
        } catch (ConfigException e) {
            e.mistakes().forEach(err::println);
            err.flush();
            return WRONG_CONFIG;
        }
    }
}
