package io.sluice.perf;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.PrintWriter;
import java.io.StringWriter;
import org.junit.jupiter.api.Test;
import picocli.CommandLine;

class BenchTest {
    private final StringWriter err = new StringWriter();

    private int run(String... arguments) {
        return new CommandLine(new Bench()).setErr(new PrintWriter(err)).execute(arguments);
    }

    @Test
    void wrongOptionsAreSaidAndExitWith2() {
        assertWrong("'9q' is no number of flows", "--flows", "8k,9q");
        assertWrong("neither one-way nor two-way", "--kinds", "three-way");
        assertWrong("not 'vpp'", "--only", "vpp");
        assertWrong("at least 1", "--rounds", "0");
        assertWrong("the two cores differ", "--core", "1", "--control-core", "1");
        assertWrong("--round", "--round", "1");
    }

    private void assertWrong(String expected, String... arguments) {
        err.getBuffer().setLength(0);
        assertEquals(2, run(arguments), expected);
        assertTrue(err.toString().contains(expected), err.toString());
    }
}
