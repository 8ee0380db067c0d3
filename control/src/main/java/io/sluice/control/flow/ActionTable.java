package io.sluice.control.flow;

import io.sluice.control.text.Numbers;
import io.sluice.control.text.Span;
import io.sluice.control.text.Word;
import io.sluice.control.text.Words;
import io.sluice.fastpath.Action;
import io.sluice.fastpath.Field;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;

/** Every word that a list of actions may contain. A new action is a row. */
final class ActionTable {
    static final int MAX_TABLE = 254;

    /** Turns a word into an action; the word's name is the row's. */
    interface ActionReader {
        Action read(Word word, ActionContext context);
    }

    private static final Map<String, ActionReader> BY_NAME = byName();

    private ActionTable() {}

    static ActionReader find(String name) {
        // Open vSwitch writes NORMAL and IN_PORT, people write either.
        ActionReader exact = BY_NAME.get(name);
        return exact != null ? exact : BY_NAME.get(name.toLowerCase(Locale.ROOT));
    }

    static Collection<String> names() {
        return BY_NAME.keySet();
    }

    private static Map<String, ActionReader> byName() {
        Map<String, ActionReader> rows = new LinkedHashMap<>();
        rows.put("output", (word, context) -> output(word.requireValue("PORT"), context));
        rows.put("in_port", bare(new Action.OutputInPort()));
        rows.put("normal", bare(new Action.Normal()));
        rows.put("mod_dl_src", (word, context) -> Action.Set.whole(Field.ETH_SRC, mac(word)));
        rows.put("mod_dl_dst", (word, context) -> Action.Set.whole(Field.ETH_DST, mac(word)));
        rows.put("set_field", (word, context) -> SetField.read(word));
        rows.put("group", ActionTable::group);
        rows.put("resubmit", (word, context) -> resubmit(word));
        rows.put("goto_table", ActionTable::gotoTable);
        rows.put("ct", CtReader::read);
        return rows;
    }

    private static ActionReader bare(Action action) {
        return (word, context) -> {
            word.requireBare();
            return action;
        };
    }

    /** A port, or one of the words that stand for one. */
    static Action output(Span port, ActionContext context) {
        return switch (port.text().toLowerCase(Locale.ROOT)) {
            case "in_port" -> new Action.OutputInPort();
            case "normal" -> new Action.Normal();
            default -> new Action.Output(PortText.read(port, context.ports()));
        };
    }

    private static long mac(Word word) {
        return Addresses.mac(word.requireValue("xx:xx:xx:xx:xx:xx"));
    }

    private static Action group(Word word, ActionContext context) {
        return new Action.Group(GroupLine.id(word.requireValue("ID")));
    }

    private static Action resubmit(Word word) {
        Words parts = word.requireList();
        Span list = word.value();
        int comma = list.indexOf(",");
        if (comma < 0 || !list.part(0, comma).text().isBlank()) {
            throw list.expected("(,TABLE): resubmitting as another port is not supported");
        }
        if (!parts.hasNext()) {
            throw list.from(comma + 1).expected("a table after the comma");
        }
        Span table = parts.next().name();
        if (parts.hasNext()) {
            throw parts.rest().error("resubmit(,TABLE) takes nothing after the table");
        }
        return Action.Resubmit.to(table(table));
    }

    private static Action gotoTable(Word word, ActionContext context) {
        Span text = word.requireValue("TABLE");
        int table = table(text);
        if (context.isBucket()) {
            throw word.name().error("a bucket cannot have goto_table; resubmit(,TABLE) can");
        }
        if (table <= context.table().orElse(0)) {
            throw text.expected(
                    "a table after the flow's own %d (resubmit(,TABLE) may go back)"
                            .formatted(context.table().orElse(0)));
        }
        return new Action.GotoTable(table);
    }

    static int table(Span text) {
        return Numbers.parse(text, 0, MAX_TABLE, "a table number");
    }
}
