package io.sluice.control.differential;

import java.util.List;

/**
 * Packets that follow one another.
 *
 * @param name for people
 */
record Sequence(String name, List<Packet> packets) {}
