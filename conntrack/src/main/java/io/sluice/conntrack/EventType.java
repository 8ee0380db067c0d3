package io.sluice.conntrack;

import java.util.Locale;

/** What happened to a connection. */
public enum EventType {
    NEW,
    /** Its state, mark or labels changed, or its first answer came. */
    UPDATE,
    DESTROY;

    static final int COUNT = 3;

    private static final EventType[] ALL = values();

    /** The type with this number in records; they begin at 1, so that none is 0. */
    static EventType ofCode(int code) {
        return ALL[code - 1];
    }

    int code() {
        return ordinal() + 1;
    }

    /** The type's bit in sets of types. */
    int bit() {
        return 1 << ordinal();
    }

    /** As users write and read it. */
    public String text() {
        return name().toLowerCase(Locale.ROOT);
    }
}
