package io.sluice.control.service;

import io.sluice.packet.IpAddress;
import java.util.List;

/**
 * Whose connection to a service is meant.
 *
 * @param servicePort 0: the first of the service's
 */
public record Client(String service, IpAddress address, int port, int servicePort) {
    public static final String USAGE = "NAME src=ADDRESS:PORT [dport=N]";

    /**
     * Reads the words of a command.
     *
     * @throws IllegalArgumentException with a sentence
     */
    public static Client read(List<String> words) {
        Options options = new Options(words, 1, List.of("src", "dport"), USAGE);
        AddressAndPorts source = AddressAndPorts.read("src", options.required("src"));
        if (!source.hasPort() || source.lastPort() != source.firstPort()) {
            throw new IllegalArgumentException(
                    "src is '%s', expected ADDRESS:PORT".formatted(source));
        }
        return new Client(
                options.placed(0),
                source.address(),
                source.firstPort(),
                options.number("dport", 1, 0xFFFF, 0));
    }

    /**
     * The first packet of the connection, in match syntax.
     *
     * @throws IllegalArgumentException when the service cannot get it
     */
    public String firstPacket(ServiceSpec spec) {
        if (address.ipv6() != spec.vip().ipv6()) {
            throw new IllegalArgumentException(
                    "src %s and vip %s are of different kinds".formatted(address, spec.vip()));
        }
        int to = servicePort == 0 ? spec.firstPort() : servicePort;
        if (to < spec.firstPort() || to > spec.lastPort()) {
            throw new IllegalArgumentException(
                    "dport is %d, expected a port of %s".formatted(to, spec.vipText()));
        }
        boolean ipv6 = spec.vip().ipv6();
        return "%s,%s=%s,%s=%s,nw_ttl=64,tp_src=%d,tp_dst=%d%s"
                .formatted(
                        spec.protocol().text() + (ipv6 ? "6" : ""),
                        ipv6 ? "ipv6_src" : "nw_src",
                        address,
                        ipv6 ? "ipv6_dst" : "nw_dst",
                        spec.vip(),
                        port,
                        to,
                        spec.protocol() == Protocol.TCP ? ",tcp_flags=syn" : "");
    }
}
