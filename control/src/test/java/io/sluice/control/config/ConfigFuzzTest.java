package io.sluice.control.config;

import static org.junit.jupiter.api.Assertions.assertTrue;

import com.code_intelligence.jazzer.junit.FuzzTest;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.regex.Pattern;
import org.junit.jupiter.api.io.TempDir;

/** Any text as a config file. */
class ConfigFuzzTest {
    private static final Pattern MISTAKE = Pattern.compile("f:[1-9][0-9]*: .+", Pattern.DOTALL);

    @TempDir private static Path empty;

    private final ConfigReader reader = new ConfigReader(AllowedCores.parse("0-3"));

    @FuzzTest
    void textIsReadOrRefusedWithItsLines(byte[] input) {
        String text = new String(input, StandardCharsets.UTF_8);
        try {
            reader.read("f", text, empty);
        } catch (ConfigException e) {
            assertTrue(!e.mistakes().isEmpty());
            for (String mistake : e.mistakes()) {
                assertTrue(MISTAKE.matcher(mistake).matches(), mistake);
            }
        }
    }
}
