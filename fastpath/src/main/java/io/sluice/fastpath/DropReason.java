package io.sluice.fastpath;

/** Every way a packet ends without being sent. The label is what {@code stats/drops} shows. */
public enum DropReason {
    FLOW("flow", "a flow or bucket said drop, or had no action"),
    NO_MATCH("no-match", "no flow of the table matched"),
    RUNT("runt", "shorter than an Ethernet header"),
    VLAN_MALFORMED("vlan-malformed", "cut short within a VLAN tag"),
    IP_MALFORMED("ip-malformed", "IPv4 header cut short or with impossible lengths"),
    IPV6_MALFORMED(
            "ipv6-malformed", "IPv6 or extension header cut short or with impossible lengths"),
    L4_MALFORMED(
            "l4-malformed", "TCP, UDP, SCTP or ICMP header cut short or with impossible lengths"),
    RESUBMIT_LIMIT("resubmit-limit", "went through more tables than the limit"),
    NO_GROUP("no-group", "the flow names a group that does not exist"),
    NO_BUCKET("no-bucket", "the group has no live bucket that takes packets"),
    METER("meter", "came faster than the flow's meter allows"),
    CT_TABLE_FULL("ct-table-full", "no room for one more connection"),
    CT_ZONE_LIMIT("ct-zone-limit", "the zone has as many connections as its limit allows"),
    CT_BUCKET_FULL("ct-bucket-full", "the two index buckets of the connection's hash are full"),
    NAT_EXHAUSTED("nat-exhausted", "no free address and port in the range"),
    NAT_BLOCK_LIMIT(
            "nat-block-limit", "the client has as many port blocks as the range's max-port-blocks"),
    NAT_CLASH("nat-clash", "the connection's reply tuple belongs to another connection"),
    NAT_REDIRECT("nat-redirect", "an ICMP redirect about a connection that is translated"),
    FRAGMENT_DUPLICATE("fragment-duplicate", "a fragment that had come already"),
    FRAGMENT_OVERLAP("fragment-overlap", "of a datagram with fragments that overlap"),
    FRAGMENT_MALFORMED(
            "fragment-malformed",
            "a fragment without data, cut within 8 bytes, or of a datagram beyond 65535"),
    FRAGMENT_TOO_SMALL(
            "fragment-too-small", "a fragment, not the last, shorter than the least that is set"),
    FRAGMENT_FULL("fragment-full", "a fragment that had to give way, or found no room to wait"),
    FRAGMENT_TIMEOUT("fragment-timeout", "a fragment whose datagram did not come in time"),
    RESERVED_ADDRESS("reserved-address", "to an Ethernet address that no bridge forwards"),
    CONTROLLER("controller", "sent up with controller and to no port"),
    TTL_EXPIRED("ttl-expired", "dec_ttl found a TTL or hop limit of 0 or 1"),
    OUTPUT_IN_PORT("output-in-port", "sent to the port it came from without in_port"),
    NO_PORT("no-port", "sent to a port that does not exist"),
    TX_FULL("tx-full", "the port's transmit queue did not take it"),
    NO_MBUF("no-mbuf", "no buffer left for a copy"),
    PACKET_IN_FULL("packet-in-full", "a copy for packet/in that the queue to control did not take"),
    LEARN_FULL("learn-full", "a flow to learn that the queue to control did not take"),
    LEARN_LIMIT("learn-limit", "a flow to learn of which there are as many as its limit allows"),
    NO_HEADROOM("no-headroom", "the buffer has no room before the frame for a VLAN tag"),
    EXPECTATION_REFUSED(
            "expectation-refused",
            "announces a connection that cannot be expected: too many are, or another expects it"),
    HELPER_GAP("helper-gap", "data that a helper cannot read yet: what comes before it is missing"),
    HELPER_NO_ROOM(
            "helper-no-room",
            "no room in the buffer for what a helper made longer, or a fragment of it");

    private final String label;
    private final String meaning;

    DropReason(String label, String meaning) {
        this.label = label;
        this.meaning = meaning;
    }

    public String label() {
        return label;
    }

    /** One line for people. */
    public String meaning() {
        return meaning;
    }
}
