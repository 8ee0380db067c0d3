package io.sluice.fastpath;

import io.sluice.packet.Vlan;

/**
 * The VLAN tags of a packet. The key has the outermost two; tags that were pushed out of it wait
 * here until the ones above them are taken off. Used by the worker's thread; reused.
 */
final class VlanTags {
    private static final int MAX_PUSHED_OUT = 2;
    private static final int TCI_MASK = 0xFFFF;

    private final SlowPacket packet;

    // TPID and TCI of each, the innermost first.
    private final int[] pushedOut = new int[MAX_PUSHED_OUT];
    private int pushedOutCount;

    VlanTags(SlowPacket packet) {
        this.packet = packet;
    }

    void clear() {
        pushedOutCount = 0;
    }

    void copyFrom(VlanTags other) {
        System.arraycopy(other.pushedOut, 0, pushedOut, 0, MAX_PUSHED_OUT);
        pushedOutCount = other.pushedOutCount;
    }

    private boolean has(Field tci) {
        return (tci.get(packet.key) & Field.VLAN_PRESENT) != 0;
    }

    /** Tags on the packet. */
    int count() {
        int inKey = (has(Field.VLAN_TCI) ? 1 : 0) + (has(Field.INNER_VLAN_TCI) ? 1 : 0);
        return inKey + pushedOutCount;
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
        }
    }
}
