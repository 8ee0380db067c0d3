package io.sluice.control.command;

import io.sluice.conntrack.Zones;
import io.sluice.control.socket.Answer;
import io.sluice.control.text.SyntaxException;
import java.util.List;
import java.util.stream.IntStream;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/** {@code ct/limit-...}, and {@code dpctl/ct-...-limits}, which say the same. */
final class LimitCommands {
    private static final String DEFAULT = "default";

    private LimitCommands() {}

    static Answer set(Running running, Parameters parameters) {
        ZoneLimitText.Limits limits = ZoneLimitText.read(parameters.text());
        Zones zones = zones(running);
        limits.ofDefault().ifPresent(zones::setDefaultLimit);
        limits.byZone().forEach(zones::setLimit);
        return parameters.answer(() -> "", Json::object);
    }

    /** Zones without a limit of their own have the default's; the default without one has none. */
    static Answer del(Running running, Parameters parameters) {
        Zones zones = zones(running);
        if (parameters.text().equals(DEFAULT)) {
            zones.setDefaultLimit(0);
        } else {
            List<Integer> named = ZoneLimitText.readZones(parameters.text());
            if (named.isEmpty()) {
                throw new SyntaxException(1, "expected zone=N[,N]... or default, found nothing");
            }
            named.forEach(zones::clearLimit);
        }
        return parameters.answer(() -> "", Json::object);
    }

    /** The zones that are named, or those that have a limit of their own. */
    static Answer get(Running running, Parameters parameters) {
        Zones zones = zones(running);
        List<Integer> named = ZoneLimitText.readZones(parameters.text());
        List<Integer> shown =
                named.isEmpty()
                        ? IntStream.range(0, Zones.COUNT)
                                .filter(zone -> zones.ownLimit(zone).isPresent())
                                .boxed()
                                .toList()
                        : named;
        return parameters.answer(() -> text(zones, shown), () -> json(zones, shown));
    }

    private static Zones zones(Running running) {
        return running.engine().datapath().connections().zones();
    }

    /** As {@code ovs-appctl dpctl/ct-get-limits} prints them. */
    private static String text(Zones zones, List<Integer> shown) {
        StringBuilder text = new StringBuilder("default limit=").append(zones.defaultLimit());
        for (int zone : shown) {
            text.append("\nzone=").append(zone);
            text.append(",limit=").append(limit(zones, zone));
            text.append(",count=").append(zones.live(zone));
        }
        return text.append('\n').toString();
    }

    private static JsonNode json(Zones zones, List<Integer> shown) {
        ObjectNode json = Json.object().put("default_limit", zones.defaultLimit());
        ArrayNode all = json.putArray("zones");
        for (int zone : shown) {
            all.addObject()
                    .put("zone", zone)
                    .put("limit", limit(zones, zone))
                    .put("connections", zones.live(zone));
        }
        return json;
    }

    private static int limit(Zones zones, int zone) {
        return zones.ownLimit(zone).orElse(zones.defaultLimit());
    }
}
