package io.sluice.conntrack;

/**
 * A copy of a connection as it was when it was read, for dumps.
 *
 * @param proto IP protocol number
 * @param zone of its original direction: the one that it is counted in
 * @param replyZone of its reply direction, mostly the same
 * @param mark ct_mark
 * @param labelHigh the upper 64 bits of ct_label
 * @param labelLow the lower 64 bits of ct_label
 * @param state the TCP state as Linux names it ({@code ESTABLISHED}...), else {@code UNREPLIED},
 *     {@code REPLIED}
 * @param packets of both directions
 * @param bytes of both directions, IP header included
 * @param timeoutSeconds until it expires if no packet comes
 */
public record Connection(
        int proto,
        int zone,
        int replyZone,
        int mark,
        long labelHigh,
        long labelLow,
        String state,
        Tuple original,
        Tuple reply,
        long packets,
        long bytes,
        long timeoutSeconds) {}
