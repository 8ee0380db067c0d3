package io.sluice.dpdk;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

/** What cannot be shown in the one process where DPDK runs is shown in another. */
@ExtendWith(RunningEal.class)
class EalTest {
    private static final String SHIM = System.getProperty("sluice.shim");

    @TempDir private Path folder;

    @Test
    void secondStartIsRefused() {
        DpdkException e = assertThrows(DpdkException.class, () -> Eal.start(RunningEal.ARGUMENTS));
        assertTrue(
                e.getMessage().contains("DPDK starts once in a process, and it was started before"),
                e.getMessage());
    }

    @Test
    void startPinsNoThreadOfTheJvm() throws IOException {
        long allowed = Runtime.getRuntime().availableProcessors();
        assumeTrue(allowed > 1);
        String mine =
                Files.readAllLines(Path.of("/proc/thread-self/status")).stream()
                        .filter(line -> line.startsWith("Cpus_allowed_list:"))
                        .findFirst()
                        .orElseThrow();
        assertTrue(mine.contains("-") || mine.contains(","), mine);
    }

    @Test
    void startsAndClosesInAProcessOfItsOwn() throws Exception {
        assertEquals("started and closed", startWith(SHIM, RunningEal.ARGUMENTS));
    }

    @Test
    void unknownArgumentIsRefused() throws Exception {
        String answer = startWith(SHIM, List.of("--no-such-argument"));
        assertTrue(
                answer.startsWith(
                        "rte_eal_init(--no-such-argument) failed: DPDK does not take these"
                                + " arguments"),
                answer);
    }

    @Test
    void missingHugePagesAreToldWithTheRemedy() throws Exception {
        String reserved = Files.readString(Path.of("/proc/sys/vm/nr_hugepages")).strip();
        assumeTrue(reserved.equals("0"), "huge pages are reserved on this machine");
        String answer = startWith(SHIM, List.of("--no-pci", "--in-memory"));
        assertTrue(
                answer.contains("no huge pages are reserved: reserve some with 'sysctl -w"),
                answer);
    }

    @Test
    void missingPropertyIsToldWithTheRemedy() throws Exception {
        assertEquals(
                "the system property sluice.shim is not set: it names the file libsluice_shim.so;"
                        + " run scripts/build and start with scripts/sluice",
                startWith(null, List.of()));
    }

    @Test
    void missingShimIsToldWithTheRemedy() throws Exception {
        String answer = startWith("/nowhere/libsluice_shim.so", List.of());
        assertTrue(
                answer.startsWith("the native shim /nowhere/libsluice_shim.so cannot be loaded ("),
                answer);
        assertTrue(answer.endsWith("): run scripts/build"), answer);
    }

    @Test
    void otherLibraryIsNoShim() throws Exception {
        assertTrue(startWith(compile("int x;"), List.of()).contains("is no Sluice shim"));
    }

    @Test
    void shimOfAnotherSluiceIsRefused() throws Exception {
        String shim = compile("const unsigned sluice_shim_abi = 999;");
        assertEquals(
                "the native shim %s is of another version of Sluice (ABI 999, needed 5): run scripts/build"
                        .formatted(shim),
                startWith(shim, List.of()));
    }

    @Test
    void shimForAnotherDpdkIsRefused() throws Exception {
        String shim =
                compile(
                        """
                        const unsigned sluice_shim_abi = 5;
                        const char sluice_built_with_dpdk[] = "18.08";
                        const unsigned sluice_layout_count = 0;
                        const unsigned long sluice_layout[3];
                        const char *rte_version(void) { return "DPDK 18.11.2"; }
                        """);
        assertEquals(
                "the native shim was compiled against DPDK 18.08, and DPDK 18.11.2 is installed:"
                        + " run scripts/build",
                startWith(shim, List.of()));
    }

    private String compile(String source) throws Exception {
        Path c = Files.writeString(folder.resolve("shim.c"), source);
        Path library = folder.resolve("shim.so");
        Process compiler =
                new ProcessBuilder("cc", "-shared", "-fPIC", "-o", library.toString(), c.toString())
                        .inheritIO()
                        .start();
        assertEquals(0, compiler.waitFor());
        return library.toString();
    }

    /** What {@link StartAndClose} answers when it is given this shim. */
    private static String startWith(String shim, List<String> arguments) throws Exception {
        List<String> command = new ArrayList<>();
        command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
        command.add("--enable-native-access=ALL-UNNAMED");
        if (shim != null) {
            command.add("-Dsluice.shim=" + shim);
        }
        command.addAll(List.of("-cp", System.getProperty("java.class.path")));
        command.add(StartAndClose.class.getName());
        command.addAll(arguments);
        Process process =
                new ProcessBuilder(command).redirectOutput(ProcessBuilder.Redirect.DISCARD).start();
        String output = new String(process.getErrorStream().readAllBytes(), UTF_8);
        process.waitFor();
        // DPDK logs there as well.
        return output.lines()
                .filter(line -> line.startsWith(StartAndClose.ANSWER))
                .map(line -> line.substring(StartAndClose.ANSWER.length()))
                .findFirst()
                .orElseThrow(() -> new AssertionError(output));
    }
}
