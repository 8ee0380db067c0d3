package io.sluice.packet;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.lang.foreign.Arena;
import java.util.HexFormat;
import org.junit.jupiter.api.Test;

/** The wire facts that are more than a number: against bytes as the standards print them. */
class WireFormatTest {
    private static byte[] bytes(String hex) {
        return HexFormat.of().parseHex(hex.replace(" ", ""));
    }

    private static int llcType(String hex) {
        byte[] llc = bytes(hex);
        try (Arena arena = Arena.ofConfined()) {
            long address = arena.allocate(64).address();
            Memory.copy(llc, address);
            return Llc.type(address, llc.length);
        }
    }

    @Test
    void snapHeadersOfOrganisationZeroHaveAType() {
        assertEquals(Ethernet.TYPE_IPV4, llcType("aaaa03 000000 0800"));
        assertEquals(Ethernet.TYPE_IPV6, llcType("aaaa03 000000 86dd 6000"));
        assertEquals(0, llcType("aaaa03 000000 08"), "cut short");
        assertEquals(0, llcType("aaaa03 00000c 0800"), "another organisation");
        assertEquals(0, llcType("424203 000000 0800"), "spanning tree");
        assertEquals(0, llcType("aaaa03 000000 05ff"), "no type");
    }

    private static int extensionBytes(int type, String hex) {
        try (Arena arena = Arena.ofConfined()) {
            long address = arena.allocate(8).address();
            Memory.copy(bytes(hex), address);
            return Ipv6.extensionBytes(type, address);
        }
    }

    @Test
    void extensionHeadersCountTheirLengthInThreeWays() {
        assertEquals(8, extensionBytes(Ipv6.NEXT_HOP_BY_HOP, "0600 050200000100"));
        assertEquals(24, extensionBytes(Ipv6.NEXT_ROUTING, "0602 000100000000"));
        assertEquals(2048, extensionBytes(Ipv6.NEXT_DESTINATION, "06ff 000000000000"));
        assertEquals(8, extensionBytes(Ipv6.NEXT_FRAGMENT, "06ff 000100000001"), "reserved byte");
        assertEquals(24, extensionBytes(Ipv6.NEXT_AUTHENTICATION, "0604 000000000001"));
        assertTrue(Ipv6.isExtension(Ipv6.NEXT_FRAGMENT));
        assertFalse(Ipv6.isExtension(Ipv6.NEXT_NONE));
        assertFalse(Ipv6.isExtension(50), "encrypted: there is nothing to see behind it");
    }
}
