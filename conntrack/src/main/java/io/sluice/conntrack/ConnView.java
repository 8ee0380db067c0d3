package io.sluice.conntrack;

/**
 * What {@link Connection} says, in an object that is filled again for each connection of a walk: a
 * million of them make no garbage. Whoever is shown one reads it before the call returns.
 */
public final class ConnView {
    int proto;
    int zone;
    int replyZone;
    int mark;
    long labelHigh;
    long labelLow;
    String state;
    long packets;
    long bytes;
    long timeoutSeconds;
    final TupleView original = new TupleView();
    final TupleView reply = new TupleView();

    /** The same as the connection. */
    public static ConnView of(Connection connection) {
        ConnView view = new ConnView();
        view.proto = connection.proto();
        view.zone = connection.zone();
        view.replyZone = connection.replyZone();
        view.mark = connection.mark();
        view.labelHigh = connection.labelHigh();
        view.labelLow = connection.labelLow();
        view.state = connection.state();
        view.packets = connection.packets();
        view.bytes = connection.bytes();
        view.timeoutSeconds = connection.timeoutSeconds();
        view.original.set(connection.original());
        view.reply.set(connection.reply());
        return view;
    }

    public int proto() {
        return proto;
    }

    public int zone() {
        return zone;
    }

    public int replyZone() {
        return replyZone;
    }

    public int mark() {
        return mark;
    }

    public long labelHigh() {
        return labelHigh;
    }

    public long labelLow() {
        return labelLow;
    }

    public String state() {
        return state;
    }

    public TupleView original() {
        return original;
    }

    public TupleView reply() {
        return reply;
    }

    public long packets() {
        return packets;
    }

    public long bytes() {
        return bytes;
    }

    public long timeoutSeconds() {
        return timeoutSeconds;
    }

    /** A copy that stays. */
    Connection copy() {
        return new Connection(
                proto,
                zone,
                replyZone,
                mark,
                labelHigh,
                labelLow,
                state,
                original.copy(),
                reply.copy(),
                packets,
                bytes,
                timeoutSeconds);
    }
}
