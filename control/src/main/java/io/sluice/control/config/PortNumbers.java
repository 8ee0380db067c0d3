package io.sluice.control.config;

import java.util.Locale;
import java.util.Optional;
import java.util.Set;

/** What ports may be called and numbered. */
public final class PortNumbers {
    /** OpenFlow keeps the numbers above for ports with a meaning. */
    public static final int MAX = 0xFEFF;

    /** Words that mean something else where a port's name may stand in a flow. */
    private static final Set<String> RESERVED =
            Set.of(
                    "in_port",
                    "normal",
                    "drop",
                    "all",
                    "flood",
                    "local",
                    "any",
                    "none",
                    "controller",
                    "table",
                    "output",
                    "group",
                    "ct",
                    "resubmit");

    private PortNumbers() {}

    public static int firstFree(Set<Integer> taken) {
        int number = 1;
        while (taken.contains(number)) {
            number++;
        }
        return number;
    }

    /** Why this cannot be a port's name, if it cannot. */
    public static Optional<String> reasonAgainst(String name) {
        if (!name.matches("[A-Za-z_][A-Za-z0-9_.-]{0,30}")) {
            return Optional.of(
                    "port name '%s', expected a letter and then up to 30 letters, digits, _ . -"
                            .formatted(name));
        }
        if (RESERVED.contains(name.toLowerCase(Locale.ROOT))) {
            return Optional.of(
                    "port name '%s', expected a name that means nothing else in flows"
                            .formatted(name));
        }
        return Optional.empty();
    }
}
