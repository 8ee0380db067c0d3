package io.sluice.control.flow;

import io.sluice.control.flow.Change.Placed;
import io.sluice.control.text.Span;
import io.sluice.control.text.SyntaxException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * Reads many lines of flows, groups and meters. Blank lines and what follows a {@code #} are passed
 * over; a line may begin with a word that says what to do ({@code add}, {@code modify}, {@code
 * modify_strict}, {@code delete}, {@code delete_strict}, {@code insert_bucket}, {@code
 * remove_bucket}), and is a group when {@code group_id=} comes next, a meter when {@code meter=}
 * does. A meter's bands may be on lines of their own. {@code packet-out} begins a packet to send.
 */
public final class ChangeReader {
    /** What to do with a flow, group or meter. */
    public enum Verb {
        ADD,
        MODIFY,
        MODIFY_STRICT,
        DELETE,
        DELETE_STRICT,
        INSERT_BUCKETS,
        REMOVE_BUCKETS;

        boolean isStrict() {
            return this == MODIFY_STRICT || this == DELETE_STRICT;
        }
    }

    private static final Map<String, Verb> VERBS =
            Map.of(
                    "add", Verb.ADD,
                    "modify", Verb.MODIFY,
                    "modify_strict", Verb.MODIFY_STRICT,
                    "delete", Verb.DELETE,
                    "delete_strict", Verb.DELETE_STRICT,
                    "insert_bucket", Verb.INSERT_BUCKETS,
                    "remove_bucket", Verb.REMOVE_BUCKETS);

    private static final String PACKET_OUT = "packet-out";

    private final PortNames ports;
    private final Verb unsaid;
    private final Optional<String> file;

    /**
     * @param unsaid what to do with lines that do not say
     * @param file the name of the file that the text is from, for errors
     */
    public ChangeReader(PortNames ports, Verb unsaid, Optional<String> file) {
        this.ports = ports;
        this.unsaid = unsaid;
        this.file = file;
    }

    /**
     * Reads all lines.
     *
     * @throws RulesException with every line that cannot be read
     */
    public List<Placed> read(String text) {
        List<String> lines = text.lines().toList();
        List<Placed> changes = new ArrayList<>();
        List<String> mistakes = new ArrayList<>();
        boolean many = lines.size() > 1;
        for (Statement statement : Statement.of(lines)) {
            String place = place(many, statement.firstLine());
            try {
                changes.add(new Placed(readLine(trimStart(statement.span())), place));
            } catch (SyntaxException e) {
                mistakes.add(placeOf(e, many, statement) + e.sentence());
            }
        }
        if (!mistakes.isEmpty()) {
            throw new RulesException(mistakes);
        }
        return changes;
    }

    private Change readLine(Span line) {
        Verb verb = unsaid;
        Span rest = line;
        int blank = line.indexOf(" ") < 0 ? line.length() : line.indexOf(" ");
        Verb said = VERBS.get(line.part(0, blank).text());
        if (said != null) {
            verb = said;
            rest = trimStart(line.from(blank));
        }
        if (line.part(0, blank).text().equals(PACKET_OUT)) {
            return packetOut(line, trimStart(line.from(blank)));
        }
        if (rest.startsWith("group_id=")) {
            return groupChange(rest, verb);
        }
        return MeterLine.isMeter(rest) ? meterChange(rest, verb) : flowChange(rest, verb);
    }

    private Change packetOut(Span line, Span rest) {
        if (file.isPresent()) {
            throw line.error("packets can be sent once Sluice is running only");
        }
        return new Change.SendPacket(PacketOutLine.read(rest, ports));
    }

    private Change flowChange(Span line, Verb verb) {
        return switch (verb) {
            case ADD -> new Change.AddFlow(FlowLine.flow(line, ports));
            case MODIFY, MODIFY_STRICT -> FlowLine.modification(line, ports, verb.isStrict());
            case DELETE, DELETE_STRICT ->
                    new Change.DelFlows(FlowLine.filter(line, ports, verb.isStrict()));
            case INSERT_BUCKETS, REMOVE_BUCKETS -> throw noBuckets(line);
        };
    }

    private Change groupChange(Span line, Verb verb) {
        return switch (verb) {
            case ADD -> new Change.AddGroup(GroupLine.group(line, ports));
            case MODIFY, MODIFY_STRICT -> new Change.ModGroup(GroupLine.group(line, ports));
            case DELETE, DELETE_STRICT -> new Change.DelGroup(GroupLine.idOrAll(line));
            case INSERT_BUCKETS -> BucketsLine.insertion(line, ports);
            case REMOVE_BUCKETS -> BucketsLine.removal(line);
        };
    }

    private static SyntaxException noBuckets(Span line) {
        return line.error("only groups have buckets; expected group_id=N");
    }

    private static Change meterChange(Span line, Verb verb) {
        return switch (verb) {
            case ADD -> new Change.AddMeter(MeterLine.meter(line));
            case MODIFY, MODIFY_STRICT -> new Change.ModMeter(MeterLine.meter(line));
            case DELETE, DELETE_STRICT -> new Change.DelMeter(MeterLine.idOrAll(line));
            case INSERT_BUCKETS, REMOVE_BUCKETS -> throw noBuckets(line);
        };
    }

    private static Span trimStart(Span text) {
        int from = 0;
        while (from < text.length() && Character.isWhitespace(text.charAt(from))) {
            from++;
        }
        return text.from(from);
    }

    private String place(boolean manyLines, int line) {
        return file.map(name -> name + ":" + line + ": ")
                .orElse(manyLines ? "line " + line + ": " : "");
    }

    private String placeOf(SyntaxException e, boolean manyLines, Statement statement) {
        int line = statement.line(e.column());
        int column = statement.columnInLine(e.column());
        return file.map(name -> name + ":" + line + ":" + column + ": ")
                .orElse((manyLines ? "line " + line + ", " : "") + "column " + column + ": ");
    }
}
