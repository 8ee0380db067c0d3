package io.sluice.conntrack;

import io.sluice.packet.Memory;
import io.sluice.packet.TupleKey;

/**
 * Compares a {@link ConnFilter} with records where they lie, before anything is copied; the line of
 * the reply and what lies beside the records only if the filter asks for it. One thread at a time.
 */
final class RecordFilter {
    private final ConnTable table;
    private final FieldFilter fields;
    private final long[] wide = new long[4];

    RecordFilter(ConnTable table, ConnFilter filter) {
        this.table = table;
        fields = new FieldFilter(filter);
    }

    /**
     * Whether the filter takes the connection, which may change meanwhile.
     *
     * @param reference of the original direction
     * @param word its {@link ConnState}
     */
    boolean takes(int reference, int word) {
        long original = table.line(reference);
        long portsAndZone = Memory.getLong(original + ConnLayout.PORTS_AND_SCOPE);
        return fields.takesOriginal(portsAndZone, Memory.getLong(original + ConnLayout.ADDRESSES))
                && (fields.takesZone(TupleKey.scope(portsAndZone))
                        || fields.takesZone(Lifetime.zone(table.line(reference | 1))))
                && fields.takesState(TupleKey.protocol(portsAndZone), word)
                && takesReplyLine(table.line(reference | 1))
                && (!fields.needsLabel() || takesLabel(reference, word))
                && takesWide(reference, false)
                && takesWide(reference | 1, true);
    }

    private boolean takesReplyLine(long reply) {
        return (!fields.needsReply()
                        || fields.takesReply(
                                Memory.getLong(reply + ConnLayout.PORTS_AND_SCOPE),
                                Memory.getLong(reply + ConnLayout.ADDRESSES)))
                && (!fields.needsMark()
                        || fields.takesMark(Memory.getInt(reply + ConnLayout.MARK)));
    }

    private boolean takesLabel(int reference, int word) {
        boolean labelled = (word & ConnState.HAS_LABEL) != 0;
        long label = table.label(reference);
        return fields.takesLabel(
                labelled ? Memory.getLong(label) : 0,
                labelled ? Memory.getLong(label + Long.BYTES) : 0);
    }

    private boolean takesWide(int reference, boolean ofReply) {
        if (!fields.needsWide(ofReply)) {
            return true;
        }
        table.readWide(reference, wide, 0);
        return fields.takesWide(ofReply, 0, wide[0])
                && fields.takesWide(ofReply, 1, wide[1])
                && fields.takesWide(ofReply, 2, wide[2])
                && fields.takesWide(ofReply, 3, wide[3]);
    }
}
