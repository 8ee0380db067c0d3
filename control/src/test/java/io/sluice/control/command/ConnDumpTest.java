package io.sluice.control.command;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.sun.management.ThreadMXBean;
import io.sluice.conntrack.ConnFilter;
import io.sluice.conntrack.Connection;
import io.sluice.conntrack.Tuple;
import io.sluice.control.socket.Answer;
import java.io.ByteArrayOutputStream;
import java.io.OutputStream;
import java.lang.management.ManagementFactory;
import java.math.BigInteger;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import org.junit.jupiter.api.Test;
import tools.jackson.core.JsonGenerator;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/** Dumps of a table with connections of all kinds: what they say, and what they allocate. */
class ConnDumpTest {
    private static final JsonMapper MAPPER = new JsonMapper();
    private static final Map<Integer, String> NAMES =
            Map.of(1, "icmp", 6, "tcp", 17, "udp", 47, "gre", 58, "icmpv6", 132, "sctp");

    private static Answer answer(VariedConnections made, boolean json) {
        ConnDump dump = new ConnDump(made.table, made::nowMs, ConnFilter.ALL, true);
        return json ? Answer.jsonOf(dump::json) : Answer.textOf(dump::text);
    }

    private static void write(Answer answer, OutputStream to) {
        try (JsonGenerator out = MAPPER.createGenerator(to)) {
            answer.writeTo(out);
        }
    }

    private static String written(Answer answer) {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        write(answer, out);
        return out.toString(StandardCharsets.UTF_8);
    }

    @Test
    void textAndJsonAreThoseOfEachConnection() {
        long seed = System.nanoTime();
        try (VariedConnections made = new VariedConnections(2000, seed)) {
            StringBuilder lines = new StringBuilder();
            ArrayNode objects = MAPPER.createArrayNode();
            made.table.forEach(
                    ConnFilter.ALL,
                    made.nowMs(),
                    each -> {
                        lines.append(line(each)).append('\n');
                        objects.add(object(each));
                    });
            assertEquals(2000, objects.size());
            String where = "seed " + seed;
            assertEquals(
                    MAPPER.writeValueAsString(lines.toString()),
                    written(answer(made, false)),
                    where);
            assertEquals(objects.toString(), written(answer(made, true)), where);
        }
    }

    /** A dump of many connections allocates what one of few does. */
    @Test
    void connectionsAreDumpedWithoutGarbage() {
        try (VariedConnections few = new VariedConnections(100, 1);
                VariedConnections many = new VariedConnections(40_100, 1)) {
            for (boolean json : new boolean[] {false, true}) {
                // What is made once, for the first dump of each kind.
                allocated(few, json);
                long ofFew = allocated(few, json);
                long ofMany = allocated(many, json);
                System.out.printf(
                        "dump as %s: %d bytes allocated for 100 connections, %d for 40100%n",
                        json ? "JSON" : "text", ofFew, ofMany);
                assertTrue(ofMany - ofFew < 40_000, () -> ofMany - ofFew + " bytes more");
            }
        }
    }

    private static long allocated(VariedConnections made, boolean json) {
        ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
        Answer answer = answer(made, json);
        long before = threads.getCurrentThreadAllocatedBytes();
        write(answer, OutputStream.nullOutputStream());
        return threads.getCurrentThreadAllocatedBytes() - before;
    }

    // What is written, once more with strings and trees.

    private static String line(Connection connection) {
        int proto = connection.proto();
        StringBuilder text = new StringBuilder(name(proto));
        text.append(",orig=(").append(tuple(proto, connection.original()));
        text.append("),reply=(").append(tuple(proto, connection.reply())).append(')');
        boolean twoZones = connection.zone() != connection.replyZone();
        if (twoZones) {
            text.append(",zone-orig=").append(connection.zone());
            text.append(",zone-reply=").append(connection.replyZone());
        }
        text.append(twoZones || connection.zone() == 0 ? "" : ",zone=" + connection.zone());
        text.append(",timeout=").append(connection.timeoutSeconds());
        if (connection.mark() != 0) {
            text.append(",mark=").append(Integer.toUnsignedString(connection.mark()));
        }
        BigInteger labels = labels(connection);
        text.append(labels.signum() == 0 ? "" : ",labels=0x" + labels.toString(16));
        boolean hasState = proto == 6 || proto == 132;
        return text.append(hasState ? ",protoinfo=(state=" + connection.state() + ")" : "")
                .toString();
    }

    private static String tuple(int proto, Tuple tuple) {
        String hosts = "src=" + tuple.src() + ",dst=" + tuple.dst();
        return switch (proto) {
            case 1, 58 ->
                    "%s,id=%d,type=%d,code=%d"
                            .formatted(
                                    hosts,
                                    tuple.srcPort(),
                                    tuple.dstPort() >>> 8,
                                    tuple.dstPort() & 0xFF);
            case 6, 17, 132 ->
                    "%s,sport=%d,dport=%d".formatted(hosts, tuple.srcPort(), tuple.dstPort());
            default -> hosts;
        };
    }

    private static String name(int proto) {
        return NAMES.getOrDefault(proto, Integer.toString(proto));
    }

    private static BigInteger labels(Connection connection) {
        return new BigInteger(Long.toUnsignedString(connection.labelHigh()))
                .shiftLeft(Long.SIZE)
                .or(new BigInteger(Long.toUnsignedString(connection.labelLow())));
    }

    private static ObjectNode object(Connection connection) {
        ObjectNode json = MAPPER.createObjectNode();
        json.put("proto", name(connection.proto()));
        json.put("zone", connection.zone());
        if (connection.zone() != connection.replyZone()) {
            json.put("zone_orig", connection.zone());
            json.put("zone_reply", connection.replyZone());
        }
        json.put("mark", Integer.toUnsignedLong(connection.mark()));
        json.put("labels", labels(connection));
        json.put("state", connection.state());
        json.set("orig", object(connection.proto(), connection.original()));
        json.set("reply", object(connection.proto(), connection.reply()));
        json.put("packets", connection.packets());
        json.put("bytes", connection.bytes());
        json.put("timeout_s", connection.timeoutSeconds());
        return json;
    }

    private static ObjectNode object(int proto, Tuple tuple) {
        ObjectNode json = MAPPER.createObjectNode();
        json.put("src", tuple.src().toString());
        json.put("dst", tuple.dst().toString());
        switch (proto) {
            case 1, 58 -> {
                json.put("id", tuple.srcPort());
                json.put("type", tuple.dstPort() >>> 8);
                json.put("code", tuple.dstPort() & 0xFF);
            }
            case 6, 17, 132 -> {
                json.put("sport", tuple.srcPort());
                json.put("dport", tuple.dstPort());
            }
            default -> {}
        }
        return json;
    }
}
