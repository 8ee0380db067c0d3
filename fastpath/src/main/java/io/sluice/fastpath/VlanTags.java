package io.sluice.fastpath;

import io.sluice.packet.Vlan;

/**
 * The VLAN tags of a packet. The key has the outermost two; tags that were pushed out of it wait
 * here until the ones above them are taken off. Used by the worker's thread; reused.
 */
final class VlanTags {
    /** Tags that the key has room for; a frame is received with no more, the rest is payload. */
    static final int IN_KEY = 2;

    private static final int MAX_PUSHED_OUT = 2;

    /** Tags that a packet can have. */
    static final int MOST = IN_KEY + MAX_PUSHED_OUT;

    private static final int TCI_MASK = 0xFFFF;

    private final SlowPacket packet;

    // TPID and TCI of each, the innermost first.
    private final int[] pushedOut = new int[MAX_PUSHED_OUT];
    private int pushedOutCount;

    private int received;
    private int inFrame;
    // So many of those in the frame, the innermost, were never taken off.
    private int kept;

    VlanTags(SlowPacket packet) {
        this.packet = packet;
    }

    void clear() {
        pushedOutCount = 0;
        received = 0;
        inFrame = 0;
        kept = 0;
    }

    /** The next tag of the frame as it was received, the outermost first. */
    void read(int tpid, int tci) {
        int tag = tpid << 16 | tci | Field.VLAN_PRESENT;
        if (inFrame == 0) {
            set(Field.VLAN_TPID, Field.VLAN_TCI, tag);
        } else {
            set(Field.INNER_VLAN_TPID, Field.INNER_VLAN_TCI, tag);
        }
        received++;
        inFrame++;
    }

    void copyFrom(VlanTags other) {
        received = other.received;
        inFrame = other.inFrame;
        copyTags(other);
    }

    /** Takes over the tags that are not in the key, but not which are in the frame. */
    void copyTags(VlanTags other) {
        System.arraycopy(other.pushedOut, 0, pushedOut, 0, MAX_PUSHED_OUT);
        pushedOutCount = other.pushedOutCount;
        kept = other.kept;
    }

    private boolean has(Field tci) {
        return (tci.get(packet.key) & Field.VLAN_PRESENT) != 0;
    }

    /** Tags on the packet. */
    int count() {
        int inKey = (has(Field.VLAN_TCI) ? 1 : 0) + (has(Field.INNER_VLAN_TCI) ? 1 : 0);
        return inKey + pushedOutCount;
    }

    /** Tags in the frame; {@link #count} may be another number until it is written. */
    int inFrame() {
        return inFrame;
    }

    /** Tags in the frame that are still there, changed or not: the innermost ones. */
    int keptFromFrame() {
        // Fewer when the frame was written since the fields were as they are again.
        return Math.min(kept, inFrame);
    }

    /** By how much the frame will be longer than it was received. */
    int addedBytes() {
        return (count() - received) * Vlan.LENGTH;
    }

    /** Whether all tags are the frame's own; their TCI may have changed. */
    boolean isWritten() {
        return kept == inFrame && count() == inFrame;
    }

    void noteWritten() {
        inFrame = count();
        kept = inFrame;
    }

    /** The tag, 0 being the outermost: its TPID in the upper and its TCI in the lower 16 bits. */
    int get(int number) {
        return switch (number) {
            case 0 -> tag(Field.VLAN_TPID, Field.VLAN_TCI);
            case 1 -> tag(Field.INNER_VLAN_TPID, Field.INNER_VLAN_TCI);
            default -> pushedOut[count() - 1 - number];
        };
    }

    private int tag(Field tpid, Field tci) {
        return (int) (tpid.get(packet.key) << 16 | tci.get(packet.key));
    }

    private void set(Field tpid, Field tci, int tag) {
        tpid.set(packet.key, tag >>> 16);
        tci.set(packet.key, tag & TCI_MASK);
    }

    /** Adds an outermost tag with VLAN and priority 0; false when there are too many. */
    boolean push(int tpid) {
        settle();
        if (has(Field.INNER_VLAN_TCI)) {
            if (pushedOutCount == MAX_PUSHED_OUT) {
                return false;
            }
            pushedOut[pushedOutCount++] = get(1);
        }
        set(Field.INNER_VLAN_TPID, Field.INNER_VLAN_TCI, get(0));
        set(Field.VLAN_TPID, Field.VLAN_TCI, tpid << 16 | Field.VLAN_PRESENT);
        return true;
    }

    /** Takes the outermost tag off, if there is one. */
    void pop() {
        settle();
        moveUp();
    }

    private void moveUp() {
        set(Field.VLAN_TPID, Field.VLAN_TCI, get(1));
        int third = pushedOutCount > 0 ? pushedOut[--pushedOutCount] : 0;
        set(Field.INNER_VLAN_TPID, Field.INNER_VLAN_TCI, third);
        kept = Math.min(kept, count());
    }

    /** Sets the VLAN, 12 bits, of the outermost tag; adds a tag if there is none. */
    void setVid(int vid) {
        setBits(vid, Vlan.VID_MASK);
    }

    /** Sets the priority, 3 bits, of the outermost tag; adds a tag if there is none. */
    void setPcp(int pcp) {
        setBits(pcp << Vlan.PCP_SHIFT, Vlan.PCP_MASK);
    }

    private void setBits(int bits, int mask) {
        int present = Field.VLAN_PRESENT;
        Field.VLAN_TCI.setMasked(packet.key, 0, present | bits, 0, present | mask);
        settle();
    }

    /**
     * After {@code vlan_tci} was set as a number: a tag that came into being this way has a type,
     * and one that went does not hide those under it.
     */
    void settle() {
        if (has(Field.VLAN_TCI)) {
            if (Field.VLAN_TPID.get(packet.key) == 0) {
                Field.VLAN_TPID.set(packet.key, Vlan.TPID_CUSTOMER);
            }
        } else if (has(Field.INNER_VLAN_TCI)) {
            moveUp();
        } else {
            set(Field.VLAN_TPID, Field.VLAN_TCI, 0);
            kept = 0;
        }
    }
}
