package io.sluice.control.differential;

import io.sluice.control.differential.Answer.Tracked;
import java.io.BufferedReader;
import java.io.BufferedWriter;
import java.io.IOException;
import java.net.URISyntaxException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;

/** Linux's connection tracking, in a network namespace that ends with its process. */
final class KernelTracking implements Tracking {
    private final Process process;
    private final BufferedWriter commands;
    private final BufferedReader answers;

    KernelTracking(List<Integer> zones) throws IOException {
        Path program = resource("kernel_conntrack.py");
        process =
                new ProcessBuilder("unshare", "--net", "python3", program.toString())
                        .redirectError(ProcessBuilder.Redirect.INHERIT)
                        .start();
        commands = process.outputWriter();
        answers = process.inputReader();
        write("zones " + zones.stream().map(String::valueOf).collect(Collectors.joining(" ")));
        expect("ready");
    }

    private static Path resource(String name) {
        try {
            return Path.of(KernelTracking.class.getResource(name).toURI());
        } catch (URISyntaxException e) {
            throw new IllegalStateException(e);
        }
    }

    @Override
    public List<Answer> send(List<Packet> packets) throws IOException {
        for (Packet packet : packets) {
            commands.write("packet " + packet.hex() + " " + packet.whole() + "\n");
        }
        commands.flush();
        List<Answer> said = new ArrayList<>();
        for (int i = 0; i < packets.size(); i++) {
            String[] fields = read().split("\t", 2);
            said.add(new Answer(Integer.parseInt(fields[0]), tracked(fields[1])));
        }
        return said;
    }

    private static Tracked tracked(String text) {
        if (text.equals("-")) {
            return Tracked.NONE;
        }
        String[] fields = text.split("\t", 3);
        return new Tracked(fields[0], fields[1], Long.parseLong(fields[2]));
    }

    @Override
    public List<Tracked> dump() throws IOException {
        write("dump");
        List<Tracked> all = new ArrayList<>();
        for (String line = read(); !line.equals("end"); line = read()) {
            all.add(tracked(line));
        }
        return all;
    }

    @Override
    public void flush() throws IOException {
        write("flush");
        expect("flushed");
    }

    /** Adds a rule of translation, in words of nft. */
    void translate(String rule) throws IOException {
        write("nat " + rule);
        expect("ready");
    }

    /** The frame as it leaves; empty when it does not. */
    Optional<byte[]> forward(byte[] frame) throws IOException {
        write("frame " + HexFormat.of().formatHex(frame));
        String answer = read();
        return answer.equals("-") ? Optional.empty() : Optional.of(HexFormat.of().parseHex(answer));
    }

    private void write(String command) throws IOException {
        commands.write(command + "\n");
        commands.flush();
    }

    private String read() throws IOException {
        String line = answers.readLine();
        if (line == null) {
            throw new IOException(
                    "the kernel's side has ended, and said why on standard error; it needs root,"
                            + " unshare, python3, ip and nft (scripts/setup)");
        }
        return line;
    }

    private void expect(String answer) throws IOException {
        String line = read();
        if (!line.equals(answer)) {
            throw new IOException("expected " + answer + ", got " + line);
        }
    }

    @Override
    public void close() throws IOException {
        // The end of its input ends it.
        commands.close();
        try {
            if (!process.waitFor(10, TimeUnit.SECONDS)) {
                process.destroyForcibly();
            }
        } catch (InterruptedException e) {
            process.destroyForcibly();
            Thread.currentThread().interrupt();
        }
    }
}
