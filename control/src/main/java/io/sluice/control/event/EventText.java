package io.sluice.control.event;

import io.sluice.conntrack.ConnEvent;
import io.sluice.conntrack.Connection;
import io.sluice.conntrack.EventType;
import io.sluice.conntrack.Tuple;
import io.sluice.control.connection.ConnectionText;
import io.sluice.control.connection.ProtocolNames;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.Locale;
import tools.jackson.databind.node.ObjectNode;

/**
 * Events as readers see them: a line as {@code conntrack -E} begins it and Open vSwitch's dump goes
 * on, or a JSON object. Times are in milliseconds since 1970 UTC.
 */
public final class EventText {
    private static final DateTimeFormatter TIME =
            DateTimeFormatter.ofPattern("uuuu-MM-dd'T'HH:mm:ss.SSS'Z'", Locale.ROOT)
                    .withZone(ZoneOffset.UTC);

    private EventText() {}

    /** In UTC. */
    public static String time(long unixMs) {
        return TIME.format(Instant.ofEpochMilli(unixMs));
    }

    public static String line(ConnEvent event) {
        Connection connection = event.connection();
        int proto = connection.proto();
        StringBuilder text = new StringBuilder(200);
        text.append('[').append(event.type().name()).append("] ");
        text.append(ProtocolNames.show(proto));
        addTuple(text, ",orig=(", proto, connection.original(), event, event.original());
        addTuple(text, ",reply=(", proto, connection.reply(), event, event.reply());
        ConnectionText.appendDetails(text, connection, false);
        event.reason()
                .ifPresent(reason -> {
                    text.append(",duration=").append(seconds(event.durationMs()));
                    text.append(",reason=").append(reason.text());
                });
        return text.toString();
    }

    private static void addTuple(
            StringBuilder text,
            String begin,
            int proto,
            Tuple tuple,
            ConnEvent event,
            ConnEvent.Counted counted) {
        text.append(begin).append(ConnectionText.tuple(proto, tuple));
        if (event.type() != EventType.NEW) {
            text.append(",packets=").append(counted.packets());
            text.append(",bytes=").append(counted.bytes());
        }
        text.append(')');
    }

    private static String seconds(long ms) {
        return "%d.%03d".formatted(ms / 1000, ms % 1000);
    }

    public static ObjectNode json(ConnEvent event) {
        ObjectNode json = ConnectionText.json(event.connection());
        // Of the two directions apart, and it does not expire any more.
        json.remove("packets");
        json.remove("bytes");
        json.remove("timeout_s");
        count((ObjectNode) json.get("orig"), event.original());
        count((ObjectNode) json.get("reply"), event.reply());
        json.put("type", event.type().text());
        json.put("time_unix_ms", event.timeMs());
        json.put("start_unix_ms", event.firstMs());
        json.put("duration_ms", event.durationMs());
        event.reason().ifPresent(reason -> json.put("reason", reason.text()));
        return json;
    }

    private static void count(ObjectNode direction, ConnEvent.Counted counted) {
        direction.put("packets", counted.packets()).put("bytes", counted.bytes());
    }
}
