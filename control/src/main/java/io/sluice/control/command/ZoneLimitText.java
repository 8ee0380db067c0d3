package io.sluice.control.command;

import io.sluice.control.text.Numbers;
import io.sluice.control.text.Span;
import io.sluice.control.text.SyntaxException;
import io.sluice.control.text.Word;
import io.sluice.control.text.Words;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;

/**
 * Reads limits of zones as {@code ovs-appctl dpctl/ct-set-limits} and {@code ct-del-limits} take
 * them: {@code default=100 zone=1,limit=20 zone=2,limit=0}, and {@code zone=1,2,3}.
 */
final class ZoneLimitText {
    private static final int MAX_ZONE = 0xFFFF;
    private static final int MAX_LIMIT = 1 << 28;

    /**
     * Limits to set; 0: none.
     *
     * @param ofDefault empty: as it is
     */
    record Limits(OptionalInt ofDefault, Map<Integer, Integer> byZone) {}

    private ZoneLimitText() {}

    /**
     * What is to be set, at least one limit.
     *
     * @throws SyntaxException when it is not written so
     */
    static Limits read(String text) {
        Words words = new Words(Span.of(text));
        OptionalInt ofDefault = OptionalInt.empty();
        Map<Integer, Integer> byZone = new LinkedHashMap<>();
        while (words.hasNext()) {
            Word word = words.next();
            switch (word.key()) {
                case "default" -> {
                    if (ofDefault.isPresent()) {
                        throw word.name().error("'default' is given twice");
                    }
                    ofDefault = OptionalInt.of(limit(word));
                }
                case "zone" -> {
                    int zone = zone(word.requireValue("N"));
                    if (!words.hasNext()) {
                        throw word.name().error("zone " + zone + " needs a limit: limit=M");
                    }
                    Word limit = words.next();
                    if (!limit.key().equals("limit")) {
                        throw limit.name().expected("limit=M behind zone=N");
                    }
                    if (byZone.put(zone, limit(limit)) != null) {
                        throw word.name().error("zone " + zone + " is given twice");
                    }
                }
                default -> throw word.name().expected("default=M or zone=N,limit=M");
            }
        }
        if (ofDefault.isEmpty() && byZone.isEmpty()) {
            throw new SyntaxException(1, "expected default=M or zone=N,limit=M, found nothing");
        }
        return new Limits(ofDefault, byZone);
    }

    /**
     * Zones: {@code zone=1,2,3}; none for an empty text.
     *
     * @throws SyntaxException when it is not written so
     */
    static List<Integer> readZones(String text) {
        Words words = new Words(Span.of(text));
        List<Integer> zones = new ArrayList<>();
        while (words.hasNext()) {
            Word word = words.next();
            if (word.key().equals("zone")) {
                zones.add(zone(word.requireValue("N")));
            } else if (zones.isEmpty()) {
                throw word.name().expected("zone=N[,N]...");
            } else {
                word.requireBare();
                zones.add(zone(word.name()));
            }
        }
        return zones;
    }

    private static int zone(Span text) {
        return Numbers.parse(text, 0, MAX_ZONE, "a zone");
    }

    private static int limit(Word word) {
        return Numbers.parse(word.requireValue("M"), 0, MAX_LIMIT, "a limit");
    }
}
