package io.sluice.conntrack;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.File;
import java.io.IOException;
import java.lang.ProcessBuilder.Redirect;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;

/**
 * Runs the jcstress tests of this folder ({@code *Stress}) in processes of their own: no outcome
 * may come out that they do not name. For a short time and in one configuration of the JVM;
 * -Dsluice.jcstress.mode=default (or quick, tough, stress) takes the many that jcstress knows, and
 * -Dsluice.jcstress.tests=REGEX some of the tests. The report is in target/jcstress.
 */
class JcstressTest {
    private static final String MODE = System.getProperty("sluice.jcstress.mode", "");
    private static final String TESTS = System.getProperty("sluice.jcstress.tests", "");
    private static final String NATIVE = "--enable-native-access=ALL-UNNAMED";
    private static final Pattern PLANNED = Pattern.compile("Results: ([1-9]\\d*) planned");
    private static final Path REPORT = Path.of("target", "jcstress").toAbsolutePath();

    @Test
    void onlyNamedOutcomesAreSeen() throws Exception {
        assumeTrue(Runtime.getRuntime().availableProcessors() >= 2, "the actors need two cores");
        Files.createDirectories(REPORT);
        List<String> said = new ArrayList<>();
        int status = run(said);
        String failure = "jcstress failed; more is in " + REPORT + ":\n";
        assertEquals(0, status, () -> failure + String.join("\n", said));
        Set<String> planned = new TreeSet<>();
        said.forEach(line -> PLANNED.matcher(line).results().forEach(m -> planned.add(m.group(1))));
        assertEquals(1, planned.size(), () -> failure + String.join("\n", said));
        System.out.println(
                "jcstress: " + planned.iterator().next() + " runs, all outcomes were acceptable");
    }

    private static int run(List<String> said) throws IOException, InterruptedException {
        List<String> command = new ArrayList<>();
        command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
        command.addAll(List.of(NATIVE, "-cp", System.getProperty("java.class.path")));
        command.addAll(List.of("org.openjdk.jcstress.Main", "-r", REPORT.toString()));
        if (!TESTS.isEmpty()) {
            command.addAll(List.of("-t", TESTS));
        }
        if (MODE.isEmpty()) {
            command.addAll(List.of("-f", "1", "-iters", "3", "-time", "200", "-sc", "false"));
            command.addAll(List.of("-af", "NONE", "-pth", "false", "-jvmArgs", NATIVE));
        } else {
            command.addAll(List.of("-m", MODE, "-jvmArgsPrepend", NATIVE));
        }
        File output = REPORT.resolve("output.txt").toFile();
        Process jcstress =
                new ProcessBuilder(command)
                        // It writes what it has seen where it runs.
                        .directory(REPORT.toFile())
                        .redirectErrorStream(true)
                        .redirectOutput(Redirect.to(output))
                        .start();
        try {
            int status = jcstress.waitFor();
            said.addAll(Files.readAllLines(output.toPath()));
            return status;
        } finally {
            jcstress.descendants().forEach(ProcessHandle::destroyForcibly);
            jcstress.destroyForcibly();
        }
    }
}
