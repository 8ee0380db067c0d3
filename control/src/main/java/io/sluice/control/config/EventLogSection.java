package io.sluice.control.config;

import io.sluice.conntrack.EventFilter;
import io.sluice.conntrack.EventType;
import io.sluice.control.config.Section.Placed;
import io.sluice.control.connection.EventFilterText;
import io.sluice.control.event.EventLogSettings;
import io.sluice.control.text.SyntaxException;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.EnumSet;
import java.util.Optional;

/** Reads {@code event-log: {path: FILE, filter: "...", file-bytes: N, old-files: N}}. */
final class EventLogSection {
    private static final int MIN_FILE_BYTES = 1 << 16;
    private static final int MAX_FILE_BYTES = 1 << 30;
    private static final int DEFAULT_FILE_BYTES = 1 << 24;
    private static final int MAX_OLD_FILES = 1000;
    private static final int DEFAULT_OLD_FILES = 8;

    private final Mistakes mistakes;

    EventLogSection(Mistakes mistakes) {
        this.mistakes = mistakes;
    }

    Optional<EventLogSettings> read(Optional<Section> given) {
        return given.map(this::read);
    }

    private EventLogSettings read(Section section) {
        Path path = section.text("path").map(this::path).orElse(EventLogSettings.DEFAULT_PATH);
        EventFilter filter = section.text("filter").map(this::filter).orElseGet(() -> filter(""));
        int bytes =
                section.number("file-bytes", MIN_FILE_BYTES, MAX_FILE_BYTES, DEFAULT_FILE_BYTES);
        int old = section.number("old-files", 0, MAX_OLD_FILES, DEFAULT_OLD_FILES);
        section.finish();
        return new EventLogSettings(path, filter, bytes, old);
    }

    private Path path(Placed<String> text) {
        try {
            return Path.of(text.value());
        } catch (InvalidPathException e) {
            mistakes.add(
                    text.node(),
                    "path is '%s' (%s), expected a path".formatted(text.value(), e.getReason()));
            return EventLogSettings.DEFAULT_PATH;
        }
    }

    private EventFilter filter(Placed<String> text) {
        try {
            return filter(text.value());
        } catch (SyntaxException e) {
            mistakes.add(text.node(), "filter: " + e.getMessage());
            return filter("");
        }
    }

    private static EventFilter filter(String text) {
        return EventFilterText.read(text, EnumSet.of(EventType.DESTROY));
    }
}
