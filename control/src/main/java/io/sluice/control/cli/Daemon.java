package io.sluice.control.cli;

import io.sluice.control.command.Dispatcher;
import io.sluice.control.command.Running;
import io.sluice.control.config.Config;
import io.sluice.control.engine.ControlThread;
import io.sluice.control.engine.Engine;
import io.sluice.control.socket.ControlServer;
import io.sluice.control.socket.SocketException;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** A running Sluice, from its start to its end. */
final class Daemon {
    private static final Logger LOG = LoggerFactory.getLogger(Daemon.class);
    private static final int OK = 0;
    private static final int FAILED = 1;
    private static final int STOP_TIMEOUT_S = 20;
    private static final int UPCALL_PERIOD_MS = 1;
    private static final int LINK_PERIOD_MS = 100;
    private static final int SERVICE_PERIOD_MS = 100;
    private static final int FLOW_AGE_PERIOD_MS = 1000;

    private final Config config;
    private final Path socket;
    private final PrintWriter out;
    private final PrintWriter err;
    private final CountDownLatch stop = new CountDownLatch(1);
    private final CountDownLatch ended = new CountDownLatch(1);
    private volatile int exitCode = FAILED;
    private volatile boolean workerFailed;

    Daemon(Config config, Path socket, PrintWriter out, PrintWriter err) {
        this.config = config;
        this.socket = socket;
        this.out = out;
        this.err = err;
    }

    /** Returns the exit code when the process shall end. */
    int run() throws InterruptedException {
        Thread onSignal = new Thread(this::stopOnSignal, "stop");
        Runtime.getRuntime().addShutdownHook(onSignal);
        try (ControlServer server = ControlServer.open(socket);
                ControlThread thread = new ControlThread()) {
            serve(server, thread);
            exitCode = OK;
        } catch (SocketException | RuntimeException e) {
            err.println("sluice: " + sentence(e));
            err.flush();
            LOG.debug("could not start", e);
        } finally {
            ended.countDown();
        }
        return exitCode;
    }

    private void serve(ControlServer server, ControlThread thread) throws InterruptedException {
        thread.pinTo(config.controlCore());
        Engine engine = thread.call(() -> Engine.start(config, this::workerFailed));
        try {
            thread.repeat(UPCALL_PERIOD_MS, engine::takeFromWorkers);
            thread.repeat(LINK_PERIOD_MS, engine::lookAtLinks);
            thread.repeat(SERVICE_PERIOD_MS, engine::tickServices);
            thread.repeat(FLOW_AGE_PERIOD_MS, engine::ageFlows);
            Running running = new Running(engine, System.nanoTime(), stop::countDown);
            server.serve(new Dispatcher(thread, running));
            SocketWarmUp.run(socket);
            LOG.info("listening on {}", socket);
            out.println("sluice ready");
            out.flush();
            stop.await();
            LOG.info("stopping");
            if (workerFailed) {
                throw new IllegalStateException("a worker ended by an error; see the log");
            }
        } finally {
            thread.call(() -> {
                engine.close();
                return null;
            });
        }
    }

    /** A process that serves only some of its ports is worse than one that is started anew. */
    private void workerFailed(Throwable failure) {
        LOG.error("a worker ended", failure);
        workerFailed = true;
        stop.countDown();
    }

    /**
     * The system ends the process when this returns, with a code that says a signal did it: the
     * contract is 0, so the process is ended here.
     */
    private void stopOnSignal() {
        if (ended.getCount() == 0) {
            return;
        }
        stop.countDown();
        try {
            boolean clean = ended.await(STOP_TIMEOUT_S, TimeUnit.SECONDS);
            Runtime.getRuntime().halt(clean ? exitCode : FAILED);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private static String sentence(Exception e) {
        return e.getMessage() == null ? e.toString() : e.getMessage();
    }
}
