package io.sluice.control.connection;

import io.sluice.conntrack.ConnView;
import io.sluice.conntrack.Connection;
import io.sluice.conntrack.Tuple;
import io.sluice.conntrack.TupleView;
import io.sluice.control.text.TextBytes;

/** Writes connections as Open vSwitch's {@code dpctl/dump-conntrack} does, or as JSON. */
public final class ConnectionText {
    private static final int LINE_BYTES = 256;

    private ConnectionText() {}

    public static String line(Connection connection) {
        TextBytes text = new TextBytes(LINE_BYTES);
        writeLine(text, ConnView.of(connection), false);
        return text.toString();
    }

    /**
     * One line, without its end. Makes no garbage.
     *
     * @param timeout whether it says after how many seconds of silence it expires
     */
    public static void writeLine(TextBytes to, ConnView connection, boolean timeout) {
        int proto = connection.proto();
        to.put(ProtocolNames.show(proto)).put(",orig=(");
        writeTuple(to, proto, connection.original());
        to.put("),reply=(");
        writeTuple(to, proto, connection.reply());
        to.put(')');
        writeDetails(to, connection, timeout);
    }

    /** What follows the tuples. */
    public static void writeDetails(TextBytes to, ConnView connection, boolean timeout) {
        if (connection.zone() != connection.replyZone()) {
            to.put(",zone-orig=").put(connection.zone());
            to.put(",zone-reply=").put(connection.replyZone());
        } else if (connection.zone() != 0) {
            to.put(",zone=").put(connection.zone());
        }
        if (timeout) {
            to.put(",timeout=").put(connection.timeoutSeconds());
        }
        if (connection.mark() != 0) {
            to.put(",mark=").put(Integer.toUnsignedLong(connection.mark()));
        }
        if ((connection.labelHigh() | connection.labelLow()) != 0) {
            to.put(",labels=0x").putHex(connection.labelHigh(), connection.labelLow());
        }
        if (connection.proto() == ProtocolNames.TCP || connection.proto() == ProtocolNames.SCTP) {
            to.put(",protoinfo=(state=").put(connection.state()).put(')');
        }
    }

    public static String tuple(int proto, Tuple tuple) {
        TextBytes text = new TextBytes(LINE_BYTES);
        writeTuple(text, proto, TupleView.of(tuple));
        return text.toString();
    }

    /** Makes no garbage. */
    public static void writeTuple(TextBytes to, int proto, TupleView tuple) {
        to.put("src=").putAddress(tuple.ipv6(), tuple.srcHigh(), tuple.srcLow());
        to.put(",dst=").putAddress(tuple.ipv6(), tuple.dstHigh(), tuple.dstLow());
        if (ProtocolNames.isIcmp(proto)) {
            to.put(",id=").put(tuple.srcPort());
            to.put(",type=").put(tuple.dstPort() >>> 8);
            to.put(",code=").put(tuple.dstPort() & 0xFF);
        } else if (ProtocolNames.hasPorts(proto)) {
            to.put(",sport=").put(tuple.srcPort()).put(",dport=").put(tuple.dstPort());
        }
    }
}
