package io.sluice.control.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.sluice.control.socket.CommandException;
import io.sluice.control.socket.SocketException;
import io.sluice.control.socket.StreamReader;
import io.sluice.packet.FrameBuilder;
import java.io.IOException;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HexFormat;
import java.util.List;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;

/** Packets by hand through the whole program: what control sends down comes up again. */
@Timeout(180)
class PacketCommandsTest {
    private static final String CONFIG =
            """
            eal: ['--no-pci', '--no-huge', '-m', '128', '--no-shconf', '--no-telemetry']
            mbufs: {count: 4096}
            conntrack: {max-connections: 4096}
            ports:
              - {name: p0, devargs: "net_null0,no-rx=1"}
              - {name: p1, devargs: "net_null1,no-rx=1"}
            """;
    private static final byte[] UDP =
            new FrameBuilder().ip("10.0.0.1", "10.0.0.2").ports(4000, 53).udp();
    private static final String HEX = HexFormat.of().formatHex(UDP);

    @TempDir private Path folder;
    private Path socket;
    private SluiceProcess sluice;

    @BeforeEach
    void start() throws IOException, InterruptedException {
        socket = folder.resolve("sluice.sock");
        Path config = folder.resolve("sluice.yaml");
        Files.writeString(config, CONFIG);
        sluice =
                SluiceProcess.start(
                        folder,
                        "run",
                        "--config",
                        config.toString(),
                        "--socket",
                        socket.toString());
        sluice.awaitReady();
    }

    @AfterEach
    void stop() {
        sluice.close();
    }

    private String call(String method, String... parameters) throws SocketException {
        return SluiceProcess.call(socket, method, parameters).asString();
    }

    private String refusal(String method, String... parameters) {
        return assertThrows(CommandException.class, () -> call(method, parameters))
                .getMessage()
                .stripTrailing();
    }

    /** Reads a stream on a thread of its own. */
    private final class Reader {
        private final BlockingQueue<JsonNode> lines = new ArrayBlockingQueue<>(10_000);

        Reader(String... parameters) throws InterruptedException {
            Thread.ofVirtual()
                    .start(() -> {
                        try {
                            StreamReader.read(
                                    socket, "packet/in", List.of(parameters), lines::offer);
                        } catch (IOException e) {
                            throw new IllegalStateException(e);
                        }
                    });
            assertEquals("", next().asString(), "the stream has begun");
        }

        JsonNode next() throws InterruptedException {
            JsonNode line = lines.poll(30, TimeUnit.SECONDS);
            assertTrue(line != null, "nothing came");
            return line;
        }
    }

    private long sentBy(String port) throws SocketException {
        return SluiceProcess.call(socket, "port/stats", port, "--format=json")
                .get(0)
                .get("tx_packets")
                .asLong();
    }

    private void awaitSent(String port, long count) throws Exception {
        for (int i = 0; i < 1000 && sentBy(port) < count; i++) {
            Thread.sleep(5);
        }
        assertEquals(count, sentBy(port));
    }

    @Test
    void aPacketThatNamesAMissingGroupIsRefused() throws Exception {
        assertEquals(
                "group 7 does not exist",
                refusal("packet/out", "in_port=p1,packet=" + HEX + ",actions=group:7"));
        call("group/add", "group_id=7,type=all,bucket=output:p1");
        call("packet/out", "in_port=none,packet=" + HEX + ",actions=group:7");
        awaitSent("p1", 1);
    }

    @Test
    void whatIsSentDownComesUp() throws Exception {
        Reader reader = new Reader();
        Reader json = new Reader("--format=json");
        call("flow/add", "cookie=0x5,udp,actions=set_field:7->reg0,resubmit(,1)");
        call("flow/add", "table=1,cookie=0x6,udp,reg0=7,actions=controller(max_len=20,id=3)");
        assertEquals("", call("packet/out", "in_port=p1,packet=" + HEX + ",actions=table"));
        assertEquals(
                "NXT_PACKET_IN2: table_id=1 cookie=0x6 total_len=42 reg0=0x7,in_port=2 (via"
                        + " action) data_len=20 controller_id=3 udp,vlan_tci=0x0000,"
                        + "dl_src=02:00:00:00:00:01,dl_dst=02:00:00:00:00:02,nw_src=10.0.0.1,"
                        + "nw_dst=10.0.0.2,nw_tos=0,nw_ecn=0,nw_ttl=64,nw_frag=no,tp_src=4000,"
                        + "tp_dst=53 data="
                        + HEX.substring(0, 40)
                        + "\n",
                reader.next().asString());
        JsonNode object = json.next();
        assertEquals("action", object.get("reason").asString());
        assertEquals(2, object.get("in_port").asInt());
        assertEquals(7, object.get("reg0").asInt());
        assertEquals(6, object.get("cookie").asInt());
        assertEquals(42, object.get("total_len_bytes").asInt());
        assertEquals(HEX.substring(0, 40), object.get("data").asString());
    }

    @Test
    void whatACtFoundComesUpToo() throws Exception {
        Reader reader = new Reader();
        call("packet/out", "in_port=p0,packet=" + HEX + ",actions=ct(commit,zone=9)");
        call("flow/add", "table=3,actions=controller");
        call("packet/out", "in_port=none,packet=" + HEX + ",actions=ct(zone=9,table=3)");
        String line = reader.next().asString();
        assertTrue(
                line.contains(
                        " ct_state=new|trk,ct_zone=9,ct_nw_src=10.0.0.1,ct_nw_dst=10.0.0.2,"
                                + "ct_nw_proto=17,ct_tp_src=4000,ct_tp_dst=53,in_port=ANY (via"),
                line);
        assertTrue(line.endsWith(" data=" + HEX + "\n"), line);
    }

    @Test
    void aBundleSendsByTheFlowsItInstalls() throws Exception {
        StringBuilder bundle = new StringBuilder();
        for (int i = 0; i < 1000; i++) {
            bundle.append("packet-out in_port=p0,packet=").append(HEX).append(",actions=table\n");
        }
        bundle.append("in_port=p0,udp,actions=p1\n");
        assertEquals("1 flow added, 1000 packets sent\n", call("flow/replace", bundle.toString()));
        awaitSent("p1", 1000);
    }

    @Test
    void aBundleIsDoneWholeOrNotAtAll() throws Exception {
        String tooLong = "00".repeat(2100);
        assertEquals(
                "a packet of 2100 bytes cannot be sent: a buffer takes 2048 (mbufs.data-room)",
                refusal(
                        "flow/add",
                        """
                        udp,actions=p1
                        packet-out in_port=p0,packet=%s,actions=p1
                        packet-out in_port=p0,packet=%s,actions=p1
                        """
                                .formatted(HEX, tooLong)));
        assertEquals(
                "line 2, column 20: there is no port 9",
                refusal(
                        "flow/add",
                        "packet-out in_port=p0,packet=%s,actions=p1\npacket-out in_port=9,packet=00"
                                .formatted(HEX)));
        String many = ("packet-out in_port=p0,packet=" + HEX + ",actions=p1\n").repeat(1025);
        assertEquals(
                "1025 packets cannot be sent now: at most 1024 wait for a worker",
                refusal("flow/add", many));
        assertEquals("", call("flow/dump"));
        assertEquals(0, sentBy("p1"));
    }

    @Test
    void saysWhatIsWrongWithAPacket() {
        assertEquals(
                "column 21: expected two hexadecimal digits, found 'xy'",
                refusal("packet/out", "in_port=p0,packet=00xy,actions=p1"));
        assertEquals(
                "column 19: 3 bytes are no frame, expected at least 14",
                refusal("packet/out", "in_port=p0,packet=001122,actions=p1"));
        assertEquals(
                "column 1: expected in_port=PORT",
                refusal("packet/out", "packet=" + HEX + ",actions=p1"));
        assertEquals(
                "column 12: unknown word 'reg99', expected in_port, packet, a register, metadata"
                        + " or actions; did you mean 'reg9'?",
                refusal("packet/out", "in_port=p0,reg99=1,packet=" + HEX + ",actions=p1"));
    }

    @Test
    void composesPackets() throws Exception {
        String match =
                "udp,dl_src=02:00:00:00:00:01,dl_dst=02:00:00:00:00:02,nw_src=10.0.0.1,"
                        + "nw_dst=10.0.0.2,nw_ttl=64,tp_src=4000,tp_dst=53";
        assertEquals(HEX + "\n", call("packet/compose", match, "payload="));
        call("packet/out", "in_port=p0,packet(" + match + "),actions=p1");
        awaitSent("p1", 1);
    }

    @Test
    void aReaderThatStallsHoldsUpNobody() throws Exception {
        call("flow/add", "udp,actions=controller");
        try (SocketChannel stalling = SocketChannel.open(UnixDomainSocketAddress.of(socket))) {
            stalling.write(
                    ByteBuffer.wrap(
                            "{\"id\":1,\"method\":\"packet/in\",\"params\":[]}"
                                    .getBytes(StandardCharsets.US_ASCII)));
            Reader reader = new Reader();
            for (int i = 0; i < 5000; i++) {
                call("packet/out", "in_port=p0,packet=" + HEX + ",actions=table");
                assertTrue(reader.next().asString().endsWith(HEX + "\n"));
            }
        }
    }

    @Test
    void theCommandLinePrintsUntilTheDaemonEnds() throws Exception {
        Path other = Files.createDirectory(folder.resolve("reader"));
        call("flow/add", "udp,actions=controller");
        try (SluiceProcess reader =
                SluiceProcess.start(other, "packet", "in", "--socket", socket.toString())) {
            while (!Files.readString(other.resolve("out")).contains("(via action)")) {
                call("packet/out", "in_port=p0,packet=" + HEX + ",actions=table");
                Thread.sleep(20);
            }
            sluice.terminate();
            SluiceProcess.Ended ended = reader.awaitEnd();
            assertEquals(0, ended.exitCode());
            assertTrue(ended.out().startsWith("NXT_PACKET_IN2: table_id=0"), ended::out);
        }
    }
}
