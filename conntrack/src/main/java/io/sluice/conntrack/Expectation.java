package io.sluice.conntrack;

/**
 * A copy of an expectation as it was when it was read, for dumps.
 *
 * @param proto IP protocol number
 * @param zone where the connection is expected
 * @param helper whose it is
 * @param tuple of the expected connection's first packet; address 0 and port 0 stand for any
 * @param parent of its master's first packet
 * @param mark the master's now
 * @param labelHigh the upper 64 bits of the master's label
 * @param labelLow the lower 64 bits
 * @param permanent whether it stays when a connection has come of it
 * @param timeoutSeconds until it is given up
 */
public record Expectation(
        int proto,
        int zone,
        Helper helper,
        Tuple tuple,
        Tuple parent,
        int mark,
        long labelHigh,
        long labelLow,
        boolean permanent,
        long timeoutSeconds) {}
