package io.sluice.control.command;

import io.sluice.conntrack.LoweredLimits;
import io.sluice.conntrack.Zones;
import io.sluice.control.socket.Answer;
import io.sluice.control.text.SyntaxException;
import io.sluice.fastpath.Datapath;
import java.util.List;
import java.util.Set;
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
        return enforced(
                running, limits.ofDefault().isPresent(), limits.byZone().keySet(), parameters);
    }

    /** Zones without a limit of their own have the default's; the default without one has none. */
    static Answer del(Running running, Parameters parameters) {
        Zones zones = zones(running);
        boolean ofDefault = parameters.text().equals(DEFAULT);
        Set<Integer> named = Set.of();
        if (ofDefault) {
            zones.setDefaultLimit(0);
        } else {
            named = Set.copyOf(ZoneLimitText.readZones(parameters.text()));
            if (named.isEmpty()) {
                throw new SyntaxException(1, "expected zone=N[,N]... or default, found nothing");
            }
            named.forEach(zones::clearLimit);
        }
        return enforced(running, ofDefault, named, parameters);
    }

    /**
     * Where zones hold more than they may now, connections end, on the client's thread.
     *
     * @param ofDefault whether all zones without a limit of their own are looked at
     */
    private static Answer enforced(
            Running running, boolean ofDefault, Set<Integer> named, Parameters parameters) {
        Datapath datapath = running.engine().datapath();
        Zones zones = zones(running);
        boolean json = parameters.json();
        return out -> {
            List<LoweredLimits.Outcome> outcomes =
                    datapath.connections()
                            .loweredLimits()
                            .enforce(
                                    zone ->
                                            named.contains(zone)
                                                    || (ofDefault
                                                            && zones.ownLimit(zone).isEmpty()),
                                    datapath::nowMs);
            if (json) {
                out.writePOJO(outcomesJson(outcomes));
            } else {
                out.writeString(outcomesText(outcomes));
            }
        };
    }

    private static String outcomesText(List<LoweredLimits.Outcome> outcomes) {
        StringBuilder text = new StringBuilder();
        for (LoweredLimits.Outcome each : outcomes) {
            text.append("zone=").append(each.zone());
            text.append(",limit=").append(each.limit());
            text.append(",ended=").append(each.ended());
            text.append(",above=").append(each.above()).append('\n');
        }
        return text.toString();
    }

    private static JsonNode outcomesJson(List<LoweredLimits.Outcome> outcomes) {
        ObjectNode json = Json.object();
        ArrayNode all = json.putArray("zones");
        for (LoweredLimits.Outcome each : outcomes) {
            all.addObject()
                    .put("zone", each.zone())
                    .put("limit", each.limit())
                    .put("ended", each.ended())
                    .put("above", each.above());
        }
        return json;
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
            text.append(",limit=").append(zones.limit(zone));
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
                    .put("limit", zones.limit(zone))
                    .put("connections", zones.live(zone));
        }
        return json;
    }
}
