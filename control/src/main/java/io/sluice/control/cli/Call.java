package io.sluice.control.cli;

import io.sluice.control.command.CommandTable;
import io.sluice.control.socket.CommandException;
import io.sluice.control.text.NearestWord;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;

/** The words of a command line as a method and its parameters. */
record Call(String method, List<String> parameters) {
    private static final String STANDARD_INPUT = "-";

    /** Take flows or groups: a word without {@code =} can be neither, and names a file. */
    private static final Set<String> READ_FILES =
            Set.of("flow/add", "flow/mod", "flow/replace", "group/add", "group/mod");

    private static final Set<String> READ_INPUT =
            Set.of(
                    "flow/add",
                    "flow/mod",
                    "flow/replace",
                    "flow/del",
                    "group/add",
                    "group/mod",
                    "group/del",
                    "group/insert-buckets",
                    "group/remove-buckets");

    /**
     * Takes {@code ct dump zone=5} for the method {@code ct/dump}.
     *
     * @throws CommandException when the words are no known command
     */
    static Call of(List<String> words) {
        if (words.isEmpty()) {
            throw new CommandException("no command");
        }
        String first = words.getFirst();
        if (CommandTable.find(first).isPresent()) {
            return new Call(first, List.copyOf(words.subList(1, words.size())));
        }
        String method = words.size() > 1 ? first + "/" + words.get(1) : first;
        if (CommandTable.find(method).isEmpty()) {
            throw unknown(first, method);
        }
        return new Call(method, List.copyOf(words.subList(2, words.size())));
    }

    /**
     * Puts the content of the file, or of the input, in the place of its name.
     *
     * @throws IOException with a sentence, when it cannot be read
     */
    Call withTextOfFile(InputStream input) throws IOException {
        List<String> complete = new ArrayList<>(parameters);
        List<String> words = parameters.stream().filter(each -> !each.startsWith("--")).toList();
        if (words.size() != 1) {
            return this;
        }
        String word = words.getFirst();
        if (word.equals(STANDARD_INPUT) && READ_INPUT.contains(method)) {
            String text = new String(input.readAllBytes(), StandardCharsets.UTF_8);
            complete.set(parameters.indexOf(word), text);
        } else if (!word.contains("=") && READ_FILES.contains(method)) {
            complete.set(parameters.indexOf(word), read(Path.of(word)));
        }
        return new Call(method, List.copyOf(complete));
    }

    private static String read(Path file) throws IOException {
        try {
            return Files.readString(file);
        } catch (NoSuchFileException e) {
            throw new IOException(
                    "'%s' is neither a flow nor a group (it has no =) nor the name of a file"
                            .formatted(file),
                    e);
        } catch (IOException e) {
            throw new IOException("file '%s' cannot be read: %s".formatted(file, e), e);
        }
    }

    private static CommandException unknown(String first, String method) {
        List<String> group =
                CommandTable.ALL.stream()
                        .map(command -> command.name().replace('/', ' '))
                        .filter(name -> name.startsWith(first + " "))
                        .toList();
        String spoken = method.replace('/', ' ');
        if (!group.isEmpty()) {
            return new CommandException(
                    "unknown command '%s', expected one of: %s"
                            .formatted(spoken, String.join(", ", group)));
        }
        List<String> known =
                CommandTable.ALL.stream().map(each -> each.name().replace('/', ' ')).toList();
        return new CommandException(
                "unknown command '%s'%s".formatted(spoken, NearestWord.hint(spoken, known)));
    }
}
