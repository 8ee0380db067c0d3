package io.sluice.natlb;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What a translation depends on, in this process and in another with another secret. */
class RestartTest {
    private static String ofAnotherProcess() throws IOException, InterruptedException {
        Process process =
                new ProcessBuilder(
                                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                                "-cp",
                                System.getProperty("java.class.path"),
                                FirstChoices.class.getName())
                        .redirectError(ProcessBuilder.Redirect.INHERIT)
                        .start();
        String text = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertEquals(0, process.waitFor());
        return text;
    }

    private static String address(String choice) {
        return choice.substring(0, choice.indexOf(' '));
    }

    private static int port(String choice) {
        return Integer.parseInt(choice.substring(choice.indexOf(' ') + 1));
    }

    @Test
    void anotherProcessChoosesTheSameButForRandomPorts() throws Exception {
        String there = ofAnotherProcess();
        String here = FirstChoices.of(false) + "\n" + FirstChoices.of(true) + "\n";
        assertNotEquals(here, there);
        assertEquals(withoutRandomPorts(here), withoutRandomPorts(there));
    }

    /** With the ports left out of what stands behind RANDOM or PERSISTENT_RANDOM. */
    private static String withoutRandomPorts(String text) {
        StringBuilder kept = new StringBuilder();
        for (String part : text.split("(?<=])", -1)) {
            kept.append(part.contains("RANDOM=") ? part.replaceAll(" \\d+(?=[],])", "") : part);
        }
        return kept.toString();
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void persistentGivesEachClientOneAddress(boolean ipv6) {
        Map<NatRange.Pick, List<String>> choices = FirstChoices.of(ipv6);
        for (NatRange.Pick pick : NatRange.Pick.values()) {
            List<String> ofPick = choices.get(pick);
            int clientsWithOne = 0;
            for (int i = 0; i < ofPick.size(); i += 3) {
                HashSet<String> addresses = new HashSet<>();
                ofPick.subList(i, i + 3).forEach(choice -> addresses.add(address(choice)));
                clientsWithOne += addresses.size() == 1 ? 1 : 0;
            }
            if (pick.isPersistent()) {
                assertEquals(ofPick.size() / 3, clientsWithOne, pick::toString);
            } else {
                assertTrue(clientsWithOne < 3, () -> pick + " " + ofPick);
            }
        }
    }

    @Test
    void portsAreKeptUnlessHashOrRandomSaysOtherwise() {
        FirstChoices.of(true)
                .forEach((pick, choices) -> {
                    int kept = 0;
                    for (int i = 0; i < choices.size(); i++) {
                        kept += port(choices.get(i)) == 4000 + i ? 1 : 0;
                    }
                    boolean keeps = !pick.isHash() && !pick.isRandom();
                    assertEquals(keeps, kept == choices.size(), pick::toString);
                    assertEquals(!keeps, kept < 3, pick::toString);
                });
    }
}
