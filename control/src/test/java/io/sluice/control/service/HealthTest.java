package io.sluice.control.service;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Health checks against real servers. */
@Timeout(60)
class HealthTest {
    private static final Optional<String> WELL = Optional.empty();
    private static final Optional<String> ILL = Optional.of("refused");

    private final HealthChecker checker = new HealthChecker();
    private final Map<Integer, List<Optional<String>>> results = new HashMap<>();

    @AfterEach
    void end() {
        checker.close();
    }

    private static ServiceSpec service(String words) {
        return ServiceSpec.read(List.of(("web vip=192.0.2.10:80 " + words).split(" ")));
    }

    private static HealthSpec spec(String words) {
        return service(words).health().orElseThrow();
    }

    private List<Optional<String>> await(int backend, int count) throws InterruptedException {
        List<Optional<String>> mine = results.computeIfAbsent(backend, _ -> new ArrayList<>());
        while (mine.size() < count) {
            HealthChecker.Result result = checker.next();
            if (result == null) {
                Thread.sleep(5);
            } else {
                results.computeIfAbsent(result.backend(), _ -> new ArrayList<>())
                        .add(result.error());
            }
        }
        return mine;
    }

    private static InetSocketAddress local(int port) {
        return new InetSocketAddress(InetAddress.getLoopbackAddress(), port);
    }

    private static HttpServer server(int status, String body) throws IOException {
        HttpServer server = HttpServer.create(local(0), 16);
        byte[] bytes = body.getBytes(StandardCharsets.UTF_8);
        server.createContext(
                "/health",
                exchange -> {
                    exchange.sendResponseHeaders(status, bytes.length);
                    exchange.getResponseBody().write(bytes);
                    exchange.close();
                });
        server.start();
        return server;
    }

    @Test
    void theFirstCheckDecidesAndThenRiseAndFall() {
        Health health = new Health(Optional.of(spec("check=tcp rise=2 fall=3")));
        assertFalse(health.isGood());
        assertTrue(health.note(WELL), "the first");
        assertTrue(health.isGood());
        assertFalse(health.note(ILL));
        assertFalse(health.note(ILL));
        assertFalse(health.note(WELL), "one good check begins the count anew");
        assertFalse(health.note(ILL));
        assertFalse(health.note(ILL));
        assertTrue(health.note(ILL));
        assertFalse(health.isGood());
        assertEquals("refused", health.lastError());
        assertFalse(health.note(WELL));
        assertTrue(health.note(WELL));
        assertTrue(new Health(Optional.empty()).isGood());
        Health ill = new Health(Optional.of(spec("check=tcp")));
        assertTrue(ill.note(ILL), "no longer unknown");
        assertTrue(ill.isKnown() && !ill.isGood());
    }

    @Test
    void aListeningPortIsWellUntilItCloses() throws Exception {
        int port;
        try (ServerSocket server = new ServerSocket(0, 64, InetAddress.getLoopbackAddress())) {
            port = server.getLocalPort();
            checker.watch(1, spec("check=tcp interval=0.5"), local(port));
            assertEquals(WELL, await(1, 2).getLast());
        }
        List<Optional<String>> all = await(1, results.get(1).size() + 3);
        assertTrue(all.getLast().orElseThrow().contains("refused"), all.toString());
    }

    @Test
    void anAnswerIsJudgedByStatusAndBody() throws Exception {
        HttpServer fine = server(200, "all is fine");
        HttpServer ill = server(503, "all is fine");
        InetSocketAddress fineAddress = local(fine.getAddress().getPort());
        try {
            String http = "interval=1 check=http check-path=";
            checker.watch(1, spec(http + "/health"), fineAddress);
            checker.watch(2, spec(http + "/health check-body=fine"), fineAddress);
            checker.watch(3, spec(http + "/health check-body=bad"), fineAddress);
            checker.watch(4, spec(http + "/other"), fineAddress);
            checker.watch(5, spec(http + "/other check-status=404"), fineAddress);
            checker.watch(6, spec(http + "/health"), local(ill.getAddress().getPort()));
            assertEquals(WELL, await(1, 2).getLast());
            assertEquals(WELL, await(2, 2).getLast());
            assertEquals(Optional.of("the body has no 'bad'"), await(3, 2).getLast());
            assertEquals(Optional.of("status 404"), await(4, 2).getLast());
            assertEquals(WELL, await(5, 2).getLast());
            assertEquals(Optional.of("status 503"), await(6, 2).getLast());
        } finally {
            fine.stop(0);
            ill.stop(0);
        }
    }

    @Test
    void whoDoesNotAnswerIsNotWaitedForNorHoldsUpOthers() throws Exception {
        try (ServerSocket silent = new ServerSocket(0, 64, InetAddress.getLoopbackAddress());
                ServerSocket other = new ServerSocket(0, 64, InetAddress.getLoopbackAddress())) {
            checker.watch(
                    1, spec("check=http interval=2 timeout=0.2"), local(silent.getLocalPort()));
            checker.watch(2, spec("check=tcp interval=0.3"), local(other.getLocalPort()));
            assertEquals(Optional.of("no answer within 200 ms"), await(1, 1).getFirst());
            assertTrue(await(2, 1).size() >= 1);
            checker.forget(1);
            assertEquals(WELL, await(2, results.get(2).size() + 8).getLast());
            assertEquals(1, results.get(1).size(), "a forgotten one is not checked");
        }
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '"',
            textBlock =
                    """
                    check=ping                    | check is 'ping', expected one of none tcp http
                    interval=5                    | 'interval' needs check=tcp or check=http
                    check=tcp check-path=/        | 'check-path' needs check=http
                    check=http check-path=health  | check-path is 'health', expected a path such as /health
                    check=tcp interval=0          | interval is '0', expected seconds from 0.05 to 3600
                    check=tcp interval=1 timeout=2| timeout is longer than interval, expected at most as long
                    check=tcp fall=0              | fall is '0', expected a number from 1 to 100
                    fail-open=maybe               | fail-open is 'maybe', expected one of yes no
                    """)
    void aMistakeHasASentence(String words, String sentence) {
        assertEquals(
                sentence,
                assertThrows(IllegalArgumentException.class, () -> service(words)).getMessage());
    }
}
