package io.sluice.control.packet;

import io.sluice.conntrack.CtState;
import io.sluice.control.flow.MatchFormat;
import io.sluice.fastpath.Field;
import io.sluice.fastpath.Match;
import io.sluice.fastpath.PacketOut;
import io.sluice.packet.AddressText;
import io.sluice.packet.Ethernet;
import io.sluice.packet.Icmpv6;
import io.sluice.packet.Ipv4;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/** A packet's fields as the match that takes just this packet, in flow syntax. */
public final class PacketMatch {
    /** What travels with a packet and is not in its frame; shown where it is not 0. */
    static final List<Field> METADATA =
            List.of(
                    Field.METADATA,
                    Field.PKT_MARK,
                    Field.REG0,
                    Field.REG1,
                    Field.REG2,
                    Field.REG3,
                    Field.REG4,
                    Field.REG5,
                    Field.REG6,
                    Field.REG7,
                    Field.REG8,
                    Field.REG9,
                    Field.REG10,
                    Field.REG11,
                    Field.REG12,
                    Field.REG13,
                    Field.REG14,
                    Field.REG15,
                    Field.CT_ZONE,
                    Field.CT_MARK,
                    Field.CT_LABEL);

    private static final int LABEL_MASK = 0xFFFFF;
    private static final Set<Integer> WITH_PORTS =
            Set.of(Ipv4.PROTO_TCP, Ipv4.PROTO_UDP, Ipv4.PROTO_SCTP);

    private final long[] key;
    private final Match.Builder match = Match.builder();

    private PacketMatch(long[] key) {
        this.key = key;
    }

    /** Where the packet came from and what is known of it beside its frame. */
    public static String metadata(long[] key) {
        List<String> words = new ArrayList<>();
        if (Field.CT_STATE.get(key) != 0) {
            words.add("ct_state=" + state(key));
        }
        PacketMatch packet = new PacketMatch(key);
        METADATA.stream()
                .filter(field -> field.get(key) != 0 || field.getHigh(key) != 0)
                .forEach(packet::add);
        String others = MatchFormat.show(packet.match.build());
        if (!others.isEmpty()) {
            words.add(others);
        }
        originalTuple(key).forEach((name, value) -> words.add(name + "=" + value));
        words.add("in_port=" + inPort(key));
        return String.join(",", words);
    }

    static String state(long[] key) {
        return state(Field.CT_STATE.get(key));
    }

    /** The flags of ct_state as Open vSwitch writes a whole state: {@code est|rpl|trk}. */
    public static String state(long state) {
        return IntStream.range(0, CtState.NAMES.size())
                .filter(bit -> (state >>> bit & 1) != 0)
                .mapToObj(CtState.NAMES::get)
                .collect(Collectors.joining("|"));
    }

    private static String inPort(long[] key) {
        long port = Field.IN_PORT.get(key);
        if (port == PacketOut.FROM_CONTROLLER) {
            return "CONTROLLER";
        }
        return port == PacketOut.FROM_NOWHERE ? "ANY" : Long.toString(port);
    }

    /** The connection's original direction, by the names of its fields; empty without one. */
    static Map<String, String> originalTuple(long[] key) {
        Map<String, String> words = new LinkedHashMap<>();
        if (Field.CT_NW_PROTO.get(key) == 0) {
            return words;
        }
        for (Field field : List.of(Field.CT_NW_SRC, Field.CT_NW_DST)) {
            if (field.get(key) != 0) {
                words.put(field.text(), AddressText.formatIpv4((int) field.get(key)));
            }
        }
        for (Field field : List.of(Field.CT_IPV6_SRC, Field.CT_IPV6_DST)) {
            if (field.getHigh(key) != 0 || field.get(key) != 0) {
                words.put(field.text(), AddressText.formatIpv6(field.getHigh(key), field.get(key)));
            }
        }
        for (Field field : List.of(Field.CT_NW_PROTO, Field.CT_TP_SRC, Field.CT_TP_DST)) {
            words.put(field.text(), Long.toString(field.get(key)));
        }
        return words;
    }

    /** The headers. */
    public static String headers(long[] key) {
        PacketMatch packet = new PacketMatch(key);
        packet.addEthernet();
        return MatchFormat.show(packet.match.build());
    }

    private void add(Field field) {
        match.masked(field, field.getHigh(key), field.get(key), field.maxHigh(), field.maxValue());
    }

    private void add(Field... fields) {
        for (Field field : fields) {
            add(field);
        }
    }

    private int get(Field field) {
        return (int) field.get(key);
    }

    private void addEthernet() {
        add(Field.ETH_SRC, Field.ETH_DST, Field.ETH_TYPE, Field.VLAN_TCI);
        if (get(Field.INNER_VLAN_TCI) != 0) {
            add(Field.INNER_VLAN_TCI);
        }
        switch (get(Field.ETH_TYPE)) {
            case Ethernet.TYPE_IPV4 -> {
                add(Field.NW_SRC, Field.NW_DST);
                addIp();
            }
            case Ethernet.TYPE_IPV6 -> {
                add(Field.IPV6_SRC, Field.IPV6_DST);
                match.masked(Field.IPV6_LABEL, Field.IPV6_LABEL.get(key), LABEL_MASK);
                addIp();
            }
            case Ethernet.TYPE_ARP, Ethernet.TYPE_RARP ->
                    add(Field.NW_SRC, Field.NW_DST, Field.NW_PROTO, Field.ARP_SHA, Field.ARP_THA);
            default -> {}
        }
    }

    private void addIp() {
        add(Field.NW_PROTO, Field.NW_TOS, Field.NW_TTL);
        match.masked(Field.NW_FRAG, Field.NW_FRAG.get(key), Field.FRAG_ANY | Field.FRAG_LATER);
        if ((get(Field.NW_FRAG) & Field.FRAG_LATER) != 0) {
            return;
        }
        int protocol = get(Field.NW_PROTO);
        boolean isIpv6 = get(Field.ETH_TYPE) == Ethernet.TYPE_IPV6;
        if (WITH_PORTS.contains(protocol)) {
            add(Field.TP_SRC, Field.TP_DST);
        } else if (protocol == (isIpv6 ? Ipv4.PROTO_ICMPV6 : Ipv4.PROTO_ICMP)) {
            addIcmp(isIpv6);
        }
        if (protocol == Ipv4.PROTO_TCP) {
            add(Field.TCP_FLAGS);
        }
    }

    private void addIcmp(boolean isIpv6) {
        add(Field.TP_SRC, Field.TP_DST);
        int type = get(Field.TP_SRC);
        if (isIpv6 && Icmpv6.isNeighborDiscovery(type, get(Field.TP_DST))) {
            add(Field.ND_TARGET);
            add(type == Icmpv6.NEIGHBOR_SOLICITATION ? Field.ARP_SHA : Field.ARP_THA);
        }
    }
}
