package io.sluice.control.cli;

import io.sluice.control.socket.CommandException;
import io.sluice.control.socket.ControlClient;
import io.sluice.control.socket.SocketException;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Asks the own socket something a few times, so that the first client does not wait until the JVM
 * has loaded what reads requests and filters and writes answers.
 */
final class SocketWarmUp {
    private static final Logger LOG = LoggerFactory.getLogger(SocketWarmUp.class);
    private static final int CALLS = 50;
    private static final long LONGEST_NS = TimeUnit.MILLISECONDS.toNanos(300);

    /** Takes no connection: protocol 255 has no ports. */
    private static final String NOTHING = "zone=0,proto=255,sport=1";

    private SocketWarmUp() {}

    static void run(Path socket) {
        long beganNs = System.nanoTime();
        ControlClient client = new ControlClient(socket);
        try {
            for (int i = 0; i < CALLS && System.nanoTime() - beganNs < LONGEST_NS; i++) {
                for (String method : List.of("ct/flush", "ct/dump", "ct/count")) {
                    client.call(method, List.of(NOTHING));
                }
            }
        } catch (SocketException | CommandException e) {
            LOG.warn("the control socket starts cold: {}", e.getMessage());
        }
    }
}
