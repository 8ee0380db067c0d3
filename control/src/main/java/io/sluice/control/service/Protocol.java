package io.sluice.control.service;

import java.util.Arrays;
import java.util.List;
import java.util.Locale;

/** What a service speaks. */
public enum Protocol {
    TCP(6),
    UDP(17),
    SCTP(132);

    static final List<String> NAMES = Arrays.stream(values()).map(Protocol::text).toList();

    private final int number;

    Protocol(int number) {
        this.number = number;
    }

    /** As IP numbers it. */
    public int number() {
        return number;
    }

    /** As people and flows write it. */
    public String text() {
        return name().toLowerCase(Locale.ROOT);
    }

    static Protocol of(String text) {
        return values()[NAMES.indexOf(text)];
    }
}
