package io.sluice.control.connection;

import io.sluice.conntrack.ConnView;
import io.sluice.conntrack.Connection;
import io.sluice.conntrack.Tuple;
import io.sluice.conntrack.TupleView;
import io.sluice.control.text.TextBytes;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/**
 * Writes connections as JSON: names of protocols and states, addresses and numbers, of which none
 * needs an escape.
 */
public final class ConnectionJson {
    private static final JsonMapper MAPPER = new JsonMapper();
    private static final int OBJECT_BYTES = 512;

    private ConnectionJson() {}

    public static JsonNode of(Connection connection) {
        TextBytes text = new TextBytes(OBJECT_BYTES);
        write(text, ConnView.of(connection));
        return MAPPER.readTree(text.toString());
    }

    public static JsonNode of(int proto, Tuple tuple) {
        TextBytes text = new TextBytes(OBJECT_BYTES);
        text.put('{');
        writeTuple(text, proto, TupleView.of(tuple));
        return MAPPER.readTree(text.put('}').toString());
    }

    /** An object. Makes no garbage. */
    public static void write(TextBytes to, ConnView connection) {
        writeDetails(to.put('{'), connection);
        int proto = connection.proto();
        writeTuple(to.put(",\"orig\":{"), proto, connection.original());
        writeTuple(to.put("},\"reply\":{"), proto, connection.reply());
        writeCounters(to.put("},"), connection.packets(), connection.bytes());
        to.put(",\"timeout_s\":").put(connection.timeoutSeconds()).put('}');
    }

    /** The members before the tuples. */
    public static void writeDetails(TextBytes to, ConnView connection) {
        to.put("\"proto\":\"").put(ProtocolNames.show(connection.proto()));
        to.put("\",\"zone\":").put(connection.zone());
        if (connection.zone() != connection.replyZone()) {
            to.put(",\"zone_orig\":").put(connection.zone());
            to.put(",\"zone_reply\":").put(connection.replyZone());
        }
        to.put(",\"mark\":").put(Integer.toUnsignedLong(connection.mark()));
        to.put(",\"labels\":").put(connection.labelHigh(), connection.labelLow());
        to.put(",\"state\":\"").put(connection.state()).put('"');
    }

    /** The members of a direction. */
    public static void writeTuple(TextBytes to, int proto, TupleView tuple) {
        to.put("\"src\":\"").putAddress(tuple.ipv6(), tuple.srcHigh(), tuple.srcLow());
        to.put("\",\"dst\":\"").putAddress(tuple.ipv6(), tuple.dstHigh(), tuple.dstLow());
        to.put('"');
        if (ProtocolNames.isIcmp(proto)) {
            to.put(",\"id\":").put(tuple.srcPort());
            to.put(",\"type\":").put(tuple.dstPort() >>> 8);
            to.put(",\"code\":").put(tuple.dstPort() & 0xFF);
        } else if (ProtocolNames.hasPorts(proto)) {
            to.put(",\"sport\":").put(tuple.srcPort()).put(",\"dport\":").put(tuple.dstPort());
        }
    }

    public static void writeCounters(TextBytes to, long packets, long bytes) {
        to.put("\"packets\":").put(packets).put(",\"bytes\":").put(bytes);
    }
}
