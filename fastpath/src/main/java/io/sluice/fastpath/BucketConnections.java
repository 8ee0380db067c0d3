package io.sluice.fastpath;

/**
 * The connections that were made in a bucket of a select group.
 *
 * @param live that have not ended; of TCP, which not both sides have closed
 * @param made since the group has the bucket
 */
public record BucketConnections(long live, long made) {
    public static final BucketConnections NONE = new BucketConnections(0, 0);
}
