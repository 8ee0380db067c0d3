package io.sluice.control.engine;

import io.sluice.conntrack.Zones;
import io.sluice.control.config.Config;

/** Hands the config's zones to the connection table. */
final class ZoneSettings {
    private ZoneSettings() {}

    static void apply(Config.Conntrack conntrack, Zones zones) {
        zones.setDefaultLimit(conntrack.defaultZoneLimit());
        zones.setDefaultTcpChecks(conntrack.tcpChecks());
        conntrack
                .zones()
                .forEach((number, zone) -> {
                    zone.limit().ifPresent(limit -> zones.setLimit(number, limit));
                    zones.setTimeouts(number, zone.timeouts());
                    zone.tcpChecks().ifPresent(checks -> zones.setTcpChecks(number, checks));
                });
    }
}
