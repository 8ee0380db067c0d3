package io.sluice.control.service;

import io.sluice.packet.IpAddress;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * What an operator says of a service.
 *
 * @param vip its address
 * @param firstPort of its ports
 * @param zone of its connections
 * @param algorithm how a new connection's backend is chosen: a {@code selection_method}
 * @param affinitySeconds how long after a client's last new connection its next one goes to the
 *     same backend; 0: no longer than others'
 * @param health how backends are checked
 * @param failOpen whether backends take connections as if they were healthy when none is
 */
public record ServiceSpec(
        String name,
        IpAddress vip,
        int firstPort,
        int lastPort,
        Protocol protocol,
        int zone,
        String algorithm,
        int affinitySeconds,
        Optional<HealthSpec> health,
        boolean failOpen) {
    public static final String USAGE =
            "NAME vip=ADDRESS:PORT[-PORT] [proto=tcp|udp|sctp] [zone=N] [algorithm=NAME] "
                    + "[affinity=SECONDS] "
                    + HealthSpec.USAGE;

    /** The keys that may stand behind the name, in the config file too. */
    public static final List<String> KEYS =
            Stream.of(
                            List.of("vip", "proto", "zone", "algorithm", "affinity"),
                            HealthSpec.KEYS,
                            List.of("fail-open"))
                    .flatMap(List::stream)
                    .toList();

    static final int DEFAULT_ZONE = 65000;
    private static final int MAX_AFFINITY_SECONDS = 1_000_000;
    static final List<String> ALGORITHMS =
            List.of("maglev", "source_hash", "round_robin", "least_connections");

    /**
     * Reads the words of a command.
     *
     * @throws IllegalArgumentException with a sentence
     */
    public static ServiceSpec read(List<String> words) {
        Options options = new Options(words, 1, KEYS, USAGE);
        AddressAndPorts vip = AddressAndPorts.read("vip", options.required("vip"));
        if (!vip.hasPort()) {
            throw new IllegalArgumentException(
                    "vip is '%s', expected a port too: ADDRESS:PORT".formatted(vip));
        }
        return new ServiceSpec(
                name(options.placed(0)),
                vip.address(),
                vip.firstPort(),
                vip.lastPort(),
                Protocol.of(options.choice("proto", Protocol.NAMES, "tcp")),
                options.number("zone", 0, 0xFFFF, DEFAULT_ZONE),
                options.choice("algorithm", ALGORITHMS, ALGORITHMS.getFirst()),
                options.number("affinity", 0, MAX_AFFINITY_SECONDS, 0),
                HealthSpec.read(options),
                options.choice("fail-open", List.of("yes", "no"), "no").equals("yes"));
    }

    private static String name(String text) {
        if (!text.matches("[A-Za-z_][A-Za-z0-9_.-]{0,62}")) {
            throw new IllegalArgumentException(
                    "service name '%s', expected a letter and then up to 62 letters, digits, _ . -"
                            .formatted(text));
        }
        return text;
    }

    /** As {@code vip=} takes it. */
    public String vipText() {
        return new AddressAndPorts(vip, firstPort, lastPort).toString();
    }

    /** Whether packets could be for both. */
    boolean overlaps(ServiceSpec other) {
        return vip.equals(other.vip)
                && protocol == other.protocol
                && firstPort <= other.lastPort
                && other.firstPort <= lastPort;
    }
}
