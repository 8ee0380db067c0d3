package io.sluice.control.differential;

import io.sluice.conntrack.CtState;
import io.sluice.control.differential.Scene.Step;
import io.sluice.control.differential.TranslationRule.Net;
import io.sluice.control.differential.TranslationRule.Range;
import io.sluice.packet.IpAddress;
import io.sluice.packet.Ipv4;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.HashMap;
import java.util.HashSet;
import java.util.HexFormat;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Predicate;

/**
 * Linux or Sluice, as the ends of a scene see it: they answer what has reached them. Each packet
 * that leaves must be the one that came, byte for byte, but for what its connection's translation
 * changes; and that must be as the rule says, whichever free address and port was chosen.
 */
final class TranslatingSide {
    /** What translates: a frame in, and the frame out, if there is one. */
    interface Router {
        Optional<byte[]> forward(byte[] frame) throws IOException;

        /** Ends all connections. */
        void flush() throws IOException;
    }

    /**
     * What became of a packet.
     *
     * @param state the lower six bits of its ct_state; -1: it was dropped
     * @param problem empty when all is as it must be
     */
    record Outcome(int state, Tuple in, Tuple out, String problem) {
        String text() {
            String what = state < 0 ? "dropped" : "became " + out;
            return "%s, %s%s"
                    .formatted(
                            new Answer(state, Answer.Tracked.NONE).ctStateText(),
                            what,
                            problem.isEmpty() ? "" : ": " + problem);
        }
    }

    private static final int ETHERNET = 14;
    private static final int TTL = 64;

    private final String name;
    private final Router router;
    private final boolean isLinux;

    private Scene scene;
    private final Map<Tuple, Tuple> translations = new HashMap<>();
    private final Map<Integer, Tuple> seen = new HashMap<>();
    // By their first tuple: whose connection may be over.
    private final Set<Tuple> ended = new HashSet<>();

    TranslatingSide(String name, Router router, boolean isLinux) {
        this.name = name;
        this.router = router;
        this.isLinux = isLinux;
    }

    String name() {
        return name;
    }

    Router router() {
        return router;
    }

    void begin(Scene next) {
        scene = next;
        translations.clear();
        seen.clear();
        ended.clear();
    }

    /** Sends the packet; empty when it is an answer and nothing has arrived that it answers. */
    Optional<Outcome> play(Step step) throws IOException {
        Tuple first = scene.talks().get(step.talk());
        if (!step.fromClient() && !seen.containsKey(step.talk())) {
            return Optional.empty();
        }
        Tuple in = step.fromClient() ? first : seen.get(step.talk()).inverse();
        Message message = step.message();
        Optional<byte[]> sent = router.forward(message.frame(in, scene.dscp() << 2, TTL));
        if (sent.isEmpty()) {
            return Optional.of(new Outcome(-1, in, in, ""));
        }
        byte[] frame = isLinux ? withZero(sent.get()) : sent.get();
        Tuple out = Tuple.read(frame);
        boolean ipv6 = in.source().ipv6();
        int tos = ipv6 ? (frame[14] & 0xF) << 4 | (frame[15] & 0xF0) >> 4 : frame[15] & 0xFF;
        int state = tos >>> 2;
        byte[] expected = message.frame(out, tos, TTL - 1);
        String problem =
                Arrays.equals(expected, ETHERNET, expected.length, frame, ETHERNET, frame.length)
                        ? problem(in, out, state)
                        : "more has changed than the tuple, or a checksum is wrong: %s, not %s"
                                .formatted(shown(frame), shown(expected));
        if (step.fromClient() && (state & CtState.INVALID) == 0) {
            seen.put(step.talk(), out);
        }
        if (message.ends()) {
            ended.add(first);
            // It may have been an answer of another talk's connection.
            ended.addAll(
                    translations.keySet().stream()
                            .filter(each -> translations.get(each).equals(in.inverse()))
                            .toList());
        }
        return Optional.of(new Outcome(state, in, out, problem));
    }

    /**
     * The kernel's side writes DSCP by a rule of nftables, which makes an IPv4 header's checksum
     * 0xFFFF where RFC 1624 section 3 makes it 0; both mean the same.
     */
    private static byte[] withZero(byte[] frame) {
        ByteBuffer packet = ByteBuffer.wrap(frame);
        int at = ETHERNET + Ipv4.CHECKSUM;
        if ((frame[ETHERNET] >>> 4) == 4 && packet.getShort(at) == -1) {
            packet.putShort(at, (short) 0);
        }
        return frame;
    }

    private static String shown(byte[] frame) {
        return HexFormat.of().formatHex(frame, ETHERNET, frame.length);
    }

    private String problem(Tuple in, Tuple out, int state) {
        if ((state & CtState.INVALID) != 0) {
            return out.equals(in) ? "" : "an invalid packet was translated";
        }
        if ((state & CtState.REPLY) != 0) {
            return translations.entrySet().stream()
                            .filter(each -> each.getValue().equals(in.inverse()))
                            .anyMatch(each -> each.getKey().equals(out.inverse()))
                    ? ""
                    : "is no answer to what was sent";
        }
        Tuple known = translations.get(in);
        if (known != null && known.equals(out)) {
            return "";
        }
        if (known != null && !ended.contains(in)) {
            return "the connection's translation was " + known;
        }
        translations.remove(in);
        String problem = problemOfNew(in, out);
        translations.put(in, out);
        ended.remove(in);
        return problem;
    }

    private String problemOfNew(Tuple in, Tuple out) {
        TranslationRule rule = scene.rule();
        boolean source = rule.translatesSource(in);
        boolean destination = rule.translatesDestination(in);
        if (isTaken(out, each -> !ended.contains(each))) {
            return "another connection has this";
        }
        if (source
                ? !isOf(rule, Net.OUTSIDE, rule.source(), out.source())
                : !out.source().equals(in.source())) {
            return "the source address is not of the rule";
        }
        if (destination
                ? !isOf(rule, Net.INSIDE, rule.destination(), out.destination())
                : !out.destination().equals(in.destination())) {
            return "the destination address is not of the rule";
        }
        if (source && rule.source().pick().equals("persistent") && !isPersistent(in, out)) {
            return "the client had another address";
        }
        Range destinationPorts = destination && hasPorts(in) ? rule.destination() : null;
        Range sourcePorts = source && in.sourcePort() != 0 ? rule.source() : null;
        return !isRightDestinationPort(in, out, destinationPorts)
                ? "the destination port is not right"
                : !isRightSourcePort(in, out, sourcePorts) ? "the source port is not right" : "";
    }

    private static boolean hasPorts(Tuple tuple) {
        return tuple.destinationPort() != 0;
    }

    private static boolean isOf(TranslationRule rule, Net net, Range range, IpAddress address) {
        for (int number = 1; number <= range.addresses(); number++) {
            if (address.equals(rule.address(net, address.ipv6(), number))) {
                return true;
            }
        }
        return false;
    }

    private boolean isPersistent(Tuple in, Tuple out) {
        return translations.entrySet().stream()
                .filter(each -> each.getKey().source().equals(in.source()))
                .allMatch(each -> each.getValue().source().equals(out.source()));
    }

    private boolean isRightDestinationPort(Tuple in, Tuple out, Range named) {
        int own = in.destinationPort();
        if (out.destinationPort() == own) {
            return named == null || !named.namesPorts() || named.has(own);
        }
        return named != null
                && named.namesPorts()
                && named.has(out.destinationPort())
                && (!named.has(own) || isTaken(out.withDestinationPort(own), each -> true));
    }

    /** Kept when it is free and the rule lets it be; else of the rule's, or of the same class. */
    private boolean isRightSourcePort(Tuple in, Tuple out, Range named) {
        int own = in.sourcePort();
        int port = out.sourcePort();
        boolean isNamed = named != null && named.namesPorts();
        boolean allowed =
                isNamed ? named.has(port) : !hasPorts(in) || classOf(port) == classOf(own);
        boolean mayLeave =
                (isNamed && !named.has(own))
                        || (named != null && !named.pick().matches("|persistent"))
                        || isTaken(out.withSourcePort(own), each -> true)
                        || (isLinux && isAnothers(in, out));
        return allowed && (port == own || mayLeave);
    }

    private static int classOf(int port) {
        return port < 512 ? 0 : port < 1024 ? 1 : 2;
    }

    /** Whether packets of another connection have the tuple, or are answered with it. */
    private boolean isTaken(Tuple tuple, Predicate<Tuple> counts) {
        return translations.entrySet().stream()
                .filter(each -> counts.test(each.getKey()))
                .anyMatch(each ->
                        each.getValue().equals(tuple) || each.getKey().inverse().equals(tuple));
    }

    /** Whether the source has what it has for another connection too: docs/differences.md. */
    private boolean isAnothers(Tuple in, Tuple out) {
        return translations.entrySet().stream()
                .anyMatch(each ->
                        each.getKey().source().equals(in.source())
                                && each.getKey().sourcePort() == in.sourcePort()
                                && each.getValue().source().equals(out.source())
                                && each.getValue().sourcePort() == out.sourcePort());
    }
}
