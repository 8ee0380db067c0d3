package io.sluice.control.flow;

import io.sluice.control.text.NearestWord;
import io.sluice.control.text.Numbers;
import io.sluice.control.text.Span;
import io.sluice.control.text.Word;
import io.sluice.control.text.Word.Form;
import io.sluice.control.text.Words;
import io.sluice.fastpath.Action;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;

/** Reads what stands after {@code actions=}. */
final class ActionListReader {
    private ActionListReader() {}

    /** The actions; none when the text is empty or says {@code drop}. */
    static List<Action> read(Span text, ActionContext context) {
        List<Action> actions = new ArrayList<>();
        ActionOrder order = new ActionOrder(context.place());
        ActionContext here = context;
        Words words = new Words(text);
        while (words.hasNext()) {
            Word word = words.next();
            order.check(word);
            if (word.key().equalsIgnoreCase("drop")) {
                word.requireBare();
                continue;
            }
            Action action = readOne(word, here);
            order.check(word, action);
            here = here.after(action);
            actions.add(action);
        }
        return actions;
    }

    private static Action readOne(Word word, ActionContext context) {
        ActionTable.ActionReader reader = ActionTable.find(word.key());
        if (reader != null) {
            return reader.read(word, context);
        }
        boolean isPort =
                word.form() == Form.BARE
                        && (Numbers.isNumber(word.key())
                                || context.ports().number(word.key()).isPresent());
        if (isPort) {
            return OutputReader.port(word.name(), context);
        }
        Set<String> known = new TreeSet<>(context.ports().names());
        known.addAll(ActionTable.names());
        known.add("drop");
        throw word.name()
                .error(
                        "unknown action %s, expected an action or a port%s"
                                .formatted(
                                        word.name().quoted(), NearestWord.hint(word.key(), known)));
    }
}
