package io.sluice.control.flow;

import io.sluice.control.text.NearestWord;
import io.sluice.control.text.Numbers;
import io.sluice.control.text.Numbers.Wide;
import io.sluice.control.text.Span;
import io.sluice.control.text.Word;
import io.sluice.control.text.Words;
import io.sluice.natlb.NatRange;
import io.sluice.natlb.NatRange.Blocks;
import io.sluice.natlb.NatRange.Filtering;
import io.sluice.natlb.NatRange.Mapping;
import io.sluice.natlb.NatRange.Pick;
import io.sluice.natlb.NatRange.Side;
import io.sluice.packet.IpAddress;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * Reads {@code nat} and {@code nat(src[=A[-B][:P[-Q]]],FLAG...,WORD=N...)}. An IPv6 address may
 * stand in brackets, and must when ports follow.
 */
final class NatReader {
    // As RFC 4787 names them, in the order of Mapping and Filtering.
    static final List<String> MAPPINGS =
            List.of("address-and-port-dependent-mapping", "endpoint-independent-mapping");
    static final List<String> FILTERINGS =
            List.of(
                    "address-and-port-dependent-filtering",
                    "address-dependent-filtering",
                    "endpoint-independent-filtering");
    private static final String BLOCK_SIZE = "port-block-size";
    private static final String MAX_BLOCKS = "max-port-blocks";
    private static final String BLOCK_HOLD = "port-block-hold";
    private static final List<String> BLOCKS = List.of(BLOCK_SIZE, MAX_BLOCKS, BLOCK_HOLD);
    private static final List<String> PICKS = List.of("random", "hash", "persistent");
    private static final List<String> KNOWN =
            Stream.of(List.of("src", "dst"), PICKS, MAPPINGS, FILTERINGS, BLOCKS)
                    .flatMap(List::stream)
                    .toList();

    private Side side;
    private Span addresses;
    private Pick pick = Pick.DEFAULT;
    private boolean persistent;
    private Optional<Mapping> mapping = Optional.empty();
    private Optional<Filtering> filtering = Optional.empty();
    private final Map<String, Integer> blocks = new HashMap<>();

    private NatReader() {}

    /** The range; empty for {@code nat} alone. */
    static Optional<NatRange> read(Word nat) {
        if (nat.form() == Word.Form.BARE) {
            return Optional.empty();
        }
        NatReader reader = new NatReader();
        Words words = nat.requireList();
        while (words.hasNext()) {
            reader.readArgument(words.next());
        }
        if (reader.side == null) {
            throw nat.value().expected("nat(src=...) or nat(dst=...)");
        }
        NatRange range = reader.addresses == null ? reader.nullRange() : reader.range();
        try {
            return Optional.of(
                    range.with(
                                    reader.mapping.orElse(Mapping.ADDRESS_AND_PORT_DEPENDENT),
                                    reader.filtering.orElse(Filtering.ADDRESS_AND_PORT_DEPENDENT))
                            .with(reader.blocks()));
        } catch (IllegalArgumentException e) {
            throw nat.value().error(e.getMessage());
        }
    }

    private void readArgument(Word word) {
        String key = word.key();
        if (!KNOWN.contains(key)) {
            throw word.name()
                    .error(
                            "unknown word %s in nat(...), expected one of %s%s"
                                    .formatted(
                                            word.name().quoted(),
                                            String.join(" ", KNOWN),
                                            NearestWord.hint(key, KNOWN)));
        }
        if (PICKS.contains(key)) {
            word.requireBare();
            readFlag(word);
        } else if (MAPPINGS.contains(key)) {
            word.requireBare();
            requireFirst(mapping.isEmpty(), word, "mapping");
            mapping = Optional.of(Mapping.values()[MAPPINGS.indexOf(key)]);
        } else if (FILTERINGS.contains(key)) {
            word.requireBare();
            requireFirst(filtering.isEmpty(), word, "filtering");
            filtering = Optional.of(Filtering.values()[FILTERINGS.indexOf(key)]);
        } else if (BLOCKS.contains(key)) {
            int value = Numbers.parse(word.requireValue("NUMBER"), 0, 0xFFFFFF, "a number");
            if (blocks.put(key, value) != null) {
                throw word.name().error("'" + key + "' is given twice in nat(...)");
            }
        } else {
            if (side != null) {
                throw word.name().error("only one of src and dst can be given, once");
            }
            side = key.equals("src") ? Side.SOURCE : Side.DESTINATION;
            addresses = word.form() == Word.Form.BARE ? null : word.requireValue("ADDRESS");
        }
    }

    private static void requireFirst(boolean first, Word word, String what) {
        if (!first) {
            throw word.name().error("only one behaviour of " + what + " can be given, once");
        }
    }

    private void readFlag(Word word) {
        boolean isPersistent = word.key().equals("persistent");
        if (isPersistent ? persistent : pick != Pick.DEFAULT) {
            throw word.name()
                    .error(
                            isPersistent
                                    ? "'persistent' is given twice in nat(...)"
                                    : "only one of random and hash can be given, once");
        }
        persistent |= isPersistent;
        if (!isPersistent) {
            pick = word.key().equals("hash") ? Pick.HASH : Pick.RANDOM;
        }
    }

    private Blocks blocks() {
        if (!blocks.containsKey(BLOCK_SIZE)) {
            // Refused, if something else is said of blocks.
            return new Blocks(0, blocks.isEmpty() ? 0 : 1, 0);
        }
        int size = blocks.get(BLOCK_SIZE);
        if (size == 0) {
            // No blocks, to those who make ranges without words.
            throw new IllegalArgumentException(
                    "port-block-size is 0, expected a power of two from %d to %d"
                            .formatted(Blocks.MIN_SIZE, Blocks.MAX_SIZE));
        }
        return new Blocks(
                size,
                blocks.getOrDefault(MAX_BLOCKS, Blocks.DEFAULT_COUNT),
                blocks.getOrDefault(BLOCK_HOLD, Blocks.DEFAULT_HOLD_SECONDS));
    }

    /** As the reader has them, without what is so by default. */
    static String show(Blocks blocks) {
        StringBuilder text = new StringBuilder(BLOCK_SIZE + "=" + blocks.size());
        if (blocks.max() != Blocks.DEFAULT_COUNT) {
            text.append("," + MAX_BLOCKS + "=").append(blocks.max());
        }
        if (blocks.holdSeconds() != Blocks.DEFAULT_HOLD_SECONDS) {
            text.append("," + BLOCK_HOLD + "=").append(blocks.holdSeconds());
        }
        return text.toString();
    }

    private Pick pick() {
        return persistent ? pick.persistent() : pick;
    }

    /** Addresses stay: only a clash is resolved. */
    private NatRange nullRange() {
        return new NatRange(side, 0, 0, 0, 0, pick());
    }

    private NatRange range() {
        int end = endOfHosts();
        Span[] hosts = bounds(addresses.part(0, end));
        int[] ports = {0, 0};
        if (end < addresses.length()) {
            Span[] bounds = bounds(addresses.from(end + 1));
            ports =
                    Arrays.stream(bounds)
                            .mapToInt(bound -> Numbers.parse(bound, 1, 65535, "a port"))
                            .toArray();
        }
        IpAddress first = address(hosts[0]);
        IpAddress last = address(hosts[1]);
        try {
            NatRange range = new NatRange(side, first, last, ports[0], ports[1], pick());
            return range.isNull() && !range.namesPorts() ? nullRange() : range;
        } catch (IllegalArgumentException e) {
            throw addresses.error(e.getMessage());
        }
    }

    /** Where the colon before the ports stands; without ports, the end. */
    private int endOfHosts() {
        String text = addresses.text();
        int bracket = text.lastIndexOf(']');
        boolean isBareIpv6 = bracket < 0 && text.indexOf(':') != text.lastIndexOf(':');
        int colon = isBareIpv6 ? -1 : text.indexOf(':', bracket + 1);
        return colon < 0 ? text.length() : colon;
    }

    private static IpAddress address(Span text) {
        boolean inBrackets = text.startsWith("[");
        if (!inBrackets && text.indexOf(":") < 0) {
            return IpAddress.ofIpv4(Addresses.ipv4(text));
        }
        if (inBrackets && text.indexOf("]") != text.length() - 1) {
            throw text.expected("an IPv6 address in brackets ([2001:db8::1])");
        }
        Wide ipv6 = Addresses.ipv6(inBrackets ? text.part(1, text.length() - 1) : text);
        return IpAddress.ofIpv6(ipv6.high(), ipv6.low());
    }

    /** The first and last of FIRST-LAST or of ONLY. */
    private static Span[] bounds(Span text) {
        int dash = text.indexOf("-");
        return dash < 0
                ? new Span[] {text, text}
                : new Span[] {text.part(0, dash), text.from(dash + 1)};
    }
}
