package io.sluice.control.command;

import io.sluice.control.engine.Engine;
import io.sluice.control.socket.Answer;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/** Commands about the process itself. */
final class ProcessCommands {
    private ProcessCommands() {}

    static Answer version(Running running, Parameters parameters) {
        parameters.requireCount(0, 0, "");
        return parameters.answer(
                () -> "sluice " + Version.text(),
                () -> Json.object().put("version", Version.text()));
    }

    static Answer status(Running running, Parameters parameters) {
        parameters.requireCount(0, 0, "");
        Engine engine = running.engine();
        ObjectNode status =
                Json.object()
                        .put("version", Version.text())
                        .put("pid", ProcessHandle.current().pid())
                        .put("uptime_s", (System.nanoTime() - running.startedNs()) / 1_000_000_000)
                        .put("workers", engine.datapath().workerStats().size())
                        .put("ports", engine.ports().size())
                        .put("flows", engine.flows().flowCount())
                        .put("groups", engine.flows().groups().size())
                        .put("connections", engine.datapath().connections().size())
                        .put("max_connections", engine.datapath().connections().capacity());
        return parameters.answer(() -> lines(status), () -> status);
    }

    static Answer exit(Running running, Parameters parameters) {
        parameters.requireCount(0, 0, "");
        running.stop().run();
        return parameters.answer(() -> "stopping", () -> Json.object().put("stopping", true));
    }

    static Answer listCommands(Running running, Parameters parameters) {
        parameters.requireCount(0, 0, "");
        return parameters.answer(ProcessCommands::commandsText, ProcessCommands::commandsJson);
    }

    private static String lines(ObjectNode values) {
        StringBuilder text = new StringBuilder();
        values.properties()
                .forEach(entry ->
                        text.append(entry.getKey())
                                .append(": ")
                                .append(entry.getValue().asString())
                                .append('\n'));
        return text.toString();
    }

    private static String commandsText() {
        StringBuilder text = new StringBuilder("The available commands are:\n");
        for (Command command : CommandTable.ALL) {
            text.append(
                            "  %-22s %s"
                                    .formatted(command.name(), command.parameters())
                                    .stripTrailing())
                    .append('\n');
        }
        return text.toString();
    }

    private static ArrayNode commandsJson() {
        ArrayNode all = Json.array();
        for (Command command : CommandTable.ALL) {
            all.addObject()
                    .put("name", command.name())
                    .put("parameters", command.parameters())
                    .put("summary", command.summary());
        }
        return all;
    }
}
