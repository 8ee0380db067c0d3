package io.sluice.conntrack;

import io.sluice.packet.Ipv4;
import java.util.Locale;

/**
 * What looks into the packets of a connection for others that are to be expected, where a flow asks
 * for it ({@code ct(commit,alg=...)}). The ordinals lie in memory.
 */
public enum Helper {
    NONE(0),
    /** The File Transfer Protocol (RFC 959, RFC 2428). */
    FTP(Ipv4.PROTO_TCP),
    /** The Trivial File Transfer Protocol (RFC 1350). */
    TFTP(Ipv4.PROTO_UDP);

    private static final Helper[] ALL = values();

    private final int protocol;

    Helper(int protocol) {
        this.protocol = protocol;
    }

    static Helper of(int ordinal) {
        return ALL[ordinal];
    }

    /** The IP protocol of connections that it can look into. */
    public int protocol() {
        return protocol;
    }

    /** As users write and read it. */
    public String text() {
        return name().toLowerCase(Locale.ROOT);
    }
}
