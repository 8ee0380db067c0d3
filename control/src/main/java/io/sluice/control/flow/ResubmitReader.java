package io.sluice.control.flow;

import io.sluice.conntrack.CtState;
import io.sluice.control.text.Span;
import io.sluice.control.text.Word;
import io.sluice.fastpath.Action;
import io.sluice.fastpath.Action.Resubmit;
import io.sluice.fastpath.Field;
import io.sluice.fastpath.Match;
import java.util.ArrayList;
import java.util.List;

/** Reads {@code resubmit:PORT}, {@code resubmit(PORT)} and {@code resubmit(PORT,TABLE,ct)}. */
final class ResubmitReader {
    /** Connection states that only a packet with a connection has. */
    private static final int HAS_CONNECTION =
            CtState.NEW
                    | CtState.ESTABLISHED
                    | CtState.RELATED
                    | CtState.REPLY
                    | CtState.SOURCE_NAT
                    | CtState.DESTINATION_NAT;

    private ResubmitReader() {}

    static Action read(Word word, ActionContext context) {
        List<Span> parts =
                switch (word.form()) {
                    case COLON, EQUALS -> List.of(word.requireValue("PORT"));
                    case PARENTHESES -> split(word.value());
                    default -> List.of();
                };
        if (parts.size() > 3) {
            throw parts.get(3).error("resubmit(PORT,TABLE,ct) takes nothing after ct");
        }
        int port = parts.isEmpty() ? Resubmit.SAME : port(parts.get(0), context);
        boolean hasTable = parts.size() > 1 && !parts.get(1).isEmpty();
        int table = hasTable ? ActionTable.table(parts.get(1)) : Resubmit.SAME;
        if (port == Resubmit.SAME && table == Resubmit.SAME) {
            throw word.name().error("resubmit needs a port or a table: resubmit(PORT,TABLE)");
        }
        return new Resubmit(port, table, parts.size() > 2 && isCt(parts.get(2), context));
    }

    private static int port(Span text, ActionContext context) {
        return text.isEmpty() || text.text().equalsIgnoreCase("in_port")
                ? Resubmit.SAME
                : PortText.read(text, context.ports());
    }

    private static boolean isCt(Span text, ActionContext context) {
        if (!text.text().equals("ct")) {
            throw text.expected("ct");
        }
        context.match()
                .filter(match -> !hasConnection(match))
                .ifPresent(match -> {
                    throw text.error(
                            "resubmit with ct needs a flow whose ct_state is sure of a connection,"
                                    + " as +est or +trk-inv");
                });
        return true;
    }

    private static boolean hasConnection(Match match) {
        long state = match.value(Field.CT_STATE);
        boolean isValid =
                (state & CtState.TRACKED) != 0
                        && (match.mask(Field.CT_STATE) & CtState.INVALID) != 0
                        && (state & CtState.INVALID) == 0;
        return isValid || (state & HAS_CONNECTION) != 0;
    }

    /** What is between the commas, without the blanks around it. */
    private static List<Span> split(Span list) {
        List<Span> parts = new ArrayList<>();
        Span rest = list;
        for (int comma = rest.indexOf(","); comma >= 0; comma = rest.indexOf(",")) {
            parts.add(trim(rest.part(0, comma)));
            rest = rest.from(comma + 1);
        }
        parts.add(trim(rest));
        return parts;
    }

    private static Span trim(Span text) {
        int from = 0;
        int to = text.length();
        while (from < to && Character.isWhitespace(text.charAt(from))) {
            from++;
        }
        while (to > from && Character.isWhitespace(text.charAt(to - 1))) {
            to--;
        }
        return text.part(from, to);
    }
}
