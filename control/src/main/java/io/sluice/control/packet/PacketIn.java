package io.sluice.control.packet;

import io.sluice.fastpath.Action;
import io.sluice.fastpath.Upcall;

/** A packet that a flow sent up. Its arrays are not to be changed. */
final class PacketIn {
    private final Action.Controller action;
    private final long[] key;
    private final byte[] data;
    private final int frameBytes;
    private final int table;
    private final long cookie;

    PacketIn(Upcall upcall) {
        action = upcall.action();
        key = upcall.key();
        data = upcall.data();
        frameBytes = upcall.frameBytes();
        table = upcall.table();
        cookie = upcall.cookie();
    }

    Action.Controller action() {
        return action;
    }

    long[] key() {
        return key;
    }

    /** The first bytes, as many as the flow wanted. */
    byte[] data() {
        return data;
    }

    /** Of the whole frame. */
    int frameBytes() {
        return frameBytes;
    }

    /** Of the flow. */
    int table() {
        return table;
    }

    /** Of the flow; -1 when no flow sent it up. */
    long cookie() {
        return cookie;
    }
}
