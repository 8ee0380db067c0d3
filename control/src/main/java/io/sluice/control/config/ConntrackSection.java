package io.sluice.control.config;

import io.sluice.conntrack.ExpectationSettings;
import io.sluice.conntrack.FragmentSettings;
import io.sluice.conntrack.TcpChecks;
import io.sluice.conntrack.Timeouts;
import io.sluice.control.config.Section.Placed;
import io.sluice.control.text.NearestWord;
import io.sluice.control.text.Numbers;
import io.sluice.fastpath.Checksums;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import org.snakeyaml.engine.v2.nodes.Node;
import org.snakeyaml.engine.v2.nodes.ScalarNode;

/** Reads what the config says about connections. */
final class ConntrackSection {
    private static final int DEFAULT_MAX = 1 << 20;
    private static final int MAX = 1 << 28;
    private static final int MAX_ZONE = 0xFFFF;
    private static final int MAX_WAIT_SECONDS = 86_400;
    private static final int MAX_PACKET_BYTES = 0xFFFF;
    private static final int MAX_FRAGMENT_SECONDS = 3600;
    private static final String LIBERAL = "tcp-liberal";
    private static final String LOOSE = "tcp-loose";
    private static final String VERIFY = "verify-checksums";

    private final Mistakes mistakes;

    ConntrackSection(Mistakes mistakes) {
        this.mistakes = mistakes;
    }

    Config.Conntrack read(Optional<Section> given) {
        if (given.isEmpty()) {
            return new Config.Conntrack(
                    DEFAULT_MAX,
                    0,
                    Map.of(),
                    TcpChecks.DEFAULT,
                    Checksums.Verify.STATE,
                    FragmentSettings.DEFAULT,
                    Map.of(),
                    ExpectationSettings.DEFAULT);
        }
        Section section = given.get();
        int max = section.number("max-connections", 1, MAX, DEFAULT_MAX);
        int limit = section.number("default-zone-limit", 0, MAX, 0);
        TcpChecks tcpChecks = readTcpChecks(section, TcpChecks.DEFAULT);
        Map<String, Integer> timeouts =
                section.section("default-timeouts").map(this::readTimeouts).orElse(Map.of());
        Map<Integer, Config.Zone> zones = new LinkedHashMap<>();
        section.section("zones")
                .ifPresent(all ->
                        all.sectionsByKey()
                                .forEach((key, zone) -> readZone(key, zone, tcpChecks, zones)));
        Checksums.Verify verify =
                section.text(VERIFY).map(this::readVerify).orElse(Checksums.Verify.STATE);
        FragmentSettings fragments =
                section.section("fragments")
                        .map(ConntrackSection::readFragments)
                        .orElse(FragmentSettings.DEFAULT);
        ExpectationSettings expectations = readExpectations(section);
        section.finish();
        return new Config.Conntrack(
                max,
                limit,
                timeouts,
                tcpChecks,
                verify,
                fragments,
                Map.copyOf(zones),
                expectations);
    }

    private static ExpectationSettings readExpectations(Section conntrack) {
        ExpectationSettings byDefault = ExpectationSettings.DEFAULT;
        boolean tiedFate = conntrack.flag("tied-fate", byDefault.tiedFate());
        Optional<Section> given = conntrack.section("expectations");
        if (given.isEmpty()) {
            return byDefault.withTiedFate(tiedFate);
        }
        Section section = given.get();
        ExpectationSettings read =
                new ExpectationSettings(
                        section.number("max", 1, ExpectationSettings.MAX, byDefault.max()),
                        section.number(
                                "per-master",
                                1,
                                ExpectationSettings.MAX_PER_MASTER,
                                byDefault.perMaster()),
                        section.number("per-zone", 0, ExpectationSettings.MAX, byDefault.perZone()),
                        section.number("ftp-timeout", 1, MAX_WAIT_SECONDS, byDefault.ftpSeconds()),
                        section.number(
                                "tftp-timeout", 1, MAX_WAIT_SECONDS, byDefault.tftpSeconds()),
                        tiedFate);
        section.finish();
        return read;
    }

    private static FragmentSettings readFragments(Section section) {
        FragmentSettings normal = FragmentSettings.DEFAULT;
        FragmentSettings read =
                new FragmentSettings(
                        section.flag("ipv4", normal.ipv4()),
                        section.flag("ipv6", normal.ipv6()),
                        section.number("min-ipv4", 0, MAX_PACKET_BYTES, normal.minIpv4()),
                        section.number("min-ipv6", 0, MAX_PACKET_BYTES, normal.minIpv6()),
                        section.number(
                                "max", 0, FragmentSettings.MOST_FRAGMENTS, normal.maxFragments()),
                        section.number(
                                        "timeout",
                                        1,
                                        MAX_FRAGMENT_SECONDS,
                                        normal.timeoutMs() / 1000)
                                * 1000);
        section.finish();
        return read;
    }

    private Checksums.Verify readVerify(Placed<String> given) {
        for (Checksums.Verify each : Checksums.Verify.values()) {
            if (each.name().toLowerCase(Locale.ROOT).equals(given.value())) {
                return each;
            }
        }
        mistakes.add(
                given.node(),
                "%s is '%s', expected none, state or all".formatted(VERIFY, given.value()));
        return Checksums.Verify.STATE;
    }

    /** What the section leaves out is as in the default. */
    private static TcpChecks readTcpChecks(Section section, TcpChecks byDefault) {
        return new TcpChecks(
                section.flag(LIBERAL, byDefault.liberal()), section.flag(LOOSE, byDefault.loose()));
    }

    private void readZone(
            Node key, Section section, TcpChecks byDefault, Map<Integer, Config.Zone> zones) {
        String text = key instanceof ScalarNode scalar ? scalar.getValue() : "";
        OptionalInt zone = Numbers.find(text, 0, MAX_ZONE);
        if (zone.isEmpty()) {
            mistakes.add(
                    key, "zone '%s', expected a number from 0 to %d".formatted(text, MAX_ZONE));
        }
        Optional<Placed<Integer>> limit = section.optionalNumber("limit", 0, MAX);
        Map<String, Integer> timeouts =
                section.section("timeouts").map(this::readTimeouts).orElse(Map.of());
        boolean own = section.has(LIBERAL) || section.has(LOOSE);
        TcpChecks tcpChecks = readTcpChecks(section, byDefault);
        section.finish();
        OptionalInt limitOrNone =
                limit.map(each -> OptionalInt.of(each.value())).orElse(OptionalInt.empty());
        zone.ifPresent(number ->
                zones.put(
                        number,
                        new Config.Zone(
                                limitOrNone,
                                timeouts,
                                own ? Optional.of(tcpChecks) : Optional.empty())));
    }

    private Map<String, Integer> readTimeouts(Section section) {
        List<String> names = List.of(Timeouts.names());
        Map<String, Integer> seconds = new LinkedHashMap<>();
        section.allNumbers(Timeouts.MIN_SECONDS, Timeouts.MAX_SECONDS)
                .forEach((name, value) -> {
                    if (names.contains(name)) {
                        seconds.put(name, value.value());
                    } else {
                        mistakes.add(
                                value.node(),
                                "unknown timeout '%s', expected one of %s%s"
                                        .formatted(
                                                name,
                                                String.join(", ", names),
                                                NearestWord.hint(name, names)));
                    }
                });
        return seconds;
    }
}
