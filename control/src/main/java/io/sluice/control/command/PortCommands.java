package io.sluice.control.command;

import io.sluice.control.config.PortNumbers;
import io.sluice.control.engine.Engine;
import io.sluice.control.socket.Answer;
import io.sluice.control.socket.CommandException;
import io.sluice.control.text.NearestWord;
import io.sluice.control.text.Numbers;
import io.sluice.control.text.Span;
import io.sluice.dpdk.LinkState;
import io.sluice.dpdk.PortStats;
import io.sluice.fastpath.DatapathPort;
import io.sluice.packet.AddressText;
import java.util.Comparator;
import java.util.List;
import java.util.OptionalInt;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ArrayNode;

/** {@code port/...}. */
final class PortCommands {
    private PortCommands() {}

    static Answer add(Running running, Parameters parameters) {
        parameters.requireCount(2, 3, "NAME DEVARGS [NUMBER]");
        List<String> words = parameters.words();
        PortNumbers.reasonAgainst(words.getFirst())
                .ifPresent(reason -> {
                    throw new CommandException(reason);
                });
        OptionalInt wanted =
                words.size() == 3
                        ? OptionalInt.of(
                                Numbers.parse(
                                        Span.of(words.get(2)), 1, PortNumbers.MAX, "a port number"))
                        : OptionalInt.empty();
        int number = running.engine().addPort(words.get(0), words.get(1), wanted);
        return parameters.answer(
                () -> Integer.toString(number), () -> Json.object().put("number", number));
    }

    static Answer del(Running running, Parameters parameters) {
        parameters.requireCount(1, 1, "NAME");
        String name = require(running.engine(), parameters.words().getFirst()).name();
        running.engine().removePort(name);
        return parameters.answer(
                () -> "port " + name + " deleted", () -> Json.object().put("name", name));
    }

    static Answer list(Running running, Parameters parameters) {
        List<DatapathPort> ports = chosen(running, parameters);
        return parameters.answer(
                () -> listText(running.engine(), ports), () -> listJson(running.engine(), ports));
    }

    static Answer stats(Running running, Parameters parameters) {
        List<DatapathPort> ports = chosen(running, parameters);
        return parameters.answer(() -> statsText(ports), () -> statsJson(ports));
    }

    private static List<DatapathPort> chosen(Running running, Parameters parameters) {
        parameters.requireCount(0, 1, "[NAME]");
        Engine engine = running.engine();
        if (!parameters.words().isEmpty()) {
            return List.of(require(engine, parameters.words().getFirst()));
        }
        return engine.ports().stream()
                .sorted(Comparator.comparingInt(DatapathPort::number))
                .toList();
    }

    private static DatapathPort require(Engine engine, String name) {
        return engine.port(name)
                .orElseThrow(() ->
                        new CommandException(
                                "no port is called '%s'%s"
                                        .formatted(
                                                name,
                                                NearestWord.hint(
                                                        name, engine.portNames().names()))));
    }

    private static String listText(Engine engine, List<DatapathPort> ports) {
        TextTable table =
                new TextTable("number", "name", "link", "mac", "mtu", "driver", "devargs");
        for (DatapathPort each : ports) {
            LinkState link = each.port().link();
            table.add(
                    each.number(),
                    each.name(),
                    link.up() ? "up" : "down",
                    mac(each),
                    each.port().mtu(),
                    each.port().driver(),
                    engine.devargs(each.name()));
        }
        return table.text();
    }

    private static JsonNode listJson(Engine engine, List<DatapathPort> ports) {
        ArrayNode all = Json.array();
        for (DatapathPort each : ports) {
            LinkState link = each.port().link();
            all.addObject()
                    .put("name", each.name())
                    .put("number", each.number())
                    .put("devargs", engine.devargs(each.name()))
                    .put("driver", each.port().driver())
                    .put("mac", mac(each))
                    .put("mtu", each.port().mtu())
                    .put("link_up", link.up())
                    .put("speed_mbps", link.speedMbps());
        }
        return all;
    }

    private static String mac(DatapathPort port) {
        long value = 0;
        for (byte octet : port.port().mac()) {
            value = (value << 8) | (octet & 0xFF);
        }
        return AddressText.formatMac(value);
    }

    private static String statsText(List<DatapathPort> ports) {
        TextTable table =
                new TextTable(
                        "number",
                        "name",
                        "rx_packets",
                        "rx_bytes",
                        "rx_dropped",
                        "tx_packets",
                        "tx_bytes",
                        "tx_dropped");
        for (DatapathPort each : ports) {
            PortStats stats = each.port().stats();
            table.add(
                    each.number(),
                    each.name(),
                    stats.rxPackets(),
                    stats.rxBytes(),
                    rxDropped(stats),
                    stats.txPackets(),
                    stats.txBytes(),
                    stats.txErrors());
        }
        return table.text();
    }

    private static JsonNode statsJson(List<DatapathPort> ports) {
        ArrayNode all = Json.array();
        for (DatapathPort each : ports) {
            PortStats stats = each.port().stats();
            all.addObject()
                    .put("name", each.name())
                    .put("number", each.number())
                    .put("rx_packets", stats.rxPackets())
                    .put("tx_packets", stats.txPackets())
                    .put("rx_bytes", stats.rxBytes())
                    .put("tx_bytes", stats.txBytes())
                    .put("rx_dropped", rxDropped(stats))
                    .put("tx_dropped", stats.txErrors());
        }
        return all;
    }

    private static long rxDropped(PortStats stats) {
        return stats.rxMissed() + stats.rxErrors() + stats.rxNoMbuf();
    }
}
