package io.sluice.perf;

import java.io.File;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;

/** Finds programs and runs short ones to their end. */
final class Programs {
    private static final String SYSTEM_DIRECTORIES = ":/usr/local/sbin:/usr/sbin:/sbin";

    private Programs() {}

    /** A program on the path or where administrators keep theirs. */
    static Optional<Path> find(String name) {
        String path = System.getenv().getOrDefault("PATH", "") + SYSTEM_DIRECTORIES;
        return Stream.of(path.split(File.pathSeparator))
                .filter(directory -> !directory.isEmpty())
                .map(directory -> Path.of(directory, name))
                .filter(Files::isExecutable)
                .findFirst();
    }

    /**
     * Runs a program to its end and returns its output.
     *
     * @throws BenchException if it fails or takes longer than {@code limit}
     */
    static String run(
            Children children,
            List<String> command,
            Map<String, String> environment,
            Path directory,
            Duration limit) {
        Path log;
        try {
            log =
                    Files.createTempFile(
                            directory, Path.of(command.getFirst()).getFileName() + "-", ".log");
        } catch (IOException e) {
            throw new BenchException("cannot write in " + directory + ": " + e.getMessage(), e);
        }
        Child child = children.start(command, environment, log);
        boolean ended = child.endsWithin(limit);
        child.end(Duration.ofSeconds(2));
        if (!ended || child.exitCode() != 0) {
            throw new BenchException(
                    "`%s` %s%s"
                            .formatted(
                                    String.join(" ", command),
                                    ended ? "failed" : "took too long",
                                    child.lastWords()));
        }
        return child.output();
    }

    /** The first line a program prints, for facts about the machine; empty if that fails. */
    static Optional<String> firstLine(String... command) {
        try {
            Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
            try (var lines = process.inputReader(StandardCharsets.UTF_8).lines()) {
                return lines.findFirst().filter(line -> !line.isBlank());
            } finally {
                process.destroy();
            }
        } catch (IOException e) {
            return Optional.empty();
        }
    }
}
