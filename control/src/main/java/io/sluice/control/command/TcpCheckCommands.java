package io.sluice.control.command;

import io.sluice.conntrack.TcpChecks;
import io.sluice.conntrack.Zones;
import io.sluice.control.socket.Answer;

/**
 * {@code dpctl/ct-...-tcp-seq-chk}, as {@code ovs-appctl} takes them: whether TCP packets must be
 * in their window, in zones that have no {@code tcp-liberal} of their own.
 */
final class TcpCheckCommands {
    /** Sluice has one datapath, whatever its name. */
    static final String DATAPATH = "[DP]";

    private TcpCheckCommands() {}

    static Answer enable(Running running, Parameters parameters) {
        return set(running, parameters, true);
    }

    static Answer disable(Running running, Parameters parameters) {
        return set(running, parameters, false);
    }

    private static Answer set(Running running, Parameters parameters, boolean enabled) {
        parameters.requireCount(0, 1, DATAPATH);
        Zones zones = running.engine().datapath().connections().zones();
        zones.setDefaultTcpChecks(new TcpChecks(!enabled, zones.defaultTcpChecks().loose()));
        return answer(
                parameters,
                (enabled ? "enabling" : "disabling") + " TCP sequence checking successful",
                enabled);
    }

    static Answer get(Running running, Parameters parameters) {
        parameters.requireCount(0, 1, DATAPATH);
        Zones zones = running.engine().datapath().connections().zones();
        boolean enabled = !zones.defaultTcpChecks().liberal();
        return answer(
                parameters,
                "TCP sequence checking: " + (enabled ? "enabled" : "disabled"),
                enabled);
    }

    private static Answer answer(Parameters parameters, String text, boolean enabled) {
        return parameters.answer(
                () -> text, () -> Json.object().put("tcp_sequence_checking", enabled));
    }
}
