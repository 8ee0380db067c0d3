package io.sluice.conntrack;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.sluice.packet.Tcp;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * Every row of the table, written out a second time from Netfilter's documented behaviour: from
 * each state, in each direction, what each kind of packet leads to.
 */
class TcpStateTest {
    private static final Map<String, Integer> FLAGS =
            Map.of(
                    "SYN", Tcp.SYN,
                    "SYNACK", Tcp.SYN | Tcp.ACK,
                    "FIN", Tcp.FIN | Tcp.ACK,
                    "ACK", Tcp.ACK,
                    "RST", Tcp.RST | Tcp.ACK);

    private static String next(boolean reply, String packet, TcpState from) {
        int next = TcpState.next(reply, FLAGS.get(packet), from.ordinal());
        return switch (next) {
            case TcpState.INVALID -> "inv";
            case TcpState.IGNORE -> "ign";
            default -> TcpState.values()[next].name();
        };
    }

    @ParameterizedTest(name = "original {0} from {1}")
    @CsvSource({
        "SYN, NONE, SYN_SENT",
        "SYN, SYN_SENT, SYN_SENT",
        "SYN, SYN_RECV, ign",
        "SYN, ESTABLISHED, ign",
        "SYN, FIN_WAIT, ign",
        "SYN, CLOSE_WAIT, ign",
        "SYN, LAST_ACK, ign",
        "SYN, TIME_WAIT, SYN_SENT",
        "SYN, CLOSE, SYN_SENT",
        "SYN, SYN_SENT2, SYN_SENT2",
        "SYNACK, NONE, inv",
        "SYNACK, SYN_SENT, inv",
        "SYNACK, SYN_RECV, SYN_RECV",
        "SYNACK, ESTABLISHED, inv",
        "SYNACK, TIME_WAIT, inv",
        "SYNACK, SYN_SENT2, SYN_RECV",
        "FIN, NONE, inv",
        "FIN, SYN_SENT, inv",
        "FIN, SYN_RECV, FIN_WAIT",
        "FIN, ESTABLISHED, FIN_WAIT",
        "FIN, FIN_WAIT, LAST_ACK",
        "FIN, CLOSE_WAIT, LAST_ACK",
        "FIN, LAST_ACK, LAST_ACK",
        "FIN, TIME_WAIT, TIME_WAIT",
        "FIN, CLOSE, CLOSE",
        "FIN, SYN_SENT2, inv",
        "ACK, NONE, ESTABLISHED",
        "ACK, SYN_SENT, inv",
        "ACK, SYN_RECV, ESTABLISHED",
        "ACK, ESTABLISHED, ESTABLISHED",
        "ACK, FIN_WAIT, CLOSE_WAIT",
        "ACK, CLOSE_WAIT, CLOSE_WAIT",
        "ACK, LAST_ACK, TIME_WAIT",
        "ACK, TIME_WAIT, TIME_WAIT",
        "ACK, CLOSE, CLOSE",
        "ACK, SYN_SENT2, inv",
        "RST, NONE, inv",
        "RST, SYN_SENT, CLOSE",
        "RST, ESTABLISHED, CLOSE",
        "RST, CLOSE, CLOSE",
    })
    void original(String packet, TcpState from, String to) {
        assertEquals(to, next(false, packet, from));
    }

    @ParameterizedTest(name = "reply {0} from {1}")
    @CsvSource({
        "SYN, NONE, inv",
        "SYN, SYN_SENT, SYN_SENT2",
        "SYN, SYN_RECV, inv",
        "SYN, ESTABLISHED, inv",
        "SYN, TIME_WAIT, SYN_SENT",
        "SYN, CLOSE, inv",
        "SYN, SYN_SENT2, SYN_SENT2",
        "SYNACK, NONE, inv",
        "SYNACK, SYN_SENT, SYN_RECV",
        "SYNACK, SYN_RECV, ign",
        "SYNACK, ESTABLISHED, ign",
        "SYNACK, SYN_SENT2, SYN_RECV",
        "FIN, SYN_SENT, inv",
        "FIN, SYN_RECV, FIN_WAIT",
        "FIN, ESTABLISHED, FIN_WAIT",
        "FIN, FIN_WAIT, LAST_ACK",
        "FIN, CLOSE_WAIT, LAST_ACK",
        "FIN, TIME_WAIT, TIME_WAIT",
        "ACK, NONE, inv",
        "ACK, SYN_SENT, ign",
        "ACK, SYN_RECV, SYN_RECV",
        "ACK, ESTABLISHED, ESTABLISHED",
        "ACK, FIN_WAIT, CLOSE_WAIT",
        "ACK, LAST_ACK, TIME_WAIT",
        "RST, NONE, inv",
        "RST, SYN_SENT, CLOSE",
        "RST, ESTABLISHED, CLOSE",
        "RST, LAST_ACK, LAST_ACK",
        "RST, TIME_WAIT, CLOSE",
    })
    void reply(String packet, TcpState from, String to) {
        assertEquals(to, next(true, packet, from));
    }

    @Test
    void packetsWithoutAnyOfTheFlagsFitNowhere() {
        for (TcpState state : TcpState.values()) {
            assertEquals(TcpState.INVALID, TcpState.next(false, 0, state.ordinal()));
            assertEquals(TcpState.INVALID, TcpState.next(true, Tcp.PSH, state.ordinal()));
        }
    }
}
