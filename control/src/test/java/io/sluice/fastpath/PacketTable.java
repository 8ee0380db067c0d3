package io.sluice.fastpath;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;

/**
 * A file of cases: flows, packets that go in, and what must come out of each.
 *
 * <pre>
 * packet NAME WORDS          a packet in match syntax, for all cases of the file that follow
 * case TITLE                 begins a case
 * flow ...                   a line of flow syntax, also group_id=... and meter=...
 * in PORT PACKET             the packet goes in; what follows up to the next "in" is its outcome
 * out PORT PACKET            comes out there; in any order, but all of them, and nothing else
 * out PORT/BYTES PACKET      the same, but only so many bytes of it
 * drop REASON                is counted for this reason
 * </pre>
 *
 * <p>PACKET is {@code NAME[,WORD...]}: the words replace those of the same name, and {@code -word}
 * takes one away.
 */
record PacketTable(List<Case> cases) {
    record Case(String title, List<String> flows, List<Step> steps) {
        @Override
        public String toString() {
            return title;
        }
    }

    record Step(String where, int port, String packet, List<Out> outs, List<String> drops) {}

    record Out(int port, int maxBytes, String packet) {}

    static PacketTable read(Path file) {
        try {
            return new Reader(file).read(Files.readAllLines(file));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static final class Reader {
        private final Path file;
        private final Map<String, String> packets = new LinkedHashMap<>();
        private final List<Case> cases = new ArrayList<>();
        private int line;

        Reader(Path file) {
            this.file = file;
        }

        PacketTable read(List<String> lines) {
            for (String each : lines) {
                line++;
                String text = each.strip();
                if (!text.isEmpty() && !text.startsWith("#")) {
                    int blank = text.indexOf(' ');
                    readLine(text.substring(0, blank), text.substring(blank + 1).strip());
                }
            }
            return new PacketTable(cases);
        }

        private void readLine(String word, String rest) {
            switch (word) {
                case "packet" -> {
                    int blank = rest.indexOf(' ');
                    packets.put(rest.substring(0, blank), rest.substring(blank + 1).strip());
                }
                case "case" -> {
                    String title = file.getFileName() + ":" + line + " " + rest;
                    cases.add(new Case(title, new ArrayList<>(), new ArrayList<>()));
                }
                case "flow" -> cases.getLast().flows.add(rest);
                case "in" -> {
                    String where = file.getFileName() + ":" + line;
                    Step step =
                            new Step(
                                    where,
                                    port(rest),
                                    packet(rest),
                                    new ArrayList<>(),
                                    new ArrayList<>());
                    cases.getLast().steps.add(step);
                }
                case "out" -> cases.getLast().steps.getLast().outs.add(out(rest));
                case "drop" -> cases.getLast().steps.getLast().drops.add(rest);
                default -> throw new AssertionError(file + ":" + line + ": " + word + "?");
            }
        }

        private Out out(String rest) {
            int slash = rest.indexOf('/');
            return slash < 0 || slash > rest.indexOf(' ')
                    ? new Out(port(rest), Integer.MAX_VALUE, packet(rest))
                    : new Out(
                            Integer.parseInt(rest.substring(0, slash)),
                            port(rest.substring(slash + 1)),
                            packet(rest));
        }

        private static int port(String rest) {
            return Integer.parseInt(rest.substring(0, rest.indexOf(' ')));
        }

        private String packet(String rest) {
            String[] words = rest.substring(rest.indexOf(' ')).strip().split(",", -1);
            String named = packets.get(words[0]);
            if (named == null) {
                throw new AssertionError(file + ":" + line + ": no packet " + words[0]);
            }
            Map<String, String> byName = new LinkedHashMap<>();
            for (String word : named.split(",", -1)) {
                byName.put(name(word), word);
            }
            for (int i = 1; i < words.length; i++) {
                if (words[i].startsWith("-")) {
                    byName.remove(words[i].substring(1));
                } else {
                    byName.put(name(words[i]), words[i]);
                }
            }
            return byName.values().stream().collect(Collectors.joining(","));
        }

        private static String name(String word) {
            int equals = word.indexOf('=');
            return equals < 0 ? word : word.substring(0, equals);
        }
    }
}
