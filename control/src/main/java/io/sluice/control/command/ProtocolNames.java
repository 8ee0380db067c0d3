package io.sluice.control.command;

import java.util.Map;
import java.util.OptionalInt;

/** The names of IP protocols in dumps and filters; those without one go by number. */
final class ProtocolNames {
    static final int ICMP = 1;
    static final int TCP = 6;
    static final int UDP = 17;

    private static final Map<Integer, String> NAMES =
            Map.of(
                    ICMP, "icmp", 2, "igmp", TCP, "tcp", UDP, "udp", 33, "dccp", 47, "gre", 50,
                    "esp", 51, "ah", 132, "sctp", 136, "udplite");

    private ProtocolNames() {}

    static String show(int protocol) {
        return NAMES.getOrDefault(protocol, Integer.toString(protocol));
    }

    static OptionalInt number(String name) {
        return NAMES.entrySet().stream()
                .filter(entry -> entry.getValue().equals(name))
                .mapToInt(Map.Entry::getKey)
                .findFirst();
    }

    static boolean hasPorts(int protocol) {
        return protocol == TCP || protocol == UDP;
    }
}
