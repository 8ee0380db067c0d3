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
 * @param whole the frame that it is a fragment of, else the same
 */
record Packet(String text, String hex, int zone, String tuple, int tcpFlags, String whole) {
    /** One that is no fragment. */
    Packet(String text, String hex, int zone, String tuple, int tcpFlags) {
        this(text, hex, zone, tuple, tcpFlags, hex);
    }

    Packet withTcpFlags(int flags) {
        return new Packet(text, hex, zone, tuple, flags, whole);
    }

    /** Direction, flags and numbers for people, and nothing of the IP header. */
    String segment() {
        return text.replace(" (sets mark)", "");
    }

    byte[] frame() {
        return HexFormat.of().parseHex(hex);
    }
}
