package io.sluice.conntrack;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.sluice.packet.Tcp;
import java.util.List;
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
        int next = TcpState.next(reply, TcpState.kind(FLAGS.get(packet)), from.ordinal());
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
        "RST, LAST_ACK, CLOSE",
        "RST, TIME_WAIT, CLOSE",
    })
    void reply(String packet, TcpState from, String to) {
        assertEquals(to, next(true, packet, from));
    }

    /** Linux 6.1, net/netfilter/nf_conntrack_proto_tcp.c, all of it. */
    @ParameterizedTest(name = "{0} {1}")
    @CsvSource({
        "original, SYN,    SS SS IG IG IG IG IG SS SS S2",
        "original, SYNACK, IV IV SR IV IV IV IV IV IV SR",
        "original, FIN,    IV IV FW FW LA LA LA TW CL IV",
        "original, ACK,    ES IV ES ES CW CW TW TW CL IV",
        "original, RST,    IV CL CL CL CL CL CL CL CL CL",
        "original, NONE,   IV IV IV IV IV IV IV IV IV IV",
        "reply,    SYN,    IV S2 IV IV IV IV IV SS IV S2",
        "reply,    SYNACK, IV SR IG IG IG IG IG IG IG SR",
        "reply,    FIN,    IV IV FW FW LA LA LA TW CL IV",
        "reply,    ACK,    IV IG SR ES CW CW TW TW CL IG",
        "reply,    RST,    IV CL CL CL CL CL CL CL CL CL",
        "reply,    NONE,   IV IV IV IV IV IV IV IV IV IV",
    })
    void wholeTable(String direction, String packet, String row) {
        List<String> names = List.of("NO", "SS", "SR", "ES", "FW", "CW", "LA", "TW", "CL", "S2");
        List<String> expected = List.of(row.split(" ", -1));
        for (int state = 0; state < names.size(); state++) {
            int kind = TcpState.kind(FLAGS.getOrDefault(packet, 0));
            int next = TcpState.next(direction.equals("reply"), kind, state);
            String name =
                    switch (next) {
                        case TcpState.INVALID -> "IV";
                        case TcpState.IGNORE -> "IG";
                        default -> names.get(next);
                    };
            assertEquals(expected.get(state), name, "from " + names.get(state));
        }
    }

    @Test
    void packetsWithoutAnyOfTheFlagsFitNowhere() {
        for (TcpState state : TcpState.values()) {
            assertEquals(TcpState.INVALID, TcpState.next(false, TcpState.kind(0), state.ordinal()));
            assertEquals(
                    TcpState.INVALID, TcpState.next(true, TcpState.kind(Tcp.PSH), state.ordinal()));
        }
    }
}
