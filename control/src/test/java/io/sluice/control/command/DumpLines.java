package io.sluice.control.command;

import io.sluice.conntrack.Connection;

/** Shows tests of other packages what {@code ct/dump} prints. */
public final class DumpLines {
    private DumpLines() {}

    public static String of(Connection connection) {
        return ConnectionText.line(connection);
    }
}
