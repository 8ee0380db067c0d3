package io.sluice.control.event;

import io.sluice.conntrack.BlockEvent;
import io.sluice.conntrack.ConnEvent;
import io.sluice.conntrack.ConnView;
import io.sluice.conntrack.EventType;
import io.sluice.conntrack.TupleView;
import io.sluice.control.connection.ConnectionJson;
import io.sluice.control.connection.ConnectionText;
import io.sluice.control.connection.ProtocolNames;
import io.sluice.control.text.TextBytes;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.Locale;

/**
 * Events as readers see them: a line as {@code conntrack -E} begins it and Open vSwitch's dump goes
 * on, or a JSON object. Times are in milliseconds since 1970 UTC.
 */
public final class EventText {
    private static final DateTimeFormatter TIME =
            DateTimeFormatter.ofPattern("uuuu-MM-dd'T'HH:mm:ss.SSS'Z'", Locale.ROOT)
                    .withZone(ZoneOffset.UTC);

    private static final int LINE_BYTES = 512;

    private EventText() {}

    /** In UTC. */
    public static String time(long unixMs) {
        return TIME.format(Instant.ofEpochMilli(unixMs));
    }

    public static String line(BlockEvent event) {
        return BlockText.line(event);
    }

    /** An object on one line. */
    public static String json(BlockEvent event) {
        return BlockText.json(event);
    }

    public static String line(ConnEvent event) {
        ConnView connection = ConnView.of(event.connection());
        TextBytes text = new TextBytes(LINE_BYTES);
        text.put('[').put(event.type().name()).put("] ");
        text.put(ProtocolNames.show(connection.proto()));
        boolean counted = event.type() != EventType.NEW;
        addTuple(text.put(",orig=("), connection, connection.original());
        addCounters(text, counted, event.original());
        addTuple(text.put(",reply=("), connection, connection.reply());
        addCounters(text, counted, event.reply());
        ConnectionText.writeDetails(text, connection, false);
        event.reason()
                .ifPresent(reason -> {
                    text.put(",duration=").put(seconds(event.durationMs()));
                    text.put(",reason=").put(reason.text());
                });
        return text.toString();
    }

    private static void addTuple(TextBytes text, ConnView connection, TupleView tuple) {
        ConnectionText.writeTuple(text, connection.proto(), tuple);
    }

    private static void addCounters(TextBytes text, boolean counted, ConnEvent.Counted counters) {
        if (counted) {
            text.put(",packets=").put(counters.packets());
            text.put(",bytes=").put(counters.bytes());
        }
        text.put(')');
    }

    private static String seconds(long ms) {
        return "%d.%03d".formatted(ms / 1000, ms % 1000);
    }

    /** An object on one line. */
    public static String json(ConnEvent event) {
        ConnView connection = ConnView.of(event.connection());
        TextBytes json = new TextBytes(LINE_BYTES);
        ConnectionJson.writeDetails(json.put('{'), connection);
        addJson(json.put(",\"orig\":{"), connection, connection.original(), event.original());
        addJson(json.put(",\"reply\":{"), connection, connection.reply(), event.reply());
        json.put(",\"type\":\"").put(event.type().text());
        json.put("\",\"time_unix_ms\":").put(event.timeMs());
        json.put(",\"start_unix_ms\":").put(event.firstMs());
        json.put(",\"duration_ms\":").put(event.durationMs());
        event.reason().ifPresent(each -> json.put(",\"reason\":\"").put(each.text()).put('"'));
        return json.put('}').toString();
    }

    private static void addJson(
            TextBytes json, ConnView connection, TupleView tuple, ConnEvent.Counted counters) {
        ConnectionJson.writeTuple(json, connection.proto(), tuple);
        ConnectionJson.writeCounters(json.put(','), counters.packets(), counters.bytes());
        json.put('}');
    }
}
