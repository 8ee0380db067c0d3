package io.sluice.fastpath;

import java.util.EnumSet;
import java.util.Set;

/** Why a packet goes through a bucket. */
public enum BucketReason {
    EVERY("every bucket takes a copy"),
    FIRST_LIVE("the first that is live"),
    HASH("by the packet's hash"),
    TABLE("by the packet's hash, in the table of names"),
    TURN("it has its turn"),
    FEWEST("it has the fewest connections for its weight"),
    CLIENT("the client's last new connection went there"),
    CONNECTION("the connection was made there");

    /** Those of groups that bind no connections: nothing but the packet and the group counts. */
    private static final Set<BucketReason> PLAIN = EnumSet.of(EVERY, FIRST_LIVE, HASH);

    private final String meaning;

    BucketReason(String meaning) {
        this.meaning = meaning;
    }

    /** Whether who knows the group knows this reason. */
    public boolean isPlain() {
        return PLAIN.contains(this);
    }

    /** As part of a sentence. */
    public String meaning() {
        return meaning;
    }
}
