package io.sluice.control.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.sluice.packet.AddressText;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.json.JsonMapper;

/**
 * A dump that is longer than all buffers on its way, read to its end and not, by the real program.
 */
@Timeout(180)
class DumpCommandTest {
    private static final int CONNECTIONS = 20_000;

    @TempDir private Path serverFolder;
    @TempDir private Path folder;
    private Path socket;
    private SluiceProcess sluice;

    @BeforeEach
    void start() throws Exception {
        socket = serverFolder.resolve("sluice.sock");
        Path capture = serverFolder.resolve("in.pcap");
        List<byte[]> frames = new ArrayList<>();
        int server = AddressText.parseIpv4("192.0.2.1");
        for (int i = 0; i < CONNECTIONS; i++) {
            frames.add(PcapFile.udp(AddressText.parseIpv4("10.0.0.1") + i, server, 4000, 53));
        }
        PcapFile.write(capture, frames);
        Files.writeString(
                serverFolder.resolve("all.flows"), "udp,actions=ct(commit,zone=5),output:p1\n");
        Path config = serverFolder.resolve("sluice.yaml");
        Files.writeString(
                config,
                """
                eal: ['--no-pci', '--no-huge', '-m', '128', '--no-shconf', '--no-telemetry']
                mbufs: {count: 2048}
                conntrack: {max-connections: 32768, default-timeouts: {udp-unreplied: 3600}}
                ports:
                  - {name: p0, devargs: "net_pcap0,rx_pcap=%s"}
                  - {name: p1, devargs: "net_null0,no-rx=1"}
                flows: [all.flows]
                """
                        .formatted(capture));
        sluice =
                SluiceProcess.start(
                        serverFolder,
                        "run",
                        "--config",
                        config.toString(),
                        "--socket",
                        socket.toString());
        sluice.awaitReady();
        for (int i = 0; i < 1000 && count() < CONNECTIONS; i++) {
            Thread.sleep(10);
        }
        assertEquals(CONNECTIONS, count());
    }

    @AfterEach
    void stop() {
        sluice.close();
    }

    private long count() throws Exception {
        return SluiceProcess.call(socket, "ct/count", "--format=json").get("connections").asLong();
    }

    private SluiceProcess.Ended shell(String line, String... words)
            throws IOException, InterruptedException {
        List<String> all = new ArrayList<>(List.of("--socket", socket.toString()));
        all.addAll(List.of(words));
        return SluiceProcess.runInShell(folder, line, all.toArray(String[]::new));
    }

    @Test
    void isPrintedAsItComes() throws Exception {
        SluiceProcess.Ended whole = shell("\"$@\"", "ct", "dump", "zone=5");
        assertEquals(0, whole.exitCode());
        assertEquals(SluiceProcess.call(socket, "ct/dump").asString(), whole.out());
        assertEquals(CONNECTIONS, whole.out().lines().count());
        SluiceProcess.Ended json = shell("\"$@\"", "ct", "dump", "--format=json");
        assertEquals(CONNECTIONS, new JsonMapper().readTree(json.out()).size());

        SluiceProcess.Ended head = shell("\"$@\" | head -n 3; exit ${PIPESTATUS[0]}", "ct", "dump");
        assertEquals("", head.err());
        assertEquals(0, head.exitCode());
        assertEquals(whole.out().lines().limit(3).toList(), head.out().lines().toList());

        SluiceProcess.Ended full = shell("\"$@\" >/dev/full", "ct", "dump");
        assertEquals(1, full.exitCode());
        assertEquals(
                "sluice: standard output cannot be written: No space left on device\n", full.err());

        SluiceProcess.Ended wrong = shell("\"$@\"", "ct", "dump", "zone=x");
        assertEquals(1, wrong.exitCode());
        assertEquals("", wrong.out());
        assertTrue(wrong.err().startsWith("sluice: column 6: "), wrong::err);
        assertEquals(CONNECTIONS, count());
    }

    /** The client waits, with a full pipe, when it is killed. */
    @Test
    void aKilledClientLeavesTheServerAsItWas() throws Exception {
        for (int i = 0; i < 3; i++) {
            List<String> command =
                    SluiceProcess.command("--socket", socket.toString(), "ct", "dump");
            Process client = new ProcessBuilder(command).start();
            assertTrue(client.getInputStream().read() > 0, "it has begun");
            assertEquals(CONNECTIONS, count());
            client.destroyForcibly().onExit().join();
        }
        assertEquals(CONNECTIONS, SluiceProcess.call(socket, "ct/dump").asString().lines().count());
        sluice.terminate();
        SluiceProcess.Ended end = sluice.awaitEnd();
        assertEquals(0, end.exitCode());
        assertTrue(!end.err().contains("ERROR"), end::err);
    }
}
