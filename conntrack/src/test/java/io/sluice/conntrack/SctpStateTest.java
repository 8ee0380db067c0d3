package io.sluice.conntrack;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.sluice.packet.Sctp;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Every row of the table, written out a second time. */
class SctpStateTest {
    private static final List<String> NAMES =
            List.of("NO", "CL", "CW", "CE", "ES", "SS", "SR", "SA", "HS");
    private static final Map<String, Integer> TYPES =
            Map.ofEntries(
                    Map.entry("init", Sctp.INIT),
                    Map.entry("init_ack", Sctp.INIT_ACK),
                    Map.entry("abort", Sctp.ABORT),
                    Map.entry("shutdown", Sctp.SHUTDOWN),
                    Map.entry("shutdown_ack", Sctp.SHUTDOWN_ACK),
                    Map.entry("error", Sctp.ERROR),
                    Map.entry("cookie_echo", Sctp.COOKIE_ECHO),
                    Map.entry("cookie_ack", Sctp.COOKIE_ACK),
                    Map.entry("shutdown_complete", Sctp.SHUTDOWN_COMPLETE),
                    Map.entry("heartbeat", Sctp.HEARTBEAT),
                    Map.entry("heartbeat_ack", Sctp.HEARTBEAT_ACK));

    /** Linux from 6.2 on, net/netfilter/nf_conntrack_proto_sctp.c, all of it. */
    @ParameterizedTest(name = "{0} {1}")
    @CsvSource({
        "original, init,              CL CL CW CE ES CL CL SA CW",
        "original, init_ack,          CL CL CW CE ES SS SR SA CL",
        "original, abort,             CL CL CL CL CL CL CL CL CL",
        "original, shutdown,          CL CL CW CE SS SS SR SA CL",
        "original, shutdown_ack,      SA CL CW CE ES SA SA SA SA",
        "original, error,             CL CL CW CE ES SS SR SA CL",
        "original, cookie_echo,       CL CL CE CE ES SS SR SA CL",
        "original, cookie_ack,        CL CL CW ES ES SS SR SA CL",
        "original, shutdown_complete, CL CL CW CE ES SS SR CL CL",
        "original, heartbeat,         HS CL CW CE ES SS SR SA HS",
        "original, heartbeat_ack,     CL CL CW CE ES SS SR SA HS",
        "reply,    init,              IV CL CW CE ES SS SR SA IV",
        "reply,    init_ack,          IV CW CW CE ES SS SR SA IV",
        "reply,    abort,             IV CL CL CL CL CL CL CL IV",
        "reply,    shutdown,          IV CL CW CE SR SS SR SA IV",
        "reply,    shutdown_ack,      IV CL CW CE ES SA SA SA IV",
        "reply,    error,             IV CL CW CL ES SS SR SA IV",
        "reply,    cookie_echo,       IV CL CE CE ES SS SR SA IV",
        "reply,    cookie_ack,        IV CL CW ES ES SS SR SA IV",
        "reply,    shutdown_complete, IV CL CW CE ES SS SR CL IV",
        "reply,    heartbeat,         IV CL CW CE ES SS SR SA HS",
        "reply,    heartbeat_ack,     IV CL CW CE ES SS SR SA ES",
    })
    void wholeTable(String direction, String chunk, String row) {
        List<String> expected = List.of(row.split(" ", -1));
        for (int state = 0; state < NAMES.size(); state++) {
            int next = SctpState.next(direction.equals("reply"), TYPES.get(chunk), state);
            String name = next == SctpState.INVALID ? "IV" : NAMES.get(next);
            assertEquals(expected.get(state), name, "from " + NAMES.get(state));
        }
    }

    @Test
    void otherChunksMoveNothing() {
        for (int type = 0; type < 256; type++) {
            assertEquals(TYPES.containsValue(type), SctpState.isMoving(type), "type " + type);
        }
    }

    @Test
    void everyStateHasAWordOfItsOwnAndATimeout() {
        for (SctpState state : SctpState.values()) {
            if (state != SctpState.NONE) {
                int word = ConnState.withKind(0, SctpState.kind(state.ordinal()));
                assertTrue(ConnState.isSctp(word));
                assertFalse(ConnState.isTcp(word));
                assertEquals(state.name(), SctpState.name(word));
                String name = "sctp-" + state.name().toLowerCase(Locale.ROOT).replace('_', '-');
                assertEquals(state.timeoutSeconds(), Timeouts.DEFAULT.seconds().get(name));
            }
        }
        assertFalse(ConnState.isSctp(Timeouts.Kind.GRE_UNREPLIED.ordinal()));
        assertFalse(ConnState.isSctp(Timeouts.Kind.TCP_UNACKNOWLEDGED.ordinal()));
        assertFalse(ConnState.isSctp(Timeouts.Kind.UDP_REPLIED.ordinal()));
    }
}
