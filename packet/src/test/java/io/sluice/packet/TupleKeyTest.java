package io.sluice.packet;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class TupleKeyTest {
    private static final int A = AddressText.parseIpv4("10.1.2.3");
    private static final int B = AddressText.parseIpv4("192.0.2.250");

    @Test
    void partsComeOutAsTheyWentIn() {
        long addresses = TupleKey.addresses(A, B);
        assertEquals(A, TupleKey.source(addresses));
        assertEquals(B, TupleKey.destination(addresses));
        long tuple = TupleKey.portsAndScope(TupleKey.ports(65535, 80), 65535, 255);
        assertEquals(65535, TupleKey.scope(tuple));
        assertEquals(255, TupleKey.protocol(tuple));
        assertEquals(65535, TupleKey.sourcePort(TupleKey.ports(tuple)));
        assertEquals(80, TupleKey.destinationPort(TupleKey.ports(tuple)));
    }

    @Test
    void theInverseExchangesTheEnds() {
        long inverse = TupleKey.invertAddresses(TupleKey.addresses(A, B));
        assertEquals(B, TupleKey.source(inverse));
        assertEquals(A, TupleKey.destination(inverse));
        long tuple = TupleKey.portsAndScope(TupleKey.ports(4000, 80), 7, Ipv4.PROTO_TCP);
        long back = TupleKey.invertPorts(tuple);
        assertEquals(80, TupleKey.sourcePort(TupleKey.ports(back)));
        assertEquals(4000, TupleKey.destinationPort(TupleKey.ports(back)));
        assertEquals(7, TupleKey.scope(back));
        assertEquals(tuple, TupleKey.invertPorts(back));
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 8, 13, 14, 15, 16, 17, 18})
    void anIcmpQueryKeepsItsIdentifierAndGetsTheOtherType(int type) {
        int ports = 0x1234 | (type << 16);
        long tuple = TupleKey.portsAndScope(ports, 0, Ipv4.PROTO_ICMP);
        int back = TupleKey.ports(TupleKey.invertPorts(tuple));
        assertEquals(0x1234, back & 0xFFFF);
        assertEquals(Icmp.inverseType(type), back >>> 16);
        assertEquals(tuple, TupleKey.invertPorts(TupleKey.invertPorts(tuple)));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "1.2.3",
                "1.2.3.4.5",
                "1.2.3.256",
                "1.2.3.-1",
                "a.b.c.d",
                "1..2.3",
                "1.2.3.0004"
            })
    void badAddressesAreNamed(String text) {
        IllegalArgumentException refused =
                assertThrows(IllegalArgumentException.class, () -> AddressText.parseIpv4(text));
        assertEquals(true, refused.getMessage().contains("'" + text + "'"));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "02:00:00:00:00",
                "02:00:00:00:00:001",
                "02:00:00:00:00:gg",
                "020000000001"
            })
    void badMacsAreNamed(String text) {
        assertThrows(IllegalArgumentException.class, () -> AddressText.parseMac(text));
    }

    @Test
    void textGoesThereAndBack() {
        assertEquals("255.0.1.10", AddressText.formatIpv4(AddressText.parseIpv4("255.0.1.10")));
        String mac = "02:ab:cd:ef:00:99";
        assertEquals(mac, AddressText.formatMac(AddressText.parseMac(mac)));
    }
}
