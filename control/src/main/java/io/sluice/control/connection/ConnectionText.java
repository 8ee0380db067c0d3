package io.sluice.control.connection;

import io.sluice.conntrack.Connection;
import io.sluice.conntrack.Tuple;
import java.math.BigInteger;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/** Writes connections as Open vSwitch's {@code dpctl/dump-conntrack} does, or as JSON. */
public final class ConnectionText {
    private ConnectionText() {}

    public static String line(Connection connection) {
        return line(connection, false);
    }

    /**
     * One line, without its end.
     *
     * @param timeout whether it says after how many seconds of silence it expires
     */
    public static String line(Connection connection, boolean timeout) {
        int proto = connection.proto();
        StringBuilder text = new StringBuilder(160);
        text.append(ProtocolNames.show(proto));
        text.append(",orig=(").append(tuple(proto, connection.original()));
        text.append("),reply=(").append(tuple(proto, connection.reply())).append(')');
        appendDetails(text, connection, timeout);
        return text.toString();
    }

    /** What follows the tuples. */
    public static void appendDetails(StringBuilder text, Connection connection, boolean timeout) {
        if (connection.zone() != connection.replyZone()) {
            text.append(",zone-orig=").append(connection.zone());
            text.append(",zone-reply=").append(connection.replyZone());
        } else if (connection.zone() != 0) {
            text.append(",zone=").append(connection.zone());
        }
        if (timeout) {
            text.append(",timeout=").append(connection.timeoutSeconds());
        }
        if (connection.mark() != 0) {
            text.append(",mark=").append(Integer.toUnsignedString(connection.mark()));
        }
        if ((connection.labelHigh() | connection.labelLow()) != 0) {
            text.append(",labels=0x").append(labels(connection).toString(16));
        }
        if (connection.proto() == ProtocolNames.TCP || connection.proto() == ProtocolNames.SCTP) {
            text.append(",protoinfo=(state=").append(connection.state()).append(')');
        }
    }

    public static ObjectNode json(Connection connection) {
        int proto = connection.proto();
        ObjectNode json = JsonNodeFactory.instance.objectNode();
        json.put("proto", ProtocolNames.show(proto));
        json.put("zone", connection.zone());
        if (connection.zone() != connection.replyZone()) {
            json.put("zone_orig", connection.zone());
            json.put("zone_reply", connection.replyZone());
        }
        json.put("mark", Integer.toUnsignedLong(connection.mark()));
        json.put("labels", labels(connection));
        json.put("state", connection.state());
        json.set("orig", jsonTuple(proto, connection.original()));
        json.set("reply", jsonTuple(proto, connection.reply()));
        json.put("packets", connection.packets());
        json.put("bytes", connection.bytes());
        json.put("timeout_s", connection.timeoutSeconds());
        return json;
    }

    private static BigInteger labels(Connection connection) {
        return unsigned(connection.labelHigh())
                .shiftLeft(Long.SIZE)
                .or(unsigned(connection.labelLow()));
    }

    private static BigInteger unsigned(long bits) {
        return new BigInteger(Long.toUnsignedString(bits));
    }

    public static String tuple(int proto, Tuple tuple) {
        String hosts = "src=" + tuple.src() + ",dst=" + tuple.dst();
        if (isIcmp(proto)) {
            return hosts
                    + ",id="
                    + tuple.srcPort()
                    + ",type="
                    + (tuple.dstPort() >>> 8)
                    + ",code="
                    + (tuple.dstPort() & 0xFF);
        }
        return ProtocolNames.hasPorts(proto)
                ? hosts + ",sport=" + tuple.srcPort() + ",dport=" + tuple.dstPort()
                : hosts;
    }

    private static boolean isIcmp(int proto) {
        return proto == ProtocolNames.ICMP || proto == ProtocolNames.ICMPV6;
    }

    public static ObjectNode jsonTuple(int proto, Tuple tuple) {
        ObjectNode json = JsonNodeFactory.instance.objectNode();
        json.put("src", tuple.src().toString());
        json.put("dst", tuple.dst().toString());
        if (isIcmp(proto)) {
            json.put("id", tuple.srcPort());
            json.put("type", tuple.dstPort() >>> 8);
            json.put("code", tuple.dstPort() & 0xFF);
        } else if (ProtocolNames.hasPorts(proto)) {
            json.put("sport", tuple.srcPort());
            json.put("dport", tuple.dstPort());
        }
        return json;
    }
}
