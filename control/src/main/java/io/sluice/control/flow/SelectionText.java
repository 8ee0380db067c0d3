package io.sluice.control.flow;

import io.sluice.control.text.NearestWord;
import io.sluice.control.text.Numbers;
import io.sluice.control.text.Span;
import io.sluice.control.text.Word;
import io.sluice.control.text.Word.Form;
import io.sluice.fastpath.Group;
import io.sluice.fastpath.HashedField;
import io.sluice.fastpath.Selection;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.stream.Collectors;

/** How a select group says which bucket a packet goes through. */
final class SelectionText {
    private static final List<Selection.Method> METHODS =
            List.of(
                    Selection.Method.HASH,
                    Selection.Method.DP_HASH,
                    Selection.Method.MAGLEV,
                    Selection.Method.SOURCE_HASH,
                    Selection.Method.ROUND_ROBIN,
                    Selection.Method.LEAST_CONNECTIONS);
    private static final List<String> NAMES = METHODS.stream().map(SelectionText::name).toList();
    private static final int MAX_AFFINITY_SECONDS = 1_000_000;
    private static final int MAX_AFFINITY_CLIENTS = 1 << 20;

    private final List<HashedField> fields = new ArrayList<>();
    private Selection.Method method = Selection.Method.UNSAID;
    private long parameter;
    private int affinitySeconds;
    private int affinityClients = Selection.DEFAULT_AFFINITY_CLIENTS;

    // For errors; null when not given.
    private Word methodWord;
    private Word parameterWord;
    private Word fieldsWord;
    private Word timeoutWord;
    private Word clientsWord;

    /** Takes the word if it is about the selection. */
    boolean take(Word word, PortNames ports) {
        switch (word.key()) {
            case "selection_method" -> {
                methodWord = word;
                method = method(word.requireValue("METHOD"));
            }
            case "selection_method_param" -> {
                parameterWord = word;
                parameter = Numbers.parse64(word.requireValue("N"), "a number of 64 bits");
            }
            case "fields" -> {
                fieldsWord = word;
                Span list = word.form() == Form.PARENTHESES ? word.value() : value(word);
                HashedFieldText.read(list, ports, fields);
            }
            case "affinity_timeout" -> {
                timeoutWord = word;
                affinitySeconds =
                        Numbers.parse(
                                word.requireValue("SECONDS"),
                                1,
                                MAX_AFFINITY_SECONDS,
                                "a number of seconds");
            }
            case "affinity_clients" -> {
                clientsWord = word;
                affinityClients =
                        Numbers.parse(
                                word.requireValue("N"),
                                1,
                                MAX_AFFINITY_CLIENTS,
                                "a number of clients");
            }
            default -> {
                return false;
            }
        }
        return true;
    }

    /** The selection, once all words of the group are taken. */
    Selection build(Group.Type type) {
        if (methodWord != null && type != Group.Type.SELECT) {
            throw methodWord.name().error("only groups of type select have a selection_method");
        }
        if (parameterWord != null && methodWord == null) {
            throw parameterWord.name().error("selection_method_param needs a selection_method");
        }
        if (fieldsWord != null && method != Selection.Method.HASH) {
            throw fieldsWord.name().error("fields needs selection_method=hash");
        }
        if (parameterWord != null && method.compareTo(Selection.Method.ROUND_ROBIN) >= 0) {
            throw parameterWord
                    .name()
                    .error(name(method) + " hashes nothing, and has no selection_method_param");
        }
        if (timeoutWord != null && !method.bindsConnections()) {
            throw timeoutWord
                    .name()
                    .error(
                            "affinity_timeout needs a selection_method of maglev, source_hash,"
                                    + " round_robin or least_connections");
        }
        if (clientsWord != null && timeoutWord == null) {
            throw clientsWord.name().error("affinity_clients needs affinity_timeout");
        }
        Selection selection =
                new Selection(method, parameter, fields, affinitySeconds, affinityClients);
        if (method == Selection.Method.DP_HASH
                && Integer.compareUnsigned(selection.algorithm(), Selection.SYMMETRIC) > 0) {
            throw parameterWord
                    .value()
                    .expected("an algorithm in the upper 32 bits: 0 (five-tuple) or 1 (symmetric)");
        }
        return selection;
    }

    private static Span value(Word word) {
        return word.requireValue("FIELD");
    }

    private static String name(Selection.Method method) {
        return method.name().toLowerCase(Locale.ROOT);
    }

    private static Selection.Method method(Span text) {
        int index = NAMES.indexOf(text.text());
        if (index < 0) {
            throw text.error(
                    "unknown selection method %s, expected one of %s%s"
                            .formatted(
                                    text.quoted(),
                                    String.join(" ", NAMES),
                                    NearestWord.hint(text.text(), NAMES)));
        }
        return METHODS.get(index);
    }

    /** As the words of a group, each behind a comma; nothing for the default. */
    static String show(Selection selection) {
        if (selection.method() == Selection.Method.UNSAID) {
            return "";
        }
        StringBuilder text =
                new StringBuilder(",selection_method=").append(name(selection.method()));
        if (selection.parameter() != 0) {
            text.append(",selection_method_param=")
                    .append(Long.toUnsignedString(selection.parameter()));
        }
        List<HashedField> fields = selection.fields();
        if (fields.size() == 1) {
            text.append(",fields=").append(HashedFieldText.show(fields.getFirst()));
        } else if (!fields.isEmpty()) {
            text.append(
                    fields.stream()
                            .map(HashedFieldText::show)
                            .collect(Collectors.joining(",", ",fields(", ")")));
        }
        if (selection.affinitySeconds() != 0) {
            text.append(",affinity_timeout=").append(selection.affinitySeconds());
            if (selection.affinityClients() != Selection.DEFAULT_AFFINITY_CLIENTS) {
                text.append(",affinity_clients=").append(selection.affinityClients());
            }
        }
        return text.toString();
    }
}
