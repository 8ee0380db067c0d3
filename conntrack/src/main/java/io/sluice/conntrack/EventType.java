package io.sluice.conntrack;

import java.util.Locale;

/** What happened to a connection, or to a port block of a translation. */
public enum EventType {
    NEW,
    /** Its state, mark or labels changed, or its first answer came. */
    UPDATE,
    DESTROY,
    /** A client got a block of ports. */
    BLOCK_ALLOCATED,
    /** It does not have it any more. */
    BLOCK_RELEASED;

    /** No type has a higher number in records. */
    static final int MAX_CODE = 6;

    private static final EventType[] ALL = values();

    /** The type with this number in records; they begin at 1, so that none is 0. */
    static EventType ofCode(int code) {
        return ALL[code < EventLayout.TYPE_LOST ? code - 1 : code - 2];
    }

    int code() {
        return ordinal() + (isOfConnection() ? 1 : 2);
    }

    /** The type's bit in sets of types. */
    int bit() {
        return bit(code());
    }

    static int bit(int code) {
        return 1 << (code - 1);
    }

    /** Whether it is told of a connection, and not of a port block. */
    public boolean isOfConnection() {
        return this.compareTo(DESTROY) <= 0;
    }

    /** As users write and read it. */
    public String text() {
        return name().toLowerCase(Locale.ROOT).replace('_', '-');
    }
}
