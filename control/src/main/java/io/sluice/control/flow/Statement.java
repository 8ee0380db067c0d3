package io.sluice.control.flow;

import io.sluice.control.text.Span;
import java.util.ArrayList;
import java.util.List;

/**
 * A line without its comment, and those below it that go on with it: a meter's bands, each of which
 * a dump writes on a line of its own.
 *
 * @param text of all its lines
 * @param firstLine the number of the first one, from 1
 */
record Statement(String text, int firstLine) {
    /** All that are not blank, in order. */
    static List<Statement> of(List<String> lines) {
        List<Statement> statements = new ArrayList<>();
        for (int i = 0; i < lines.size(); i++) {
            String line = withoutComment(lines.get(i));
            if (line.isBlank()) {
                continue;
            }
            Statement before = statements.isEmpty() ? null : statements.getLast();
            if (before != null && before.endsInBands() && line.strip().startsWith("type=")) {
                int gap = i + 1 - before.firstLine() - before.lineBreaks(before.text().length());
                statements.set(
                        statements.size() - 1,
                        new Statement(before.text() + "\n".repeat(gap) + line, before.firstLine()));
            } else {
                statements.add(new Statement(line, i + 1));
            }
        }
        return statements;
    }

    Span span() {
        return Span.of(text);
    }

    /** The line of the text that this column of the statement is in. */
    int line(int column) {
        return firstLine + lineBreaks(column - 1);
    }

    /** Where it is within that line, from 1. */
    int columnInLine(int column) {
        return column - 1 - text.lastIndexOf('\n', column - 2);
    }

    private int lineBreaks(int end) {
        return (int) text.chars().limit(end).filter(c -> c == '\n').count();
    }

    private boolean endsInBands() {
        return text.contains("bands=");
    }

    private static String withoutComment(String line) {
        int comment = line.indexOf('#');
        return comment < 0 ? line : line.substring(0, comment);
    }
}
