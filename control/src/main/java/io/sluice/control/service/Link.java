package io.sluice.control.service;

import io.sluice.fastpath.DatapathPort;

/**
 * A port as services see it.
 *
 * @param mac its Ethernet address, 48 bits
 */
record Link(int number, String name, long mac) {
    static Link of(DatapathPort port) {
        long mac = 0;
        for (byte octet : port.port().mac()) {
            mac = mac << 8 | (octet & 0xFF);
        }
        return new Link(port.number(), port.name(), mac);
    }
}
