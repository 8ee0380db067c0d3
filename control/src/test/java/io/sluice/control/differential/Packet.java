package io.sluice.control.differential;

import java.util.HexFormat;

/**
 * A packet of a sequence.
 *
 * @param text for people
 * @param hex the frame
 * @param zone number of the zone it is tracked in
 * @param tuple as dumps write it; empty when a packet of its kind has none
 * @param tcpFlags 0 for other protocols
 */
record Packet(String text, String hex, int zone, String tuple, int tcpFlags) {
    Packet withTcpFlags(int flags) {
        return new Packet(text, hex, zone, tuple, flags);
    }

    /** Direction, flags and numbers for people, and nothing of the IP header. */
    String segment() {
        return text.replace(" (sets mark)", "");
    }

    byte[] frame() {
        return HexFormat.of().parseHex(hex);
    }
}
