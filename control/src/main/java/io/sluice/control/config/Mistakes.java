package io.sluice.control.config;

import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.List;
import org.snakeyaml.engine.v2.nodes.Node;

/** Collects what is wrong with a config file, so that all of it is told at once. */
final class Mistakes {
    private record Mistake(int line, String text) {}

    private final String file;
    private final List<Mistake> found = new ArrayList<>();

    Mistakes(String file) {
        this.file = file;
    }

    void add(Node node, String sentence) {
        add(node.getStartMark().map(mark -> mark.getLine() + 1).orElse(1), sentence);
    }

    /**
     * @param line from 1
     */
    void add(int line, String sentence) {
        found.add(new Mistake(line, file + ":" + line + ": " + sentence));
    }

    /** Mistakes of another file, named by the line here, that already say where they are. */
    void addPlaced(Node node, Collection<String> sentences) {
        int line = node.getStartMark().map(mark -> mark.getLine() + 1).orElse(1);
        sentences.forEach(sentence -> found.add(new Mistake(line, sentence)));
    }

    /** In the order of the file's lines. */
    void throwIfAny() throws ConfigException {
        if (!found.isEmpty()) {
            throw new ConfigException(
                    found.stream()
                            .sorted(Comparator.comparingInt(Mistake::line))
                            .map(Mistake::text)
                            .toList());
        }
    }
}
