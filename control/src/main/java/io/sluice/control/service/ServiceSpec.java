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
 * @param mode {@code dnat}: backends see clients' addresses; {@code snat}: one of Sluice's
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
        String mode,
        String algorithm,
        int affinitySeconds,
        Optional<HealthSpec> health,
        boolean failOpen) {
    public static final String USAGE =
            "NAME vip=ADDRESS:PORT[-PORT] [proto=tcp|udp|sctp] [zone=N] [mode=dnat|snat] "
                    + "[algorithm=NAME] [affinity=SECONDS] "
                    + HealthSpec.USAGE;

    /** The keys that may stand behind the name, in the config file too. */
    public static final List<String> KEYS =
            Stream.of(
                            List.of("vip", "proto", "zone", "mode", "algorithm", "affinity"),
                            HealthSpec.KEYS,
                            List.of("fail-open"))
                    .flatMap(List::stream)
                    .toList();

    static final int DEFAULT_ZONE = 65000;

    /** Of connections as they are between Sluice and backends, with {@code mode=snat}. */
    static final int SNAT_ZONE = 65001;

    private static final List<String> MODES = List.of("dnat", "snat");
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
        int zone = options.number("zone", 0, 0xFFFF, DEFAULT_ZONE);
        if (zone == SNAT_ZONE) {
            throw new IllegalArgumentException(
                    "zone %d is for services with mode=snat, expected another".formatted(zone));
        }
        return new ServiceSpec(
                name(options.placed(0)),
                vip.address(),
                vip.firstPort(),
                vip.lastPort(),
                Protocol.of(options.choice("proto", Protocol.NAMES, "tcp")),
                zone,
                options.choice("mode", MODES, MODES.getFirst()),
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

    /** Whether backends see an address of Sluice's instead of the client's. */
    boolean hidesClients() {
        return mode.equals("snat");
    }

    /** Whether packets could be for both. */
    boolean overlaps(ServiceSpec other) {
        return vip.equals(other.vip)
                && protocol == other.protocol
                && firstPort <= other.lastPort
                && other.firstPort <= lastPort;
    }
}
