package io.sluice.control.flow;

import io.sluice.fastpath.Flow;

/**
 * Who makes and changes a flow, group or meter: people by {@code flow/...} and {@code group/...},
 * or services, which make theirs themselves. Told by the cookie and the group's or meter's number.
 */
public enum Owner {
    OPERATOR,
    SERVICES;

    /** The upper 16 bits of the cookies of services' flows. */
    public static final long SERVICE_COOKIE = 0x5E4EL << 48;

    private static final long COOKIE_MASK = 0xFFFFL << 48;

    /** The numbers of services' groups and meters begin here, unsigned. */
    public static final int FIRST_SERVICE_GROUP = 0xFE000000;

    private static final int LAST_SERVICE_GROUP = 0xFEFFFFFF;

    static Owner of(Flow flow) {
        return ofCookie(flow.cookie());
    }

    /** Whose flow has the cookie; none has -1. */
    public static Owner ofCookie(long cookie) {
        return (cookie & COOKIE_MASK) == SERVICE_COOKIE ? SERVICES : OPERATOR;
    }

    /** Of a group or a meter. */
    static Owner ofNamed(int id) {
        return Integer.compareUnsigned(id, FIRST_SERVICE_GROUP) >= 0
                        && Integer.compareUnsigned(id, LAST_SERVICE_GROUP) <= 0
                ? SERVICES
                : OPERATOR;
    }

    /** Refuses a change by somebody else. */
    void require(Owner maker, String what) {
        if (this != maker) {
            throw new IllegalArgumentException(
                    what
                            + (maker == SERVICES
                                    ? " is made by services: service/... and backend/... change it"
                                    : " is not made by services"));
        }
    }

    void requireGroup(int id) {
        require(ofNamed(id), "group " + Integer.toUnsignedString(id));
    }

    void requireMeter(int id) {
        require(ofNamed(id), "meter " + Integer.toUnsignedString(id));
    }
}
