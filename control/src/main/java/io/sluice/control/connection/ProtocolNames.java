package io.sluice.control.connection;

import java.util.Map;
import java.util.OptionalInt;
import java.util.stream.IntStream;

/** The names of IP protocols in dumps and filters; those without one go by number. */
public final class ProtocolNames {
    private static final int ICMP = 1;
    public static final int TCP = 6;
    private static final int UDP = 17;
    private static final int ICMPV6 = 58;
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

    // By number, so that a dump looks them up without making an object of the number.
    private static final String[] SHOWN =
            IntStream.range(0, 256)
                    .mapToObj(each -> NAMES.getOrDefault(each, Integer.toString(each)))
                    .toArray(String[]::new);

    private ProtocolNames() {}

    public static String show(int protocol) {
        return SHOWN[protocol];
    }

    static OptionalInt number(String name) {
        return NAMES.entrySet().stream()
                .filter(entry -> entry.getValue().equals(name))
                .mapToInt(Map.Entry::getKey)
                .findFirst();
    }

    static boolean isIcmp(int protocol) {
        return protocol == ICMP || protocol == ICMPV6;
    }

    static boolean hasPorts(int protocol) {
        return protocol == TCP || protocol == UDP || protocol == SCTP;
    }
}
