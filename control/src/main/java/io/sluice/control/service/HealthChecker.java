package io.sluice.control.service;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetSocketAddress;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Checks backends again and again, by the system's own sockets, on one thread for all. Other
 * methods are the control thread's: it says what to check, and takes what came of it.
 */
final class HealthChecker implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(HealthChecker.class);
    private static final long MAX_WAIT_MS = 1000;
    private static final long JOIN_MS = 2000;

    /** What came of a check of the backend of this number; empty: it is well. */
    record Result(int backend, Optional<String> error) {}

    private static final class Watch {
        private final HealthSpec spec;
        private final InetSocketAddress target;
        private long nextMs;
        private HealthProbe probe;

        private Watch(HealthSpec spec, InetSocketAddress target, long nowMs) {
            this.spec = spec;
            this.target = target;
            nextMs = nowMs;
        }
    }

    private final Selector selector;
    private final Thread thread;
    private final Queue<Runnable> orders = new ConcurrentLinkedQueue<>();
    private final Queue<Result> results = new ConcurrentLinkedQueue<>();
    private final Map<Integer, Watch> watches = new HashMap<>();
    private volatile boolean running = true;

    HealthChecker() {
        try {
            selector = Selector.open();
        } catch (IOException e) {
            throw new UncheckedIOException("health checks cannot start", e);
        }
        thread = Thread.ofPlatform().daemon().name("health").start(this::run);
    }

    /** Begins to check a backend, at once and then each interval. */
    void watch(int backend, HealthSpec spec, InetSocketAddress target) {
        order(() -> watches.put(backend, new Watch(spec, target, nowMs())));
    }

    void forget(int backend) {
        order(() -> {
            Watch watch = watches.remove(backend);
            if (watch != null && watch.probe != null) {
                watch.probe.fail("forgotten");
            }
        });
    }

    private void order(Runnable order) {
        orders.add(order);
        selector.wakeup();
    }

    /** The next result, or null; some may be of backends that were forgotten meanwhile. */
    Result next() {
        return results.poll();
    }

    private static long nowMs() {
        return System.nanoTime() / 1_000_000;
    }

    private void run() {
        while (running) {
            try {
                for (Runnable order = orders.poll(); order != null; order = orders.poll()) {
                    order.run();
                }
                long waitMs = MAX_WAIT_MS;
                for (Map.Entry<Integer, Watch> each : watches.entrySet()) {
                    waitMs = Math.min(waitMs, look(each.getKey(), each.getValue()));
                }
                selector.select(HealthChecker::proceed, Math.max(1, waitMs));
            } catch (IOException | RuntimeException e) {
                LOG.error("health checks: {}", e.getMessage(), e);
            }
        }
    }

    private static void proceed(SelectionKey key) {
        ((HealthProbe) key.attachment()).proceed(key);
    }

    /** Begins and ends what is due; in how many ms the next thing is. */
    private long look(int backend, Watch watch) throws IOException {
        long nowMs = nowMs();
        if (watch.probe == null && nowMs >= watch.nextMs) {
            // From the check before, so that a slow check does not make the next one late; and
            // first, so that one which cannot begin is tried again at its time, and not at once.
            watch.nextMs = Math.max(watch.nextMs + watch.spec.intervalMs(), nowMs + 1);
            watch.probe = HealthProbe.begin(watch.spec, watch.target, selector);
        }
        HealthProbe probe = watch.probe;
        if (probe == null) {
            return watch.nextMs - nowMs;
        }
        long deadlineMs = watch.nextMs - watch.spec.intervalMs() + watch.spec.timeoutMs();
        if (!probe.isOver() && nowMs >= deadlineMs) {
            probe.fail("no answer within %d ms".formatted(watch.spec.timeoutMs()));
        }
        if (!probe.isOver()) {
            return deadlineMs - nowMs;
        }
        results.add(new Result(backend, probe.error()));
        watch.probe = null;
        return watch.nextMs - nowMs;
    }

    @Override
    public void close() {
        running = false;
        selector.wakeup();
        try {
            thread.join(JOIN_MS);
            selector.close();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } catch (IOException e) {
            LOG.warn("health checks: {}", e.getMessage());
        }
    }
}
