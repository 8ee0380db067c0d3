package io.sluice.perf;

import java.io.File;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;
import java.util.function.Supplier;
import java.util.stream.Stream;

/** Finds programs and runs short ones to their end. */
final class Programs {
    private static final String SYSTEM_DIRECTORIES = ":/usr/local/sbin:/usr/sbin:/sbin";

    private static final Duration POLL = Duration.ofMillis(100);

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
     * @param trouble asked while it runs: a sentence if waiting has become pointless
     * @throws BenchException if it fails, takes longer than {@code limit}, or there is trouble
     */
    static String run(Child child, Duration limit, Supplier<Optional<String>> trouble) {
        long deadline = System.nanoTime() + limit.toNanos();
        Optional<String> sentence = Optional.empty();
        boolean ended = false;
        while (!ended && sentence.isEmpty() && System.nanoTime() < deadline) {
            ended = child.endsWithin(POLL);
            sentence = trouble.get();
        }
        child.end(Duration.ofSeconds(2));
        if (sentence.isPresent()) {
            throw new BenchException(sentence.get());
        }
        if (!ended || child.exitCode() != 0) {
            throw new BenchException(
                    child.name() + (ended ? " failed" : " took too long") + child.lastWords());
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
