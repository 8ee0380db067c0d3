package io.sluice.control.cli;

import io.sluice.control.socket.ControlClient;
import io.sluice.control.socket.SocketException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import tools.jackson.databind.JsonNode;

/** The real program in a process of its own. */
final class SluiceProcess implements AutoCloseable {
    private static final int TIMEOUT_S = 60;

    private final Path folder;
    private final Process process;

    private SluiceProcess(Path folder, Process process) {
        this.folder = folder;
        this.process = process;
    }

    /** What a process left when it ended. */
    record Ended(int exitCode, String out, String err) {}

    /** The command that runs the program with these arguments. */
    static List<String> command(String... arguments) {
        List<String> command = new ArrayList<>();
        command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
        command.add("-Xmx128m");
        command.add("--enable-native-access=ALL-UNNAMED");
        command.addAll(List.of(System.getProperty("chronicle.flags").split(" ")));
        command.add("-Dsluice.shim=" + System.getProperty("sluice.shim"));
        command.add("-cp");
        command.add(System.getProperty("java.class.path"));
        command.add("io.sluice.control.Sluice");
        command.addAll(List.of(arguments));
        return command;
    }

    /** Starts the program with these arguments; its output goes to files in the folder. */
    static SluiceProcess start(Path folder, String... arguments) throws IOException {
        return launch(folder, command(arguments));
    }

    /** Runs a line of bash in which {@code "$@"} is the program with these arguments. */
    static Ended runInShell(Path folder, String line, String... arguments)
            throws IOException, InterruptedException {
        List<String> command = new ArrayList<>(List.of("bash", "-c", line, "bash"));
        command.addAll(command(arguments));
        try (SluiceProcess process = launch(folder, command)) {
            return process.awaitEnd();
        }
    }

    private static SluiceProcess launch(Path folder, List<String> command) throws IOException {
        Process process =
                new ProcessBuilder(command)
                        .redirectOutput(folder.resolve("out").toFile())
                        .redirectError(folder.resolve("err").toFile())
                        .start();
        return new SluiceProcess(folder, process);
    }

    static Ended run(Path folder, String... arguments) throws IOException, InterruptedException {
        try (SluiceProcess process = start(folder, arguments)) {
            return process.awaitEnd();
        }
    }

    long pid() {
        return process.pid();
    }

    void awaitReady() throws IOException, InterruptedException {
        long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(TIMEOUT_S);
        while (!Files.readString(folder.resolve("out")).contains("sluice ready\n")) {
            if (!process.isAlive() || System.nanoTime() > deadline) {
                throw new AssertionError("not ready: " + Files.readString(folder.resolve("err")));
            }
            Thread.sleep(20);
        }
    }

    /** SIGTERM. */
    void terminate() {
        process.destroy();
    }

    Ended awaitEnd() throws IOException, InterruptedException {
        if (!process.waitFor(TIMEOUT_S, TimeUnit.SECONDS)) {
            throw new AssertionError("does not end: " + Files.readString(folder.resolve("err")));
        }
        return new Ended(
                process.exitValue(),
                Files.readString(folder.resolve("out")),
                Files.readString(folder.resolve("err")));
    }

    static JsonNode call(Path socket, String method, String... parameters) throws SocketException {
        return new ControlClient(socket).call(method, List.of(parameters));
    }

    @Override
    public void close() {
        process.destroyForcibly().onExit().join();
    }
}
