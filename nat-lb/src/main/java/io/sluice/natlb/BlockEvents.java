package io.sluice.natlb;

/**
 * Hears of port blocks that clients get and that are taken back: of one block and of one client in
 * the order in which it happens. Called by workers with a lock held; must not wait.
 */
public interface BlockEvents {
    void allocated(PortBlock block, int nowMs);

    void released(PortBlock block, int nowMs);
}
