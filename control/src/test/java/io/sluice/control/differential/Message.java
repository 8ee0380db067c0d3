package io.sluice.control.differential;

import io.sluice.packet.FrameBuilder;
import io.sluice.packet.Ipv4;
import java.util.function.Consumer;

/**
 * What a packet carries, whoever sends it to whom.
 *
 * @param text for people
 * @param ends whether the connection may be over with it, so that the next packet begins another
 * @param content all but addresses, ports, TOS and TTL; an array in it is not to be changed
 */
record Message(String text, int protocol, boolean ends, Consumer<FrameBuilder> content) {
    /** A whole frame with right checksums. */
    byte[] frame(Tuple tuple, int tos, int ttl) {
        FrameBuilder frame = new FrameBuilder().tos(tos).ttl(ttl);
        if (tuple.source().ipv6()) {
            frame.ipv6(
                    tuple.source().high(),
                    tuple.source().low(),
                    tuple.destination().high(),
                    tuple.destination().low());
        } else {
            frame.ip((int) tuple.source().low(), (int) tuple.destination().low());
        }
        content.accept(frame.ports(tuple.sourcePort(), tuple.destinationPort()));
        return switch (protocol) {
            case Ipv4.PROTO_TCP -> frame.tcp();
            case Ipv4.PROTO_UDP -> frame.udp();
            case Ipv4.PROTO_SCTP -> frame.sctp();
            case Ipv4.PROTO_ICMP -> frame.ports(tuple.identifier(), 0).icmp();
            case Ipv4.PROTO_ICMPV6 -> frame.ports(tuple.identifier(), 0).icmpv6();
            default -> frame.ip(protocol, Talk.OTHER_PAYLOAD);
        };
    }
}
