package io.sluice.control.command;

import io.sluice.conntrack.Timeouts;
import io.sluice.control.socket.Answer;
import io.sluice.control.text.NearestWord;
import io.sluice.control.text.Numbers;
import io.sluice.control.text.Span;
import io.sluice.control.text.SyntaxException;
import io.sluice.control.text.Word;
import io.sluice.control.text.Words;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/** {@code ct/timeout-set} and {@code ct/timeout-get}. */
final class TimeoutCommands {
    static final String CHANGES = "[zone=N] NAME=SECONDS|default...";

    private static final String BACK_TO_DEFAULT = "default";
    private static final int MAX_ZONE = 0xFFFF;

    private TimeoutCommands() {}

    static Answer set(Running running, Parameters parameters) {
        Words words = new Words(Span.of(parameters.text()));
        OptionalInt zone = OptionalInt.empty();
        Map<String, Integer> seconds = new LinkedHashMap<>();
        List<String> names = List.of(Timeouts.names());
        while (words.hasNext()) {
            Word word = words.next();
            boolean isZone = word.key().equals("zone");
            if (isZone ? zone.isPresent() : seconds.containsKey(word.key())) {
                throw word.name().error("'" + word.key() + "' is given twice");
            } else if (isZone) {
                zone = zone(word);
            } else if (names.contains(word.key())) {
                seconds.put(word.key(), seconds(word));
            } else {
                throw word.name()
                        .error(
                                "unknown timeout %s, expected zone or one of %s%s"
                                        .formatted(
                                                word.name().quoted(),
                                                String.join(" ", names),
                                                NearestWord.hint(word.key(), names)));
            }
        }
        if (seconds.isEmpty()) {
            throw new SyntaxException(1, "expected " + CHANGES + ", found no timeout");
        }
        running.engine().zoneSettings().setTimeouts(zone, seconds);
        return parameters.answer(() -> "", Json::object);
    }

    static Answer get(Running running, Parameters parameters) {
        Words words = new Words(Span.of(parameters.text()));
        OptionalInt zone = OptionalInt.empty();
        while (words.hasNext()) {
            Word word = words.next();
            if (!word.key().equals("zone") || zone.isPresent()) {
                throw word.name().expected("zone=N, or nothing for the default");
            }
            zone = zone(word);
        }
        OptionalInt wanted = zone;
        Map<String, Integer> seconds = running.engine().zoneSettings().timeouts(zone);
        return parameters.answer(() -> text(seconds), () -> json(wanted, seconds));
    }

    private static OptionalInt zone(Word word) {
        return OptionalInt.of(Numbers.parse(word.requireValue("N"), 0, MAX_ZONE, "a zone"));
    }

    /** Null: no longer its own. */
    private static Integer seconds(Word word) {
        Span value = word.requireValue("SECONDS");
        return value.text().equals(BACK_TO_DEFAULT)
                ? null
                : Integer.valueOf(
                        Numbers.parse(
                                value,
                                Timeouts.MIN_SECONDS,
                                Timeouts.MAX_SECONDS,
                                "'default' or a number of seconds"));
    }

    /** One a line; without the lines' ends it can be fed back. */
    private static String text(Map<String, Integer> seconds) {
        StringBuilder text = new StringBuilder();
        seconds.forEach((name, value) -> text.append(name).append('=').append(value).append('\n'));
        return text.toString();
    }

    private static JsonNode json(OptionalInt zone, Map<String, Integer> seconds) {
        ObjectNode json = Json.object();
        zone.ifPresent(number -> json.put("zone", number));
        ObjectNode timeouts = json.putObject("timeouts");
        seconds.forEach((name, value) -> timeouts.put(name.replace('-', '_') + "_s", value));
        return json;
    }
}
