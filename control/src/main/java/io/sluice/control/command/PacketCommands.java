package io.sluice.control.command;

import io.sluice.control.socket.Answer;

/** {@code packet/...}. */
final class PacketCommands {
    private PacketCommands() {}

    static Answer in(Running running, Parameters parameters) {
        parameters.requireCount(0, 0, "");
        return running.engine().packetIns().open(parameters.json());
    }
}
