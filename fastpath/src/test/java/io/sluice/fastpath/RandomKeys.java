package io.sluice.fastpath;

import io.sluice.packet.Ethernet;
import io.sluice.packet.Icmpv6;
import io.sluice.packet.Ipv4;
import io.sluice.packet.Ipv6;
import io.sluice.packet.Vlan;
import java.util.Random;

/** Fields of packets as they may come in. */
final class RandomKeys {
    private static final int[] TYPES = {
        Ethernet.TYPE_IPV4, Ethernet.TYPE_IPV6, Ethernet.TYPE_ARP, Ethernet.TYPE_RARP, 0x88B5
    };
    private static final int[] PROTOCOLS = {
        Ipv4.PROTO_TCP, Ipv4.PROTO_UDP, Ipv4.PROTO_SCTP, Ipv4.PROTO_ICMP, Ipv4.PROTO_ICMPV6, 99
    };

    private final Random random;
    private final long[] key = new long[Field.WORDS];

    private RandomKeys(Random random) {
        this.random = random;
    }

    static long[] next(Random random, int inPort) {
        RandomKeys keys = new RandomKeys(random);
        Field.IN_PORT.set(keys.key, inPort);
        keys.ethernet();
        return keys.key;
    }

    private void fill(Field... fields) {
        for (Field field : fields) {
            field.set(key, random.nextLong(), random.nextLong());
        }
    }

    private void ethernet() {
        fill(Field.ETH_DST, Field.ETH_SRC);
        if (random.nextBoolean()) {
            tag(Field.VLAN_TPID, Field.VLAN_TCI);
            if (random.nextBoolean()) {
                tag(Field.INNER_VLAN_TPID, Field.INNER_VLAN_TCI);
            }
        }
        int type = TYPES[random.nextInt(TYPES.length)];
        Field.ETH_TYPE.set(key, type);
        switch (type) {
            case Ethernet.TYPE_IPV4 -> {
                fill(Field.NW_SRC, Field.NW_DST);
                ip(false);
            }
            case Ethernet.TYPE_IPV6 -> {
                fill(Field.IPV6_SRC, Field.IPV6_DST, Field.IPV6_LABEL);
                Field.IPV6_LABEL.set(key, Field.IPV6_LABEL.get(key) & 0xFFFFF);
                ip(true);
            }
            case Ethernet.TYPE_ARP, Ethernet.TYPE_RARP -> {
                fill(Field.NW_SRC, Field.NW_DST, Field.ARP_SHA, Field.ARP_THA);
                Field.NW_PROTO.set(key, 1 + random.nextInt(4));
            }
            default -> {}
        }
    }

    private void tag(Field tpid, Field tci) {
        tpid.set(key, random.nextBoolean() ? Vlan.TPID_CUSTOMER : Vlan.TPID_SERVICE);
        tci.set(key, random.nextInt(0x10000) | Field.VLAN_PRESENT);
    }

    private void ip(boolean isIpv6) {
        fill(Field.NW_TOS, Field.NW_TTL);
        int protocol = PROTOCOLS[random.nextInt(PROTOCOLS.length)];
        Field.NW_PROTO.set(key, protocol);
        int fragment = random.nextInt(8);
        if (fragment < 2) {
            Field.NW_FRAG.set(key, Field.FRAG_ANY | (fragment == 1 ? Field.FRAG_LATER : 0));
        }
        if (fragment != 1) {
            transport(isIpv6, protocol);
        } else if (isIpv6) {
            // As Open vSwitch has it: what comes behind the fragment header is not known for sure.
            Field.NW_PROTO.set(key, Ipv6.NEXT_FRAGMENT);
        }
    }

    private void transport(boolean isIpv6, int protocol) {
        switch (protocol) {
            case Ipv4.PROTO_TCP -> {
                fill(Field.TP_SRC, Field.TP_DST);
                Field.TCP_FLAGS.set(key, random.nextInt(0x1000));
            }
            case Ipv4.PROTO_UDP, Ipv4.PROTO_SCTP -> fill(Field.TP_SRC, Field.TP_DST);
            case Ipv4.PROTO_ICMP -> icmp(!isIpv6);
            case Ipv4.PROTO_ICMPV6 -> {
                icmp(isIpv6);
                if (isIpv6 && random.nextBoolean()) {
                    neighborDiscovery();
                }
            }
            default -> {}
        }
    }

    private void icmp(boolean ofThisVersion) {
        if (ofThisVersion) {
            Field.TP_SRC.set(key, random.nextInt(128));
            Field.TP_DST.set(key, random.nextInt(16));
        }
    }

    private void neighborDiscovery() {
        boolean solicits = random.nextBoolean();
        Field.TP_SRC.set(
                key, solicits ? Icmpv6.NEIGHBOR_SOLICITATION : Icmpv6.NEIGHBOR_ADVERTISEMENT);
        Field.TP_DST.set(key, 0);
        fill(Field.ND_TARGET);
        if (random.nextBoolean()) {
            fill(solicits ? Field.ARP_SHA : Field.ARP_THA);
        }
    }
}
