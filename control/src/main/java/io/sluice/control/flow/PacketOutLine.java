package io.sluice.control.flow;

import io.sluice.control.text.NearestWord;
import io.sluice.control.text.Numbers;
import io.sluice.control.text.Span;
import io.sluice.control.text.SyntaxException;
import io.sluice.control.text.Word;
import io.sluice.control.text.Word.Form;
import io.sluice.control.text.Words;
import io.sluice.fastpath.Action;
import io.sluice.fastpath.Field;
import io.sluice.fastpath.Match;
import io.sluice.fastpath.PacketComposer;
import io.sluice.fastpath.PacketOut;
import java.util.EnumSet;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;
import java.util.TreeSet;

/**
 * A packet to send, as {@code ovs-ofctl packet-out} takes it: {@code
 * in_port=PORT,packet=HEX,actions=...}, with registers and {@code metadata} if wanted. {@code
 * packet(MATCH)} describes the packet instead.
 */
public final class PacketOutLine {
    private static final int MIN_FRAME_BYTES = 14;
    private static final int OPENFLOW_CONTROLLER = 0xFFFFFFFD;
    private static final int OPENFLOW_ANY = 0xFFFFFFFF;

    /** All that a packet may bring along beside its frame; registers in one piece each. */
    private static final Set<Field> METADATA =
            EnumSet.of(
                    Field.METADATA,
                    Field.PKT_MARK,
                    Field.XXREG0,
                    Field.XXREG1,
                    Field.XXREG2,
                    Field.XXREG3);

    private final Span line;
    private final PortNames ports;
    private OptionalInt inPort = OptionalInt.empty();
    private byte[] frame;
    private Span actions;

    private PacketOutLine(Span line, PortNames ports) {
        this.line = line;
        this.ports = ports;
    }

    /**
     * Reads the line.
     *
     * @throws SyntaxException when it is not a packet to send
     */
    public static PacketOut read(Span line, PortNames ports) {
        return new PacketOutLine(line, ports).read();
    }

    private PacketOut read() {
        MatchReader metadata = new MatchReader(ports);
        Words words = new Words(line);
        while (actions == null && words.hasNext()) {
            readWord(words.next(), metadata);
        }
        if (inPort.isEmpty()) {
            throw line.error("expected in_port=PORT");
        }
        if (frame == null) {
            throw line.error("expected packet=HEX or packet(MATCH)");
        }
        List<Action> todo =
                actions == null
                        ? List.of()
                        : ActionListReader.read(actions, ActionContext.ofPacketOut(ports));
        return new PacketOut(frame, inPort.getAsInt(), metadata(metadata.build()), todo);
    }

    private void readWord(Word word, MatchReader metadata) {
        switch (word.key()) {
            case "actions", "action" -> {
                if (word.form() != Form.EQUALS) {
                    throw word.name().expected("actions=...");
                }
                actions = line.from(word.value().start() - line.start());
            }
            case "in_port" -> inPort = OptionalInt.of(inPort(word.requireValue("PORT")));
            case "packet" -> frame = packet(word);
            default -> {
                if (!metadata.read(word)) {
                    throw unknown(word);
                }
            }
        }
    }

    private static SyntaxException unknown(Word word) {
        Set<String> known = new TreeSet<>(List.of("in_port", "packet", "actions", "metadata"));
        for (int register = 0; register < 16; register++) {
            known.add("reg" + register);
        }
        return word.name()
                .error(
                        "unknown word %s, expected in_port, packet, a register, metadata or actions%s"
                                .formatted(
                                        word.name().quoted(), NearestWord.hint(word.key(), known)));
    }

    private int inPort(Span text) {
        switch (text.text().toLowerCase(Locale.ROOT)) {
            case "controller" -> {
                return PacketOut.FROM_CONTROLLER;
            }
            case "none", "any" -> {
                return PacketOut.FROM_NOWHERE;
            }
            default -> {}
        }
        if (!Numbers.isNumber(text.text())) {
            return PortText.read(text, ports);
        }
        int number = (int) Numbers.parse(text, 0, 0xFFFFFFFFL, "a port number");
        switch (number) {
            case PacketOut.FROM_CONTROLLER, OPENFLOW_CONTROLLER -> {
                return PacketOut.FROM_CONTROLLER;
            }
            case PacketOut.FROM_NOWHERE, OPENFLOW_ANY -> {
                return PacketOut.FROM_NOWHERE;
            }
            default -> {}
        }
        if (ports.names().stream().noneMatch(name -> ports.number(name).orElse(0) == number)) {
            throw text.error("there is no port " + Integer.toUnsignedString(number));
        }
        return number;
    }

    private byte[] packet(Word word) {
        if (word.form() == Form.PARENTHESES) {
            return PacketComposer.compose(
                    PacketText.read(word.value(), ports).key(), Optional.empty());
        }
        Span text = word.requireValue("HEX");
        byte[] bytes = HexText.read(text).toArray();
        if (bytes.length < MIN_FRAME_BYTES) {
            throw text.error(
                    "%d bytes are no frame, expected at least %d"
                            .formatted(bytes.length, MIN_FRAME_BYTES));
        }
        return bytes;
    }

    private long[] metadata(Match match) {
        for (Field field : Field.values()) {
            if (match.has(field) && !isWithinMetadata(field)) {
                throw line.error(
                        "'%s' cannot be given beside the packet: only registers, metadata and"
                                        .formatted(field.text())
                                + " pkt_mark can");
            }
        }
        long[] key = new long[Field.WORDS];
        METADATA.forEach(field -> field.set(key, match.valueHigh(field), match.value(field)));
        return key;
    }

    private static boolean isWithinMetadata(Field field) {
        return METADATA.contains(field) || field.text().matches("x?reg[0-9]+");
    }
}
