package io.sluice.perf;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ChildrenTest {
    private static final Duration LIMIT = Duration.ofSeconds(20);

    @TempDir Path directory;

    private Child shell(Children children, String script) {
        return children.start(
                List.of("sh", "-c", script), Map.of("WORD", "hello"), directory.resolve("log"));
    }

    @Test
    void aScriptEndsTogetherWithWhatItStarted() {
        try (Children children = new Children()) {
            Child child = shell(children, "sleep 1000 & echo $! started; wait");
            String output = child.awaitOutput(text -> text.contains("started"), LIMIT, "pid");
            long grandchild = Long.parseLong(output.substring(0, output.indexOf(' ')));
            assertTrue(ProcessHandle.of(grandchild).orElseThrow().isAlive());
            child.end(LIMIT);
            assertFalse(child.isAlive());
            assertFalse(ProcessHandle.of(grandchild).map(ProcessHandle::isAlive).orElse(false));
        }
    }

    @Test
    void whoDoesNotListenIsMadeToEnd() {
        try (Children children = new Children()) {
            Child child = shell(children, "trap '' TERM; echo deaf; while :; do sleep 0.1; done");
            child.awaitOutput(text -> text.contains("deaf"), LIMIT, "word");
            child.end(Duration.ofMillis(200));
            assertFalse(child.isAlive());
        }
    }

    @Test
    void closingEndsAllAndLetsNoneStart() {
        Children children = new Children();
        Child one = shell(children, "sleep 1000");
        Child two = shell(children, "sleep 1000");
        children.close();
        assertFalse(one.isAlive() || two.isAlive());
        assertThrows(BenchException.class, () -> shell(children, "true"));
    }

    @Test
    void typedLinesArriveAndOutputComesBack() {
        try (Children children = new Children()) {
            Child child = shell(children, "read line; echo $WORD $line");
            child.type("world");
            child.awaitOutput(text -> text.contains("hello world"), LIMIT, "greeting");
        }
    }

    @Test
    void anEarlyEndIsToldWithTheLastWords() {
        try (Children children = new Children()) {
            Child child = shell(children, "echo no huge pages; exit 3");
            BenchException failure =
                    assertThrows(
                            BenchException.class,
                            () -> child.awaitOutput(text -> false, LIMIT, "line `ready`"));
            assertEquals(
                    "sh ended with 3 before line `ready`. It last printed:\n    no huge pages",
                    failure.getMessage());
        }
    }

    @Test
    void aProgramThatIsNotThereIsNamed() {
        try (Children children = new Children()) {
            BenchException failure =
                    assertThrows(
                            BenchException.class,
                            () ->
                                    children.start(
                                            List.of("no-such-program"),
                                            Map.of(),
                                            directory.resolve("log")));
            assertTrue(failure.getMessage().startsWith("cannot start no-such-program"));
        }
    }
}
