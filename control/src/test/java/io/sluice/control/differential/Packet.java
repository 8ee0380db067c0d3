package io.sluice.control.differential;

import java.util.HexFormat;

/**
 * A packet of a sequence.
 *
 * @param text for people
 * @param hex the frame
 * @param zone number of the zone it is tracked in
 * @param tuple as dumps write it; empty when a packet of its kind has none
 */
record Packet(String text, String hex, int zone, String tuple) {
    byte[] frame() {
        return HexFormat.of().parseHex(hex);
    }
}
