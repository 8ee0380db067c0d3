package io.sluice.control.differential;

import io.sluice.packet.IpAddress;
import java.util.ArrayList;
import java.util.List;

/**
 * A rule of translation, in words of nft and as flows of Sluice. Each has networks of its own, of
 * clients, servers, and addresses that it translates to, so that all are there together. What no
 * rule is for has the null translation on both sides.
 */
// Range is a record of numbers and a word.
@SuppressWarnings("ImmutableEnumChecker")
enum TranslationRule {
    NOTHING(null, null),
    SOURCE(new Range(1, 0, 0, ""), null),
    /** So few ports that they may not be enough. */
    SOURCE_FEW_PORTS(new Range(1, 5000, 5003, ""), null),
    SOURCE_PORTS(new Range(1, 20000, 29999, ""), null),
    SOURCE_RANGE(new Range(8, 0, 0, ""), null),
    SOURCE_RANGE_PORTS(new Range(8, 600, 60000, ""), null),
    SOURCE_PERSISTENT(new Range(8, 0, 0, "persistent"), null),
    SOURCE_RANDOM(new Range(1, 0, 0, "random"), null),
    /** Linux has no such word; its fully-random promises as little. */
    SOURCE_HASH(new Range(4, 0, 0, "hash"), null),
    DESTINATION(null, new Range(1, 0, 0, "")),
    DESTINATION_PORT(null, new Range(1, 8080, 8080, "")),
    DESTINATION_RANGE(null, new Range(8, 0, 0, "")),
    DESTINATION_RANGE_PORTS(null, new Range(4, 8000, 8009, "")),
    /** In Sluice two zones: the destination in the zone of the packet, the source in another. */
    BOTH(new Range(1, 0, 0, ""), new Range(1, 8080, 8080, ""));

    /** What a side is translated to; ports 0: none named. */
    record Range(int addresses, int firstPort, int lastPort, String pick) {
        boolean namesPorts() {
            return firstPort != 0;
        }

        boolean has(int port) {
            return port >= firstPort && port <= lastPort;
        }
    }

    /** Networks of a rule. */
    enum Net {
        CLIENTS(10 << 24, 16),
        SERVERS(0xAC10 << 16, 16),
        OUTSIDE(0xC612 << 16, 8),
        INSIDE(0xC613 << 16, 8);

        private final int ipv4;
        private final int bits;

        Net(int ipv4, int bits) {
            this.ipv4 = ipv4;
            this.bits = bits;
        }
    }

    /** Of packets by DSCP. */
    static final List<Integer> ZONES = List.of(0, 5);

    private static final int OTHER_ZONES = 100;
    private static final String TABLE_OF_BOTH = "2";

    private final Range source;
    private final Range destination;

    TranslationRule(Range source, Range destination) {
        this.source = source;
        this.destination = destination;
    }

    Range source() {
        return source;
    }

    Range destination() {
        return destination;
    }

    /** A host of the network; numbers begin with 1. */
    IpAddress address(Net net, boolean ipv6, int number) {
        return ipv6
                ? IpAddress.ofIpv6(high(net), number)
                : IpAddress.ofIpv4(net.ipv4 + (ordinal() << net.bits) + number);
    }

    private long high(Net net) {
        return 0x20010db8_00000000L | (net.ordinal() + 1L) << 16 | ordinal();
    }

    /** Whether an address is chosen among several. */
    boolean choosesAddresses() {
        return (source != null && source.addresses > 1)
                || (destination != null && destination.addresses > 1);
    }

    /** Whether the rule translates the packet's source. */
    boolean translatesSource(Tuple tuple) {
        return source != null && isOf(Net.CLIENTS, tuple.source());
    }

    /** Whether the rule translates the packet's destination. */
    boolean translatesDestination(Tuple tuple) {
        return destination != null && isOf(Net.SERVERS, tuple.destination());
    }

    private boolean isOf(Net net, IpAddress address) {
        int number = (int) address.low() & ((1 << net.bits) - 1);
        return address.equals(address(net, address.ipv6(), number));
    }

    private String network(Net net, boolean ipv6) {
        return address(net, ipv6, 0) + "/" + (ipv6 ? 64 : 32 - net.bits);
    }

    /** Rules in words of nft. */
    List<String> kernelRules() {
        List<String> rules = new ArrayList<>();
        for (boolean ipv6 : new boolean[] {false, true}) {
            String ip = ipv6 ? "ip6" : "ip";
            if (source != null) {
                String match = "%s saddr %s".formatted(ip, network(Net.CLIENTS, ipv6));
                String icmp = ipv6 ? ", icmpv6" : ", icmp";
                addKernelRules(rules, match, icmp, "snat " + ip, source, Net.OUTSIDE, ipv6);
            }
            if (destination != null) {
                String match = "%s daddr %s".formatted(ip, network(Net.SERVERS, ipv6));
                addKernelRules(rules, match, "", "dnat " + ip, destination, Net.INSIDE, ipv6);
            }
        }
        return rules;
    }

    private void addKernelRules(
            List<String> rules,
            String match,
            String icmp,
            String verb,
            Range range,
            Net net,
            boolean ipv6) {
        String pick = range.pick.equals("hash") ? "fully-random" : range.pick;
        if (range.namesPorts()) {
            rules.add(
                    "meta l4proto { tcp, udp, sctp%s } %s %s to %s %s"
                            .formatted(icmp, match, verb, text(range, net, ipv6, true), pick));
        }
        rules.add("%s %s to %s %s".formatted(match, verb, text(range, net, ipv6, false), pick));
    }

    private String text(Range range, Net net, boolean ipv6, boolean ports) {
        String form = ipv6 && ports ? "[%s]" : "%s";
        String text = form.formatted(address(net, ipv6, 1));
        if (range.addresses > 1) {
            text += "-" + form.formatted(address(net, ipv6, range.addresses));
        }
        return ports ? text + ":" + range.firstPort + "-" + range.lastPort : text;
    }

    /** Flows of table 1 that begin the rule's connections; ANSWER and OUT are put in. */
    private List<String> flows(boolean ipv6, int dscp, String answer, String out) {
        int zone = ZONES.get(dscp);
        String match =
                "table=1,priority=%d,%s,nw_tos=%d"
                        .formatted(ordinal() + 10, ipv6 ? "ipv6" : "ip", dscp << 2);
        String ip = ipv6 ? "ipv6_" : "nw_";
        String clients = "," + ip + "src=" + network(Net.CLIENTS, ipv6);
        String servers = "," + ip + "dst=" + network(Net.SERVERS, ipv6);
        String bySource = nat("src=", source, Net.OUTSIDE, ipv6);
        String byDestination = nat("dst=", destination, Net.INSIDE, ipv6);
        String begins = "%s%s,ct_state=+new,actions=%s,ct(commit,zone=%d,nat(%s)),%s";
        if (source == null && destination == null) {
            return List.of();
        }
        if (destination == null) {
            return List.of(begins.formatted(match, clients, answer, zone, bySource, out));
        }
        if (source == null) {
            return List.of(begins.formatted(match, servers, answer, zone, byDestination, out));
        }
        int other = zone + OTHER_ZONES;
        String fromOutside =
                "%s,nw_tos=%d,%sdst=%s,actions="
                        .formatted(
                                ipv6 ? "ipv6" : "ip", dscp << 2, ip, address(Net.OUTSIDE, ipv6, 1));
        String known = "ct(table=1,zone=%d,nat)".formatted(zone);
        // Of known connections the destination is translated already.
        return List.of(
                "%s%s,ct_state=-rpl-inv,actions=%s,ct(commit,zone=%d,nat(%s)),ct(commit,zone=%d,nat(%s)),%s"
                        .formatted(
                                match, clients, answer, zone, byDestination, other, bySource, out),
                "table=0,priority=10,%sct(table=%s,zone=%d,nat)"
                        .formatted(fromOutside, TABLE_OF_BOTH, other),
                "table=%s,priority=1,%s,nw_tos=%d,ct_state=+new,actions=ct(commit,zone=%d,nat(src)),%s"
                        .formatted(TABLE_OF_BOTH, ipv6 ? "ipv6" : "ip", dscp << 2, other, known),
                "table=%s,priority=0,%s,nw_tos=%d,actions=%s"
                        .formatted(TABLE_OF_BOTH, ipv6 ? "ipv6" : "ip", dscp << 2, known));
    }

    private String nat(String side, Range range, Net net, boolean ipv6) {
        if (range == null) {
            return "";
        }
        String pick = range.pick.isEmpty() ? "" : "," + range.pick;
        return side + text(range, net, ipv6, range.namesPorts()) + pick;
    }

    /**
     * The flows of all rules.
     *
     * @param answer the action that notes what the first {@code ct()} said
     */
    static String allFlows(String answer) {
        String out = "dec_ttl,out";
        List<String> flows = new ArrayList<>();
        for (boolean ipv6 : new boolean[] {false, true}) {
            String ip = ipv6 ? "ipv6" : "ip";
            flows.add("table=1,priority=0,%s,actions=%s,%s".formatted(ip, answer, out));
            for (int dscp = 0; dscp < ZONES.size(); dscp++) {
                int zone = ZONES.get(dscp);
                String here = "%s,nw_tos=%d".formatted(ip, dscp << 2);
                flows.add(
                        "table=0,priority=1,%s,actions=ct(table=1,zone=%d,nat)"
                                .formatted(here, zone));
                flows.add(
                        "table=1,priority=1,%s,ct_state=+new,actions=%s,ct(commit,zone=%d,nat(src)),%s"
                                .formatted(here, answer, zone, out));
                for (TranslationRule rule : values()) {
                    flows.addAll(rule.flows(ipv6, dscp, answer, out));
                }
            }
        }
        return String.join("\n", flows);
    }
}
