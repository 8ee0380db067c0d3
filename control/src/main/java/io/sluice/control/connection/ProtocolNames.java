package io.sluice.control.connection;

import java.util.Map;
import java.util.OptionalInt;

/** The names of IP protocols in dumps and filters; those without one go by number. */
public final class ProtocolNames {
    static final int ICMP = 1;
    public static final int TCP = 6;
    static final int UDP = 17;
    static final int ICMPV6 = 58;
    static final int SCTP = 132;

    private static final Map<Integer, String> NAMES =
            Map.ofEntries(
                    Map.entry(ICMP, "icmp"),
                    Map.entry(2, "igmp"),
                    Map.entry(TCP, "tcp"),
                    Map.entry(UDP, "udp"),
                    Map.entry(33, "dccp"),
                    Map.entry(47, "gre"),
                    Map.entry(50, "esp"),
                    Map.entry(51, "ah"),
                    Map.entry(ICMPV6, "icmpv6"),
                    Map.entry(SCTP, "sctp"),
                    Map.entry(136, "udplite"));

    private ProtocolNames() {}

    public static String show(int protocol) {
        return NAMES.getOrDefault(protocol, Integer.toString(protocol));
    }

    static OptionalInt number(String name) {
        return NAMES.entrySet().stream()
                .filter(entry -> entry.getValue().equals(name))
                .mapToInt(Map.Entry::getKey)
                .findFirst();
    }

    static boolean hasPorts(int protocol) {
        return protocol == TCP || protocol == UDP || protocol == SCTP;
    }
}
