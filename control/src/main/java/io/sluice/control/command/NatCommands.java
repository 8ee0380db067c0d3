package io.sluice.control.command;

import io.sluice.control.socket.Answer;
import io.sluice.fastpath.Datapath;

/** {@code nat/...}: what translations hold. The walk happens on the asking client's thread. */
final class NatCommands {
    private NatCommands() {}

    static Answer blocks(Running running, Parameters parameters) {
        NatFilter filter = NatFilter.read(parameters.text());
        Datapath datapath = running.engine().datapath();
        return show(datapath, new BlockRows(datapath.translations().blocks(), filter), parameters);
    }

    static Answer mappings(Running running, Parameters parameters) {
        NatFilter filter = NatFilter.read(parameters.text());
        Datapath datapath = running.engine().datapath();
        return show(
                datapath,
                new MappingRows(datapath.translations().mappingsView(), filter),
                parameters);
    }

    private static Answer show(Datapath datapath, NatRows rows, Parameters parameters) {
        return parameters.json()
                ? Answer.jsonOf(new NatDump(rows, datapath::nowMs)::json)
                : Answer.textOf(new NatDump(rows, datapath::nowMs)::text);
    }
}
