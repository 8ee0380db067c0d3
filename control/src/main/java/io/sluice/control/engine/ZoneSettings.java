package io.sluice.control.engine;

import io.sluice.conntrack.Timeouts;
import io.sluice.conntrack.Zones;
import io.sluice.control.config.Config;
import java.util.HashMap;
import java.util.Map;
import java.util.OptionalInt;

/**
 * What zones are told about timeouts: the default's own seconds, and each zone's own, by name. What
 * a zone does not say follows the default, which follows Linux. Control thread only.
 */
public final class ZoneSettings {
    private final Zones zones;
    private final Map<String, Integer> ofDefault = new HashMap<>();
    private final Map<Integer, Map<String, Integer>> byZone = new HashMap<>();

    ZoneSettings(Zones zones) {
        this.zones = zones;
    }

    /** Does what the config says, limits included. */
    void apply(Config.Conntrack conntrack) {
        zones.setDefaultLimit(conntrack.defaultZoneLimit());
        zones.setDefaultTcpChecks(conntrack.tcpChecks());
        setTimeouts(OptionalInt.empty(), conntrack.defaultTimeouts());
        conntrack
                .zones()
                .forEach((number, zone) -> {
                    zone.limit().ifPresent(limit -> zones.setLimit(number, limit));
                    setTimeouts(OptionalInt.of(number), zone.timeouts());
                    zone.tcpChecks().ifPresent(checks -> zones.setTcpChecks(number, checks));
                });
    }

    /**
     * Changes timeouts; connections that exist keep to the new ones, too.
     *
     * @param zone empty: the default
     * @param seconds by name; null: no longer its own
     * @throws IllegalArgumentException naming what is unknown or out of bounds; nothing is changed
     */
    public void setTimeouts(OptionalInt zone, Map<String, Integer> seconds) {
        Map<String, Integer> own =
                zone.isPresent()
                        ? new HashMap<>(byZone.getOrDefault(zone.getAsInt(), Map.of()))
                        : new HashMap<>(ofDefault);
        seconds.forEach((name, value) -> {
            if (value == null) {
                own.remove(name);
            } else {
                own.put(name, value);
            }
        });
        // Refuses what it does not know, before anything is changed.
        Timeouts checked = new Timeouts(own);
        if (zone.isPresent()) {
            byZone.put(zone.getAsInt(), own);
            publish(zone.getAsInt());
        } else {
            ofDefault.clear();
            ofDefault.putAll(own);
            zones.setDefaultTimeouts(checked);
            byZone.keySet().forEach(this::publish);
        }
    }

    private void publish(int zone) {
        zones.setTimeouts(zone, byZone.get(zone).isEmpty() ? null : timeouts(zone));
    }

    private Timeouts timeouts(int zone) {
        Map<String, Integer> all = new HashMap<>(ofDefault);
        all.putAll(byZone.getOrDefault(zone, Map.of()));
        return new Timeouts(all);
    }

    /** All timeouts that hold in the zone, or by default: seconds by name. */
    public Map<String, Integer> timeouts(OptionalInt zone) {
        return (zone.isPresent() ? timeouts(zone.getAsInt()) : new Timeouts(ofDefault)).seconds();
    }
}
