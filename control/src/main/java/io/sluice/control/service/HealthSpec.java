package io.sluice.control.service;

import java.math.BigDecimal;
import java.util.List;
import java.util.Optional;

/**
 * How backends are checked.
 *
 * @param kind {@code tcp}: a connection is made; {@code http}: and a page is asked for
 * @param port 0: the backend's, or the first of the service's
 * @param path of the page
 * @param status what the answer must have; 0: anything from 200 to 399
 * @param body what the answer must contain; empty: anything
 * @param intervalMs between two checks
 * @param timeoutMs that a check may take
 * @param rise so many good checks one after the other make a backend healthy
 * @param fall so many bad ones make it unhealthy
 */
public record HealthSpec(
        String kind,
        int port,
        String path,
        int status,
        String body,
        int intervalMs,
        int timeoutMs,
        int rise,
        int fall) {
    static final List<String> KEYS =
            List.of(
                    "check",
                    "check-port",
                    "check-path",
                    "check-status",
                    "check-body",
                    "interval",
                    "timeout",
                    "rise",
                    "fall");
    static final String USAGE =
            "[check=tcp|http] [check-port=N] [check-path=/...] [check-status=N] [check-body=TEXT]"
                    + " [interval=SECONDS] [timeout=SECONDS] [rise=N] [fall=N] [fail-open=yes|no]";
    private static final List<String> KINDS = List.of("none", "tcp", "http");
    private static final BigDecimal MS = BigDecimal.valueOf(1000);
    private static final int MIN_MS = 50;
    private static final int MAX_MS = 3_600_000;

    /** Empty when backends are not to be checked. */
    static Optional<HealthSpec> read(Options options) {
        String kind = options.choice("check", KINDS, "none");
        requireKind(options, kind);
        int intervalMs = milliseconds(options, "interval", 5000);
        int timeoutMs = milliseconds(options, "timeout", Math.min(intervalMs, 2000));
        if (timeoutMs > intervalMs) {
            throw new IllegalArgumentException(
                    "timeout is longer than interval, expected at most as long");
        }
        String path = options.text("check-path").orElse("/");
        if (!path.matches("/[!-~]*")) {
            throw new IllegalArgumentException(
                    "check-path is '%s', expected a path such as /health".formatted(path));
        }
        return kind.equals("none")
                ? Optional.empty()
                : Optional.of(
                        new HealthSpec(
                                kind,
                                options.number("check-port", 1, 0xFFFF, 0),
                                path,
                                options.number("check-status", 100, 599, 0),
                                options.text("check-body").orElse(""),
                                intervalMs,
                                timeoutMs,
                                options.number("rise", 1, 100, 2),
                                options.number("fall", 1, 100, 3)));
    }

    private static void requireKind(Options options, String kind) {
        for (String key : KEYS.subList(1, KEYS.size())) {
            boolean page = List.of("check-path", "check-status", "check-body").contains(key);
            if (options.text(key).isPresent()
                    && (kind.equals("none") || (page && !kind.equals("http")))) {
                throw new IllegalArgumentException(
                        "'%s' needs check=%s".formatted(key, page ? "http" : "tcp or check=http"));
            }
        }
    }

    private static int milliseconds(Options options, String key, int absent) {
        Optional<String> text = options.text(key);
        if (text.isEmpty()) {
            return absent;
        }
        if (text.get().matches("[0-9]{1,4}(\\.[0-9]{1,3})?")) {
            int ms = new BigDecimal(text.get()).multiply(MS).intValueExact();
            if (ms >= MIN_MS && ms <= MAX_MS) {
                return ms;
            }
        }
        throw new IllegalArgumentException(
                "%s is '%s', expected seconds from 0.05 to 3600".formatted(key, text.get()));
    }
}
