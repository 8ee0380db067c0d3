package io.sluice.control.flow;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import io.sluice.conntrack.CtState;
import io.sluice.control.text.Span;
import io.sluice.control.text.SyntaxException;
import io.sluice.fastpath.Field;
import java.util.EnumSet;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class PacketTextTest {
    private static final PortNames PORTS = PortNames.of(Map.of("p0", 1));

    private static PacketText read(String text) {
        return PacketText.read(Span.of(text), PORTS);
    }

    @Test
    void givenFieldsAreExactAndOthersOpen() {
        PacketText packet =
                read("in_port=p0, tcp,nw_src=10.0.0.1,tp_dst=80,ct_state=+trk-new,reg0[0..3]=5");
        assertEquals(
                EnumSet.of(
                        Field.IN_PORT,
                        Field.ETH_TYPE,
                        Field.NW_PROTO,
                        Field.NW_SRC,
                        Field.TP_DST,
                        Field.CT_STATE,
                        Field.REG0),
                packet.given());
        for (Field field : packet.given()) {
            assertEquals(true, packet.match().hasExactly(field), field.text());
        }
        assertEquals(CtState.TRACKED, packet.match().value(Field.CT_STATE));
        assertEquals(5, packet.match().value(Field.REG0));
        assertEquals(1, packet.match().value(Field.IN_PORT));
        assertEquals(false, packet.match().has(Field.REG1));
    }

    @Test
    void wideFieldsKeepBothHalves() {
        PacketText packet = read("icmp6,ipv6_src=2001:db8::1");
        assertEquals(0x20010DB800000000L, packet.match().valueHigh(Field.IPV6_SRC));
        assertEquals(1, packet.match().value(Field.IPV6_SRC));
        assertEquals(58, packet.match().value(Field.NW_PROTO));
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "ip,nw_src=10.0.0.0/8|column 19: a packet has one value here, not a mask",
                "tcpp|column 1: unknown word 'tcpp', expected a field or a kind of packet; did you"
                        + " mean 'tcp'?",
                "tp_dst=80|column 1: 'tp_dst' needs tcp, udp or sctp",
            })
    void refusesWhatIsNoPacket(String text, String expected) {
        SyntaxException e = assertThrows(SyntaxException.class, () -> read(text));
        assertEquals(expected, e.getMessage());
    }
}
