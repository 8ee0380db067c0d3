package io.sluice.control.config;

import io.sluice.control.config.Section.Placed;
import io.sluice.control.flow.Change;
import io.sluice.control.flow.ChangeReader;
import io.sluice.control.flow.FlowStore;
import io.sluice.control.flow.PortNames;
import io.sluice.control.flow.RulesException;
import java.io.IOException;
import java.nio.charset.MalformedInputException;
import java.nio.file.AccessDeniedException;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.snakeyaml.engine.v2.nodes.Node;

/** Reads the flow files that a config names. */
final class FlowFiles {
    private final Path folder;
    private final PortNames ports;
    private final Mistakes mistakes;

    /**
     * @param folder that relative names start from
     */
    FlowFiles(Path folder, PortNames ports, Mistakes mistakes) {
        this.folder = folder;
        this.ports = ports;
        this.mistakes = mistakes;
    }

    List<Change.Placed> read(List<Placed<String>> names) {
        List<Change.Placed> all = new ArrayList<>();
        boolean readable = true;
        for (Placed<String> name : names) {
            try {
                all.addAll(readOne(name.value()));
            } catch (RulesException e) {
                readable = false;
                mistakes.addPlaced(name.node(), e.mistakes());
            } catch (IOException e) {
                readable = false;
                addUnreadable(name, reason(e));
            } catch (InvalidPathException e) {
                readable = false;
                addUnreadable(name, e.getReason());
            }
        }
        if (readable && !names.isEmpty()) {
            checkTogether(all, names.getLast().node());
        }
        return List.copyOf(all);
    }

    private void addUnreadable(Placed<String> name, String reason) {
        mistakes.add(
                name.node(),
                "flow file '%s' cannot be read (%s), expected a file with flows"
                        .formatted(name.value(), reason));
    }

    /** A flow of one file may name a group or meter of another. */
    private void checkTogether(List<Change.Placed> all, Node node) {
        try {
            new FlowStore(change -> {}).replace(all);
        } catch (RulesException e) {
            mistakes.addPlaced(node, e.mistakes());
        }
    }

    private List<Change.Placed> readOne(String name) throws IOException {
        Path path = folder.resolve(name);
        return new ChangeReader(ports, ChangeReader.Verb.ADD, Optional.of(path.toString()))
                .read(Files.readString(path));
    }

    static String reason(IOException e) {
        return switch (e) {
            case NoSuchFileException missing -> "no such file";
            case AccessDeniedException denied -> "no permission";
            case MalformedInputException malformed -> "not UTF-8 text";
            default -> e.getMessage();
        };
    }
}
