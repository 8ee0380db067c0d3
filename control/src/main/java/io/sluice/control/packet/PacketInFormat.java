package io.sluice.control.packet;

import io.sluice.fastpath.Action;
import io.sluice.fastpath.Field;
import java.math.BigInteger;
import java.util.HexFormat;
import java.util.Locale;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/** Packets that flows sent up as readers see them: a line, or a JSON object. */
final class PacketInFormat {
    private static final HexFormat HEX = HexFormat.of();
    private static final HexFormat DOTTED_HEX = HexFormat.ofDelimiter(".");

    private PacketInFormat() {}

    /**
     * As {@code ovs-ofctl monitor} prints an NXT_PACKET_IN2, with the packet and its bytes on the
     * same line.
     */
    static String line(PacketIn packet) {
        StringBuilder text = new StringBuilder("NXT_PACKET_IN2: table_id=").append(packet.table());
        if (packet.cookie() != -1) {
            text.append(" cookie=0x").append(Long.toHexString(packet.cookie()));
        }
        text.append(" total_len=").append(packet.frameBytes());
        text.append(' ').append(PacketMatch.metadata(packet.key()));
        text.append(" (via ").append(reason(packet)).append(')');
        text.append(" data_len=").append(packet.data().length);
        if (packet.action().id() != 0) {
            text.append(" controller_id=").append(packet.action().id());
        }
        if (!packet.action().userdata().equals(Action.Bytes.NONE)) {
            byte[] userdata = packet.action().userdata().toArray();
            text.append(" userdata=").append(DOTTED_HEX.formatHex(userdata));
        }
        text.append(' ').append(PacketMatch.headers(packet.key()));
        return text.append(" data=").append(HEX.formatHex(packet.data())).toString();
    }

    static ObjectNode json(PacketIn packet) {
        ObjectNode json = JsonNodeFactory.instance.objectNode();
        json.put("reason", reason(packet)).put("table", packet.table());
        if (packet.cookie() != -1) {
            json.put("cookie", unsigned(0, packet.cookie()));
        }
        json.put("total_len_bytes", packet.frameBytes());
        json.put("data_len_bytes", packet.data().length);
        json.put("controller_id", packet.action().id());
        json.put("userdata", packet.action().userdata().hex());
        json.put("in_port", Field.IN_PORT.get(packet.key()));
        if (Field.CT_STATE.get(packet.key()) != 0) {
            json.put("ct_state", PacketMatch.state(packet.key()));
        }
        for (Field field : PacketMatch.METADATA) {
            putUnlessZero(json, field, packet.key());
        }
        PacketMatch.originalTuple(packet.key()).forEach(json::put);
        json.put("packet", PacketMatch.headers(packet.key()));
        return json.put("data", HEX.formatHex(packet.data()));
    }

    private static void putUnlessZero(ObjectNode json, Field field, long[] key) {
        if (field.getHigh(key) != 0 || field.get(key) != 0) {
            json.put(field.text(), unsigned(field.getHigh(key), field.get(key)));
        }
    }

    private static BigInteger unsigned(long high, long low) {
        return new BigInteger("%016x%016x".formatted(high, low), 16);
    }

    static String loss(long packets) {
        return packets + (packets == 1 ? " packet was" : " packets were") + " lost here";
    }

    static ObjectNode lossJson(long packets) {
        return JsonNodeFactory.instance.objectNode().put("lost", packets);
    }

    private static String reason(PacketIn packet) {
        return packet.action().reason().name().toLowerCase(Locale.ROOT);
    }
}
