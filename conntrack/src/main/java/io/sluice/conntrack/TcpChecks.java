package io.sluice.conntrack;

/**
 * How strictly the TCP packets of a zone are looked at.
 *
 * @param liberal packets outside the window are of their connection all the same (Linux: {@code
 *     nf_conntrack_tcp_be_liberal})
 * @param loose a connection may begin with a packet from its middle (Linux: {@code
 *     nf_conntrack_tcp_loose})
 */
public record TcpChecks(boolean liberal, boolean loose) {
    /** Linux's. */
    public static final TcpChecks DEFAULT = new TcpChecks(false, true);
}
