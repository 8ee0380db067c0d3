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
        StringBuilder text = new StringBuilder();
        int firstLine = 0;
        int lastLine = 0;
        boolean hasBands = false;
        for (int number = 1; number <= lines.size(); number++) {
            String line = withoutComment(lines.get(number - 1));
            if (line.isBlank()) {
                continue;
            }
            if (hasBands && line.strip().startsWith("type=")) {
                text.append("\n".repeat(number - lastLine)).append(line);
            } else {
                addTo(statements, text, firstLine);
                text.append(line);
                firstLine = number;
                hasBands = line.contains("bands=");
            }
            lastLine = number;
        }
        addTo(statements, text, firstLine);
        return statements;
    }

    private static void addTo(List<Statement> statements, StringBuilder text, int firstLine) {
        if (!text.isEmpty()) {
            statements.add(new Statement(text.toString(), firstLine));
            text.setLength(0);
        }
    }

    Span span() {
        return Span.of(text);
    }

    /** The line of the text that this column of the statement is in. */
    int line(int column) {
        return firstLine + (int) text.chars().limit(column - 1).filter(c -> c == '\n').count();
    }

    /** Where it is within that line, from 1. */
    int columnInLine(int column) {
        return column - 1 - text.lastIndexOf('\n', column - 2);
    }

    private static String withoutComment(String line) {
        int comment = line.indexOf('#');
        return comment < 0 ? line : line.substring(0, comment);
    }
}
