package io.sluice.control.event;

import io.sluice.conntrack.EventFilter;
import java.nio.file.Path;

/**
 * What the config says about the log.
 *
 * @param fileBytes of each file
 * @param oldFiles that are kept besides the one that is written
 */
public record EventLogSettings(Path path, EventFilter filter, int fileBytes, int oldFiles) {
    public static final Path DEFAULT_PATH = Path.of("/var/log/sluice/connections");
}
