package io.sluice.control.service;

import java.util.ArrayList;
import java.util.List;

/** A range of ports as the fewest values under masks that flows can match. */
final class PortMasks {
    private static final int ALL = 0xFFFF;

    private PortMasks() {}

    /** Such as {@code 80}, or {@code 0x1f40/0xfff8}; at most 30. */
    static List<String> of(int first, int last) {
        List<String> masks = new ArrayList<>();
        for (int port = first; port <= last; ) {
            int size = port == 0 ? ALL + 1 : Integer.lowestOneBit(port);
            while (size > last - port + 1) {
                size >>= 1;
            }
            masks.add(
                    size == 1
                            ? Integer.toString(port)
                            : "0x%x/0x%x".formatted(port, ALL & ~(size - 1)));
            port += size;
        }
        return masks;
    }
}
