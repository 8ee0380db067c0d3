package io.sluice.control.command;

import io.sluice.control.flow.PacketOutLine;
import io.sluice.control.flow.PacketText;
import io.sluice.control.flow.PortNames;
import io.sluice.control.socket.Answer;
import io.sluice.control.socket.CommandException;
import io.sluice.control.text.Span;
import io.sluice.fastpath.PacketComposer;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;

/** {@code packet/...}. */
final class PacketCommands {
    private static final String PAYLOAD = "payload=";

    private PacketCommands() {}

    static Answer in(Running running, Parameters parameters) {
        parameters.requireCount(0, 0, "");
        return running.engine().packetIns().open(parameters.json());
    }

    static Answer out(Running running, Parameters parameters) {
        PortNames ports = running.engine().portNames();
        RuleCommands.send(running, PacketOutLine.read(Span.of(parameters.text()), ports));
        return parameters.answer(() -> "", () -> Json.object().put("packets_sent", 1));
    }

    static Answer compose(Running running, Parameters parameters) {
        Optional<byte[]> payload = Optional.empty();
        List<String> words = new ArrayList<>(parameters.words());
        if (!words.isEmpty() && words.getLast().startsWith(PAYLOAD)) {
            payload = Optional.of(payload(words.removeLast()));
        }
        Span text = Span.of(String.join(" ", words));
        long[] key = PacketText.read(text, running.engine().portNames()).key();
        String hex = HexFormat.of().formatHex(PacketComposer.compose(key, payload));
        return parameters.answer(() -> hex, () -> Json.object().put("packet", hex));
    }

    private static byte[] payload(String word) {
        try {
            return HexFormat.of().parseHex(word, PAYLOAD.length(), word.length());
        } catch (IllegalArgumentException e) {
            throw new CommandException("expected payload=HEX, found '" + word + "'");
        }
    }
}
