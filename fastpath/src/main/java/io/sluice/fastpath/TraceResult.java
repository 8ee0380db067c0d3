package io.sluice.fastpath;

import java.util.List;

/**
 * What would happen to a packet.
 *
 * @param packet before anything happens to it
 * @param events in order
 * @param complete whether these are all events, and not only the first
 */
public record TraceResult(TracedPacket packet, List<TraceEvent.Node> events, boolean complete) {}
