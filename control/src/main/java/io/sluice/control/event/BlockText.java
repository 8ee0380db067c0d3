package io.sluice.control.event;

import io.sluice.conntrack.BlockEvent;
import io.sluice.control.text.TextBytes;
import io.sluice.packet.IpAddress;

/** Events of port blocks as readers see them: a line, or a JSON object. */
final class BlockText {
    private static final int LINE_BYTES = 256;

    private BlockText() {}

    static String line(BlockEvent event) {
        TextBytes text = new TextBytes(LINE_BYTES);
        text.put('[').put(event.type().name().replace('_', '-')).put("] client=");
        putAddress(text, event.client());
        putAddress(text.put(",outside="), event.outside());
        text.put(",ports=").put(event.firstPort()).put('-').put(event.lastPort());
        if (event.zone() != event.replyZone()) {
            text.put(",zone-orig=").put(event.zone());
            text.put(",zone-reply=").put(event.replyZone());
        } else if (event.zone() != 0) {
            text.put(",zone=").put(event.zone());
        }
        return text.toString();
    }

    /** An object on one line. */
    static String json(BlockEvent event) {
        TextBytes json = new TextBytes(LINE_BYTES);
        json.put("{\"zone\":").put(event.zone());
        if (event.zone() != event.replyZone()) {
            json.put(",\"zone_orig\":").put(event.zone());
            json.put(",\"zone_reply\":").put(event.replyZone());
        }
        putAddress(json.put(",\"client\":\""), event.client());
        putAddress(json.put("\",\"outside\":\""), event.outside());
        json.put("\",\"first_port\":").put(event.firstPort());
        json.put(",\"last_port\":").put(event.lastPort());
        json.put(",\"type\":\"").put(event.type().text());
        json.put("\",\"time_unix_ms\":").put(event.timeMs());
        return json.put('}').toString();
    }

    private static void putAddress(TextBytes to, IpAddress address) {
        to.putAddress(address.ipv6(), address.high(), address.low());
    }
}
