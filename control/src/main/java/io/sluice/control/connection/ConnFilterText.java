package io.sluice.control.connection;

import io.sluice.conntrack.ConnFilter;
import io.sluice.conntrack.ConnFilter.Direction;
import io.sluice.conntrack.ConnFilter.Label;
import io.sluice.control.text.NearestWord;
import io.sluice.control.text.Numbers;
import io.sluice.control.text.Numbers.Wide;
import io.sluice.control.text.Span;
import io.sluice.control.text.Word;
import io.sluice.control.text.Words;
import io.sluice.packet.IpAddress;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;

/** Reads which connections a command is about: {@code zone=5,proto=tcp,reply-dst=10.0.0.1}. */
public final class ConnFilterText {
    static final List<String> KNOWN =
            List.of(
                    "zone",
                    "zone-orig",
                    "zone-reply",
                    "mark",
                    "labels",
                    "state",
                    "proto",
                    "src",
                    "dst",
                    "sport",
                    "dport",
                    "reply-src",
                    "reply-dst",
                    "reply-sport",
                    "reply-dport");

    private static final List<String> STATES =
            List.of(
                    "NONE",
                    "SYN_SENT",
                    "SYN_RECV",
                    "ESTABLISHED",
                    "FIN_WAIT",
                    "CLOSE_WAIT",
                    "LAST_ACK",
                    "TIME_WAIT",
                    "CLOSE",
                    "SYN_SENT2",
                    "CLOSED",
                    "COOKIE_WAIT",
                    "COOKIE_ECHOED",
                    "SHUTDOWN_SENT",
                    "SHUTDOWN_RECD",
                    "SHUTDOWN_ACK_SENT",
                    "HEARTBEAT_SENT",
                    "UNREPLIED",
                    "REPLIED");

    private final Map<String, Span> given = new HashMap<>();

    private final List<String> known;

    ConnFilterText(List<String> known) {
        this.known = known;
    }

    /**
     * The filter; every connection for an empty text.
     *
     * @throws io.sluice.control.text.SyntaxException when a word is not understood
     */
    public static ConnFilter read(String text) {
        ConnFilterText filter = new ConnFilterText(KNOWN);
        Words words = new Words(Span.of(text));
        while (words.hasNext()) {
            filter.take(words.next());
        }
        return filter.build();
    }

    void take(Word word) {
        if (!known.contains(word.key())) {
            throw word.unknown(known);
        }
        if (given.put(word.key(), word.requireValue("...")) != null) {
            throw word.name().error("'" + word.key() + "' is given twice");
        }
    }

    ConnFilter build() {
        int[] mark = mark();
        return new ConnFilter(
                number("zone", 0xFFFF, "a zone"),
                mark.length == 0 ? OptionalInt.empty() : OptionalInt.of(mark[0] & mark[1]),
                mark.length == 0 ? 0 : mark[1],
                Optional.ofNullable(given.get("labels")).map(ConnFilterText::label),
                Optional.ofNullable(given.get("state")).map(ConnFilterText::state),
                protocol(),
                direction("", "zone-orig"),
                direction("reply-", "zone-reply"));
    }

    private int[] mark() {
        Span text = given.get("mark");
        if (text == null) {
            return new int[0];
        }
        int slash = text.indexOf("/");
        return slash < 0
                ? new int[] {Numbers.parse32(text, "a mark"), -1}
                : new int[] {
                    Numbers.parse32(text.part(0, slash), "a mark"),
                    Numbers.parse32(text.from(slash + 1), "a mask")
                };
    }

    private static Label label(Span text) {
        int slash = text.indexOf("/");
        Wide value = Numbers.parseBits(slash < 0 ? text : text.part(0, slash), 128, "labels");
        Wide mask =
                slash < 0
                        ? new Wide(-1, -1)
                        : Numbers.parseBits(text.from(slash + 1), 128, "a mask");
        return new Label(
                value.high() & mask.high(), value.low() & mask.low(), mask.high(), mask.low());
    }

    private static String state(Span text) {
        return STATES.stream()
                .filter(text.text()::equalsIgnoreCase)
                .findFirst()
                .orElseThrow(() ->
                        text.error(
                                "unknown state %s, expected one of %s%s"
                                        .formatted(
                                                text.quoted(),
                                                String.join(" ", STATES),
                                                NearestWord.hint(text.text(), STATES))));
    }

    private OptionalInt protocol() {
        Span text = given.get("proto");
        if (text == null) {
            return OptionalInt.empty();
        }
        OptionalInt named = ProtocolNames.number(text.text());
        return named.isPresent()
                ? named
                : OptionalInt.of(
                        Numbers.parse(text, 0, 255, "tcp, udp, icmp... or a protocol number"));
    }

    private Direction direction(String prefix, String zone) {
        return new Direction(
                address(prefix + "src"),
                address(prefix + "dst"),
                number(prefix + "sport", 0xFFFF, "a port"),
                number(prefix + "dport", 0xFFFF, "a port"),
                number(zone, 0xFFFF, "a zone"));
    }

    private OptionalInt number(String key, int max, String what) {
        Span text = given.get(key);
        return text == null
                ? OptionalInt.empty()
                : OptionalInt.of(Numbers.parse(text, 0, max, what));
    }

    private Optional<IpAddress> address(String key) {
        Span text = given.get(key);
        if (text == null) {
            return Optional.empty();
        }
        try {
            return Optional.of(IpAddress.parse(text.text()));
        } catch (IllegalArgumentException e) {
            throw text.expected("an IPv4 or IPv6 address");
        }
    }
}
