package io.sluice.control.command;

import io.sluice.conntrack.Expectation;
import io.sluice.conntrack.TupleView;
import io.sluice.control.connection.ConnectionJson;
import io.sluice.control.connection.ConnectionText;
import io.sluice.control.connection.ProtocolNames;
import io.sluice.control.socket.Answer;
import io.sluice.control.text.TextBytes;
import io.sluice.fastpath.Datapath;
import java.math.BigInteger;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalInt;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/** {@code ct/expect-dump} and the same as {@code ovs-appctl} has it. */
final class ExpectCommands {
    static final String FILTER = "[zone=N]";

    private static final int LINE_BYTES = 256;

    private ExpectCommands() {}

    static Answer dump(Running running, Parameters parameters) {
        return DpctlCommands.ofZone(parameters, zone -> show(running, zone, parameters, true));
    }

    static Answer dumpAsOpenVSwitch(Running running, Parameters parameters) {
        return DpctlCommands.ofZone(parameters, zone -> show(running, zone, parameters, false));
    }

    private static Answer show(
            Running running, OptionalInt zone, Parameters parameters, boolean helpers) {
        Datapath datapath = running.engine().datapath();
        List<Expectation> all = new ArrayList<>();
        datapath.connections()
                .expectations()
                .forEach(
                        datapath.nowMs(),
                        each -> {
                            if (zone.isEmpty() || zone.getAsInt() == each.zone()) {
                                all.add(each);
                            }
                        });
        return parameters.answer(
                () -> text(all, parameters.statistics(), helpers), () -> json(all));
    }

    private static String text(List<Expectation> all, boolean timeouts, boolean helpers) {
        TextBytes text = new TextBytes(LINE_BYTES);
        for (Expectation each : all) {
            text.put(ProtocolNames.show(each.proto())).put(",orig=(");
            ConnectionText.writeTuple(text, each.proto(), TupleView.of(each.tuple()));
            text.put("),parent=(");
            ConnectionText.writeTuple(text, each.proto(), TupleView.of(each.parent()));
            text.put(')');
            if (each.zone() != 0) {
                text.put(",zone=").put(each.zone());
            }
            if (timeouts) {
                text.put(",timeout=").put(each.timeoutSeconds());
            }
            if (each.mark() != 0) {
                text.put(",mark=").put(Integer.toUnsignedLong(each.mark()));
            }
            if ((each.labelHigh() | each.labelLow()) != 0) {
                text.put(",labels=0x").putHex(each.labelHigh(), each.labelLow());
            }
            if (helpers) {
                text.put(",helper=").put(each.helper().text());
            }
            text.put('\n');
        }
        return text.toString();
    }

    private static ArrayNode json(List<Expectation> all) {
        ArrayNode array = Json.array();
        for (Expectation each : all) {
            ObjectNode json = array.addObject();
            json.put("proto", ProtocolNames.show(each.proto()));
            json.put("zone", each.zone());
            json.put("mark", Integer.toUnsignedLong(each.mark()));
            json.put(
                    "labels",
                    unsigned(each.labelHigh()).shiftLeft(64).or(unsigned(each.labelLow())));
            json.put("helper", each.helper().text());
            json.set("orig", ConnectionJson.of(each.proto(), each.tuple()));
            json.set("parent", ConnectionJson.of(each.proto(), each.parent()));
            json.put("permanent", each.permanent());
            json.put("timeout_s", each.timeoutSeconds());
        }
        return array;
    }

    private static BigInteger unsigned(long value) {
        return new BigInteger(Long.toUnsignedString(value));
    }
}
