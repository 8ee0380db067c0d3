package io.sluice.conntrack;

/**
 * Gets back what connections hold elsewhere ({@link NewConnection#hold}), such as a mapping of
 * their translation, once they are freed.
 */
@FunctionalInterface
public interface HeldByConnections {
    /**
     * A connection that held this has ended and is freed: told once for each that it held, however
     * it ended. Worker threads; must not wait.
     */
    void givenBack(int held, int nowMs);
}
