package io.sluice.control.flow;

import io.sluice.control.flow.ActionContext.Place;
import io.sluice.control.text.Numbers;
import io.sluice.control.text.Span;
import io.sluice.control.text.Word;
import io.sluice.fastpath.Action;
import io.sluice.fastpath.Field;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
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
        rows.put("output", OutputReader::read);
        rows.put("in_port", bare(new Action.OutputInPort()));
        rows.put("normal", bare(new Action.Normal()));
        rows.put("flood", bare(new Action.Flood()));
        rows.put("all", bare(new Action.All()));
        rows.put("table", ActionTable::throughTables);
        rows.put("controller", (word, context) -> ControllerReader.read(word));
        HeaderActions.addTo(rows);
        rows.put("set_field", SetField::read);
        rows.put("load", SetField::load);
        rows.put("move", SetField::move);
        rows.put("group", ActionTable::group);
        rows.put("resubmit", ResubmitReader::read);
        rows.put("goto_table", ActionTable::gotoTable);
        rows.put("ct", CtReader::read);
        rows.put("ct_clear", bare(new Action.CtClear()));
        rows.put("clone", (word, context) -> new Action.Clone(inner(word, context, Place.CLONE)));
        rows.put("learn", LearnReader::read);
        rows.put("fin_timeout", (word, context) -> PositionalReaders.finTimeout(word));
        rows.put("conjunction", (word, context) -> PositionalReaders.conjunction(word));
        rows.put("note", (word, context) -> PositionalReaders.note(word));
        rows.put("multipath", PositionalReaders::multipath);
        rows.put("check_pkt_larger", PositionalReaders::checkPktLarger);
        rows.put("exit", bare(new Action.Exit()));
        rows.put("meter", (word, context) -> PositionalReaders.meter(word));
        rows.put("clear_actions", bare(new Action.ClearActions()));
        rows.put(
                "write_actions",
                (word, context) -> new Action.WriteActions(inner(word, context, Place.ACTION_SET)));
        rows.put("write_metadata", (word, context) -> writeMetadata(word));
        return rows;
    }

    static ActionReader bare(Action action) {
        return (word, context) -> {
            word.requireBare();
            return action;
        };
    }

    private static Action throughTables(Word word, ActionContext context) {
        word.requireBare();
        return OutputReader.throughTables(word.name(), context);
    }

    private static List<Action> inner(Word word, ActionContext context, Place place) {
        word.requireList();
        return ActionListReader.read(word.value(), context.within(place));
    }

    private static Action group(Word word, ActionContext context) {
        return new Action.Group(GroupLine.id(word.requireValue("ID")));
    }

    private static Action gotoTable(Word word, ActionContext context) {
        Span text = word.requireValue("TABLE");
        int table = table(text);
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

    private static Action writeMetadata(Word word) {
        Span text = word.requireValue("VALUE");
        int slash = text.indexOf("/");
        Span number = slash < 0 ? text : text.part(0, slash);
        long value = Numbers.parse64(number, "a number of at most 64 bits");
        long mask = slash < 0 ? -1L : Numbers.parse64(text.from(slash + 1), "a mask");
        return new Action.Set(Field.METADATA, 0, value & mask, 0, mask);
    }
}
