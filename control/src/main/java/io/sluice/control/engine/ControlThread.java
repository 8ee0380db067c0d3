package io.sluice.control.engine;

import io.sluice.dpdk.WorkerThread;
import io.sluice.fastpath.Datapath;
import java.util.OptionalInt;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executors;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The one thread that owns all configuration. Others hand it work and wait. */
public final class ControlThread implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(ControlThread.class);

    private final ScheduledExecutorService executor =
            Executors.newSingleThreadScheduledExecutor(
                    Thread.ofPlatform()
                            .daemon()
                            .name("control")
                            // Traces are run here.
                            .stackSize(Datapath.STACK_BYTES)
                            .factory());

    /**
     * Keeps the thread on a core; needs the shim. Threads that DPDK starts from it stay there too.
     */
    public void pinTo(OptionalInt core) throws InterruptedException {
        call(() -> {
            core.ifPresent(WorkerThread::pinTo);
            return null;
        });
    }

    /**
     * Runs the work on the control thread. What the work throws comes out here.
     *
     * @throws IllegalStateException when the thread has ended
     */
    public <T> T call(Callable<T> work) throws InterruptedException {
        try {
            return executor.submit(work).get();
        } catch (RejectedExecutionException e) {
            throw new IllegalStateException("Sluice is stopping", e);
        } catch (ExecutionException e) {
            switch (e.getCause()) {
                case RuntimeException unchecked -> throw unchecked;
                case InterruptedException interrupted -> throw interrupted;
                case Error error -> throw error;
                default -> throw new IllegalStateException(e.getCause());
            }
        }
    }

    /** Runs the work on the control thread again and again, until {@link #close}. */
    public void repeat(int periodMs, Runnable work) {
        ScheduledFuture<?> _ =
                executor.scheduleWithFixedDelay(
                        () -> {
                            try {
                                work.run();
                            } catch (RuntimeException | Error e) {
                                // Thrown on, it would end the repetition without a word.
                                LOG.error("what is done every {} ms failed", periodMs, e);
                            }
                        },
                        periodMs,
                        periodMs,
                        TimeUnit.MILLISECONDS);
    }

    /** Lets the work that was handed over end; takes no more. */
    @Override
    public void close() {
        executor.close();
    }
}
