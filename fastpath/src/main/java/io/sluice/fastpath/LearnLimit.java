package io.sluice.fastpath;

/**
 * How many flows with a cookie a {@code learn} may bring a table to.
 *
 * @param flows at least 1
 */
public record LearnLimit(int table, long cookie, int flows) {
    /** Whether it is that of the {@code learn}; nothing is allocated. */
    boolean isOf(LearnedFlow learned) {
        return table == learned.table() && cookie == learned.cookie() && flows == learned.limit();
    }
}
