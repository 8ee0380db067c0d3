package io.sluice.fastpath;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import io.sluice.packet.TupleKey;
import java.util.EnumSet;
import java.util.Random;
import java.util.Set;
import java.util.function.Consumer;
import org.junit.jupiter.api.Test;

/** Whole words do what the fields in them would do one by one, and nothing to the others. */
class FlowKeyTest {
    private static final Set<Field> IN_A_CACHED_WAY =
            EnumSet.of(
                    Field.ETH_DST,
                    Field.ETH_SRC,
                    Field.NW_SRC,
                    Field.NW_DST,
                    Field.IPV6_SRC,
                    Field.IPV6_DST,
                    Field.NW_TOS,
                    Field.NW_TTL,
                    Field.NW_FRAG,
                    Field.TP_SRC,
                    Field.TP_DST);

    private final Random random = new Random(7);

    private long[] key() {
        return random.longs(Field.WORDS).toArray();
    }

    private void same(Consumer<long[]> whole, Consumer<long[]> byFields) {
        long[] one = key();
        long[] other = one.clone();
        whole.accept(one);
        byFields.accept(other);
        assertArrayEquals(other, one);
    }

    @Test
    void readsTheFields() {
        long[] key = key();
        assertEquals(Field.ETH_DST.get(key), FlowKey.ethDst(key));
        assertEquals(Field.ETH_SRC.get(key), FlowKey.ethSrc(key));
        assertEquals(Field.NW_TOS.get(key), FlowKey.tos(key));
        assertEquals(Field.NW_TTL.get(key), FlowKey.ttl(key));
        assertEquals(
                (int) (Field.TP_SRC.get(key) << 16 | Field.TP_DST.get(key)),
                FlowKey.transport(key));
        assertEquals(
                TupleKey.addresses((int) Field.NW_SRC.get(key), (int) Field.NW_DST.get(key)),
                FlowKey.addresses(key));
    }

    @Test
    void setsTheFields() {
        same(key -> FlowKey.setInPort(key, -2), key -> Field.IN_PORT.set(key, -2));
        same(key -> FlowKey.setEthType(key, 0x88A8), key -> Field.ETH_TYPE.set(key, 0x88A8));
        same(key -> FlowKey.setTcpFlags(key, 0xFFF), key -> Field.TCP_FLAGS.set(key, 0xFFF));
        same(
                key -> FlowKey.setAddresses(key, TupleKey.addresses(0x0A000001, 0xC0000201)),
                key -> {
                    Field.NW_SRC.set(key, 0x0A000001);
                    Field.NW_DST.set(key, 0xC0000201);
                });
        same(
                key -> FlowKey.setTransport(key, 0xFFFE_8001),
                key -> {
                    Field.TP_SRC.set(key, 0xFFFE);
                    Field.TP_DST.set(key, 0x8001);
                });
    }

    @Test
    void setsWhatWasNotSetYet() {
        long[] key = new long[Field.WORDS];
        FlowKey.setMacs(key, 0xFEDCBA987654L, 0x020000000001L);
        FlowKey.setNetwork(key, 0xFF, 0xFE, 0x80, 3);
        long[] expected = new long[Field.WORDS];
        Field.ETH_DST.set(expected, 0xFEDCBA987654L);
        Field.ETH_SRC.set(expected, 0x020000000001L);
        Field.NW_PROTO.set(expected, 0xFF);
        Field.NW_TOS.set(expected, 0xFE);
        Field.NW_TTL.set(expected, 0x80);
        Field.NW_FRAG.set(expected, 3);
        assertArrayEquals(expected, key);
    }

    @Test
    void setsAndClearsWhatTheConnectionSays() {
        same(
                key -> FlowKey.setConnection(key, 0xFFA1, 0xFFFF, -3),
                key -> {
                    Field.CT_STATE.set(key, 0xFFA1);
                    Field.CT_ZONE.set(key, 0xFFFF);
                    Field.CT_MARK.set(key, -3);
                });
        same(
                key -> {
                    FlowKey.clearConnectionTuple(key);
                    long addresses = TupleKey.addresses(0xC0000201, 0xFFFFFFFF);
                    FlowKey.setConnectionTuple(key, addresses, 0x8001_FFFF, 17);
                },
                key -> {
                    clearTuple(key);
                    Field.CT_NW_SRC.set(key, 0xC0000201);
                    Field.CT_NW_DST.set(key, 0xFFFFFFFF);
                    Field.CT_TP_SRC.set(key, 0x8001);
                    Field.CT_TP_DST.set(key, 0xFFFF);
                    Field.CT_NW_PROTO.set(key, 17);
                });
        same(
                FlowKey::clearConnection,
                key -> {
                    Field.CT_STATE.set(key, 0);
                    Field.CT_ZONE.set(key, 0);
                    Field.CT_MARK.set(key, 0);
                    Field.CT_LABEL.set(key, 0, 0);
                    clearTuple(key);
                });
    }

    private static void clearTuple(long[] key) {
        Field.CT_NW_SRC.set(key, 0);
        Field.CT_NW_DST.set(key, 0);
        Field.CT_IPV6_SRC.set(key, 0, 0);
        Field.CT_IPV6_DST.set(key, 0, 0);
        Field.CT_TP_SRC.set(key, 0);
        Field.CT_TP_DST.set(key, 0);
        // The rest of its word has no field.
        key[Field.CT_NW_PROTO.word()] = 0;
    }

    @Test
    void differenceBeyondACachedWayIsSeenInEveryFieldOfTheFrame() {
        for (Field field : Field.values()) {
            boolean inFrame =
                    field.word() >= Field.NW_SRC.word()
                            && field.word() <= Field.ARP_THA.word()
                            && field != Field.CONJ_ID
                            && field != Field.CT_TP_SRC
                            && field != Field.CT_TP_DST;
            for (int bit = 0; bit < field.bits(); bit++) {
                long[] one = key();
                long[] other = one.clone();
                SubField at = new SubField(field, bit, 1);
                at.set(other, 0, 1 - at.get(other));
                assertEquals(
                        inFrame && !IN_A_CACHED_WAY.contains(field),
                        FlowKey.differBeyondRewrite(one, other),
                        field.text() + " bit " + bit);
            }
        }
    }
}
