package io.sluice.control.service;

import io.sluice.control.flow.Owner;
import io.sluice.packet.AddressText;
import io.sluice.packet.IpAddress;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;

/**
 * The flows and groups of all services, in flow syntax. Packets come in by table 0 and leave by
 * {@link #LEAVE}; the operator's flows get what is none of a service's connections.
 *
 * <pre>
 *   table 0, to a VIP ────────► ct(nat) ─► TO_BACKENDS ─┬─ a backend's connection ─► LEAVE
 *                                                       └─ new ─► group ─► ct(commit,nat) ─► LEAVE
 *   table 0, from a backend ──► ct(nat) ─► TO_CLIENTS ──┬─ a backend's connection ─► LEAVE
 *                                                       └─ any other ─► table 0, reg15=1
 * </pre>
 *
 * <p>A connection's ct_mark is its backend's number. Its ct_label has where the client's packets
 * come from, the Ethernet address in bits 0 to 47 and the port in 48 to 63: answers go back there.
 * With {@code mode=snat} packets to backends go through {@link ServiceSpec#SNAT_ZONE} last, and
 * answers first. reg14 is the port to leave by, reg13 and xxreg2 are scratch.
 */
final class ServiceRules {
    /** Of most flows; what neighbours say comes before. */
    static final int PRIORITY = 64999;

    static final int TO_BACKENDS = 250;
    static final int LEAVE = 251;
    static final int TO_CLIENTS = 252;

    // Anybody may ask. That must keep control neither from its work nor from hearing neighbours.
    private static final int QUESTIONS = Owner.FIRST_SERVICE_GROUP;
    private static final int NEIGHBOURS = Owner.FIRST_SERVICE_GROUP + 1;
    private static final int QUESTIONS_PER_SECOND = 1000;
    private static final int NEIGHBOURS_PER_SECOND = 10_000;

    private static final String NOTE_CLIENT =
            "move:NXM_OF_ETH_SRC[]->NXM_NX_CT_LABEL[0..47],"
                    + "move:NXM_OF_IN_PORT[]->NXM_NX_CT_LABEL[48..63]";
    private static final String TO_CLIENT =
            "move:NXM_NX_CT_LABEL[0..47]->NXM_OF_ETH_DST[],"
                    + "move:NXM_NX_CT_LABEL[48..63]->NXM_NX_REG14[0..15],"
                    + leave();
    private static final String PASS_ON = "load:1->NXM_NX_REG15[],resubmit(,0)";

    // Lines may come up more than once where services share an address.
    private final Set<String> lines = new LinkedHashSet<>();
    private final List<Link> links;
    private final Catalog catalog;
    private final Neighbours neighbours;

    private ServiceRules(List<Link> links, Catalog catalog, Neighbours neighbours) {
        this.links = links;
        this.catalog = catalog;
        this.neighbours = neighbours;
    }

    /** Flows and groups, one a line; nothing while there is no interface. */
    static String text(List<Link> links, Catalog catalog, Neighbours neighbours) {
        ServiceRules rules = new ServiceRules(links, catalog, neighbours);
        catalog.addresses().forEach(rules::own);
        if (!catalog.addresses().isEmpty()) {
            rules.meter(QUESTIONS, QUESTIONS_PER_SECOND);
            rules.meter(NEIGHBOURS, NEIGHBOURS_PER_SECOND);
            links.forEach(rules::leaveBy);
        }
        catalog.nextHops().forEach(rules::listenTo);
        catalog.services().forEach(rules::add);
        return String.join("\n", rules.lines);
    }

    private void flow(long cookie, String flow) {
        lines.add("cookie=0x%x,%s".formatted(cookie, flow));
    }

    /** A flow that is no one service's alone. */
    private void shared(String flow) {
        flow(Owner.SERVICE_COOKIE, flow);
    }

    private void meter(int id, int packetsPerSecond) {
        lines.add(
                "meter=%s,pktps,burst,stats,bands=type=drop,rate=%d,burst_size=%d"
                        .formatted(
                                Integer.toUnsignedString(id),
                                packetsPerSecond,
                                packetsPerSecond / 10));
    }

    private static String sendUp(int meter) {
        return "meter:%s,controller".formatted(Integer.toUnsignedString(meter));
    }

    private static String entry(int priority) {
        return "table=0,priority=%d,vlan_tci=0x0000,reg15=0".formatted(priority);
    }

    private static String leave() {
        return "resubmit(,%d)".formatted(LEAVE);
    }

    /** Questions for the address go up; pings are answered at once. */
    private void own(IpAddress address) {
        String swap =
                "move:NXM_OF_ETH_SRC[]->NXM_OF_ETH_DST[],move:%2$s->%1$s,move:%3$s->%2$s,"
                    + "move:%1$s->%3$s,mod_nw_ttl:64,move:NXM_OF_IN_PORT[]->NXM_NX_REG14[0..15],";
        if (address.ipv6()) {
            shared(
                    "%s,icmp6,icmpv6_type=135,nd_target=%s,actions=%s"
                            .formatted(entry(PRIORITY), address, sendUp(QUESTIONS)));
            ours("icmp6,icmpv6_type=135,nd_target=" + address);
            shared(
                    "%s,icmp6,icmpv6_type=128,ipv6_dst=%s,actions=%sset_field:129->icmpv6_type,%s"
                            .formatted(
                                    entry(PRIORITY),
                                    address,
                                    swap.formatted(
                                            "NXM_NX_XXREG2[]",
                                            "NXM_NX_IPV6_SRC[]",
                                            "NXM_NX_IPV6_DST[]"),
                                    leave()));
        } else {
            shared(
                    "%s,arp,arp_op=1,arp_tpa=%s,actions=%s"
                            .formatted(entry(PRIORITY), address, sendUp(QUESTIONS)));
            ours("arp,arp_tpa=" + address);
            shared(
                    "%s,icmp,icmp_type=8,nw_dst=%s,actions=%sset_field:0->icmp_type,%s"
                            .formatted(
                                    entry(PRIORITY),
                                    address,
                                    swap.formatted(
                                            "NXM_NX_REG13[]", "NXM_OF_IP_SRC[]", "NXM_OF_IP_DST[]"),
                                    leave()));
        }
    }

    /** What neighbours say to Sluice, and strangers' answers, are nobody else's. */
    private void ours(String match) {
        shared(
                "table=0,priority=%d,vlan_tci=0x0000,%s,actions=drop"
                        .formatted(PRIORITY - 2, match));
    }

    /** What a neighbour says of itself is noticed, whomever it says it to. */
    private void listenTo(NextHop hop) {
        Optional<Link> link = link(hop.port());
        if (link.isEmpty()) {
            return;
        }
        IpAddress neighbour = hop.neighbour();
        List<String> says =
                neighbour.ipv6()
                        ? List.of(
                                "icmp6,icmpv6_type=136,nd_target=" + neighbour,
                                "icmp6,icmpv6_type=135,ipv6_src=" + neighbour)
                        : List.of("arp,arp_spa=" + neighbour);
        for (String each : says) {
            shared(
                    "%s,in_port=%d,%s,actions=%s,%s"
                            .formatted(
                                    entry(PRIORITY + 1),
                                    link.get().number(),
                                    each,
                                    sendUp(NEIGHBOURS),
                                    PASS_ON));
        }
    }

    private void leaveBy(Link link) {
        for (String kind : List.of("ip", "ipv6")) {
            String flow = "table=%d,priority=%d,%s,reg14=%d%s,actions=mod_dl_src:%s,dec_ttl,%s";
            String mac = AddressText.formatMac(link.mac());
            int number = link.number();
            String back = ",in_port=" + number;
            shared(flow.formatted(LEAVE, 110, kind, number, back, mac, "in_port"));
            shared(flow.formatted(LEAVE, 100, kind, number, "", mac, "output:" + number));
        }
    }

    private void add(Service service) {
        ServiceSpec spec = service.spec();
        String vip = (spec.vip().ipv6() ? "ipv6_dst=" : "nw_dst=") + spec.vip();
        String icmp = spec.vip().ipv6() ? "icmp6" : "icmp";
        String track = "ct(table=%d,zone=%d,nat)".formatted(TO_BACKENDS, spec.zone());
        shared("%s,%s,%s,actions=%s".formatted(entry(PRIORITY - 1), icmp, vip, track));
        for (String ports : PortMasks.of(spec.firstPort(), spec.lastPort())) {
            String match = "%s,%s,tp_dst=%s".formatted(protocol(spec), vip, ports);
            flow(service.cookie(), "%s,%s,actions=%s".formatted(entry(PRIORITY), match, track));
            flow(
                    service.cookie(),
                    "table=%d,priority=90,ct_state=+trk+new,%s,actions=group:%s"
                            .formatted(
                                    TO_BACKENDS, match, Integer.toUnsignedString(service.group())));
        }
        shared(
                "table=%d,priority=0,actions=load:1->NXM_NX_REG15[],ct_clear,resubmit(,0)"
                        .formatted(TO_CLIENTS));
        boolean open = service.failsOpen();
        StringBuilder buckets = new StringBuilder();
        for (Backend backend : service.backends()) {
            backend(service, backend);
            buckets.append(bucket(spec, backend, open));
        }
        lines.add(
                "group_id=%s,type=select,selection_method=%s%s%s"
                        .formatted(
                                Integer.toUnsignedString(service.group()),
                                spec.algorithm(),
                                affinity(spec),
                                buckets));
    }

    private static String affinity(ServiceSpec spec) {
        return spec.affinitySeconds() == 0 ? "" : ",affinity_timeout=" + spec.affinitySeconds();
    }

    private static String protocol(ServiceSpec spec) {
        return spec.protocol().text() + (spec.vip().ipv6() ? "6" : "");
    }

    /** Stays while the way to the backend is unknown, and keeps what it counts. */
    private String bucket(ServiceSpec spec, Backend backend, boolean open) {
        Optional<String> hand = hand(backend);
        boolean takes = hand.isPresent() && (backend.isWanted() || (open && !backend.isDraining()));
        return ",bucket=bucket_id:%d,name:%s,weight:%d,actions=%s"
                .formatted(
                        backend.number(),
                        backend.spec().name(),
                        takes ? backend.spec().weight() : 0,
                        hand.map(each -> commit(spec, backend) + each).orElse("drop"));
    }

    private String commit(ServiceSpec spec, Backend backend) {
        return "ct(commit,zone=%d,nat(dst=%s),exec(load:%d->NXM_NX_CT_MARK[],%s)),%s"
                .formatted(
                        spec.zone(),
                        translation(backend.spec()),
                        backend.number(),
                        NOTE_CLIENT,
                        hideClient(spec, backend));
    }

    /** The second translation, in a zone of its own: it is found or made for every packet. */
    private String hideClient(ServiceSpec spec, Backend backend) {
        return spec.hidesClients()
                ? "ct(commit,zone=%d,nat(src=%s),exec(load:%d->NXM_NX_CT_MARK[])),"
                        .formatted(
                                ServiceSpec.SNAT_ZONE,
                                catalog.addressTowards(backend),
                                backend.number())
                : "";
    }

    private static String translation(BackendSpec backend) {
        IpAddress address = backend.address();
        String host = address.ipv6() ? "[" + address + "]" : address.toString();
        return backend.port() == 0 ? host : host + ":" + backend.port();
    }

    /** The flows of a backend's connections, there and back. */
    private void backend(Service service, Backend backend) {
        ServiceSpec spec = service.spec();
        String kind = spec.vip().ipv6() ? "ipv6" : "ip";
        String mine = "priority=100,ct_state=%%s,ct_mark=%d,%s".formatted(backend.number(), kind);
        String renew =
                "ct(commit,zone=%d,exec(%s)),".formatted(spec.zone(), NOTE_CLIENT)
                        + hideClient(spec, backend);
        flow(
                service.cookie(),
                "table=%d,%s,actions=%s"
                        .formatted(
                                TO_BACKENDS,
                                mine.formatted("+trk-rpl-inv"),
                                hand(backend).map(hand -> renew + hand).orElse("drop")));
        flow(
                service.cookie(),
                "table=%d,%s,actions=%s"
                        .formatted(TO_CLIENTS, mine.formatted("+trk+rpl-inv"), TO_CLIENT));
        answers(spec, backend);
    }

    /** Brings what a backend answers to its connections, by the second zone where there is one. */
    private void answers(ServiceSpec spec, Backend backend) {
        boolean ipv6 = spec.vip().ipv6();
        String from = (ipv6 ? "ipv6_src=" : "nw_src=") + backend.spec().address();
        String track = "ct(table=%d,zone=%d,nat)".formatted(TO_CLIENTS, spec.zone());
        int prior = 0;
        if (spec.hidesClients()) {
            from += (ipv6 ? ",ipv6_dst=" : ",nw_dst=") + catalog.addressTowards(backend);
            track = "ct(zone=%d,nat),%s".formatted(ServiceSpec.SNAT_ZONE, track);
            // Before those of another service of the backend, which are for any client.
            prior = 1;
        }
        String icmp = ipv6 ? "icmp6" : "icmp";
        shared("%s,%s,%s,actions=%s".formatted(entry(PRIORITY - 2 + prior), icmp, from, track));
        int port = backend.spec().port();
        for (String ports :
                port == 0
                        ? PortMasks.of(spec.firstPort(), spec.lastPort())
                        : PortMasks.of(port, port)) {
            shared(
                    "%s,%s,%s,tp_src=%s,actions=%s"
                            .formatted(
                                    entry(PRIORITY + prior), protocol(spec), from, ports, track));
        }
    }

    /** The actions that hand a packet to the backend; empty while nobody knows how. */
    private Optional<String> hand(Backend backend) {
        Optional<NextHop> hop = catalog.nextHop(backend);
        Optional<Link> link = hop.flatMap(each -> link(each.port()));
        OptionalLong mac = hop.isPresent() ? neighbours.mac(hop.get()) : OptionalLong.empty();
        return link.isEmpty() || mac.isEmpty()
                ? Optional.empty()
                : Optional.of(
                        "mod_dl_dst:%s,load:%d->NXM_NX_REG14[],%s"
                                .formatted(
                                        AddressText.formatMac(mac.getAsLong()),
                                        link.get().number(),
                                        leave()));
    }

    private Optional<Link> link(String name) {
        return links.stream().filter(each -> each.name().equals(name)).findFirst();
    }
}
