package io.sluice.control.differential;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.sluice.conntrack.CtState;
import io.sluice.fastpath.TranslatingRouter;
import io.sluice.packet.FrameBuilder;
import io.sluice.packet.Icmp;
import io.sluice.packet.Ipv4;
import io.sluice.packet.Tcp;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import org.junit.jupiter.api.Test;

/**
 * ICMP errors about translated packets leave Sluice, with its flow cache and without, as they leave
 * Linux: byte for byte behind the Ethernet header.
 */
class KernelErrorTranslationTest {
    private static final int CONNECTIONS =
            Integer.getInteger("sluice.differential.translations", 150);
    private static final long SEED =
            Long.getLong("sluice.differential.seed", System.nanoTime() & 0xFFFF_FFFFL);
    private static final int ETHERNET = 14;
    private static final int LEAST_QUOTED = 28;
    private static final int[] ERRORS = {3, 4, 11, 12};
    // 253 is for experiments (RFC 3692).
    private static final int[] PROTOCOLS = {17, 17, 6, 6, 1, 253};
    // About the packets of this one there are redirects only, which are lost: the kernel is waited
    // for.
    private static final int REDIRECTED = 7;
    private static final String OUTER = "198.51.100.1";
    private static final String INNER = "172.31.255.1";

    private final Random random = new Random(SEED);
    private int errors;
    private int related;

    @Test
    void sourceNatAgrees() throws IOException {
        compare(
                List.of(
                        "meta l4proto { tcp, udp } ip saddr 10.0.0.0/8 snat ip to "
                                + OUTER
                                + ":5000",
                        "ip saddr 10.0.0.0/8 snat ip to " + OUTER),
                Map.of(
                        "priority=2,tcp,nw_src=10.0.0.0/8", "src=" + OUTER + ":5000",
                        "priority=2,udp,nw_src=10.0.0.0/8", "src=" + OUTER + ":5000",
                        "priority=1,ip,nw_src=10.0.0.0/8", "src=" + OUTER));
    }

    @Test
    void destinationNatAgrees() throws IOException {
        compare(
                List.of(
                        "meta l4proto { tcp, udp } ip daddr 172.16.0.0/12 dnat ip to "
                                + INNER
                                + ":8080",
                        "ip daddr 172.16.0.0/12 dnat ip to " + INNER),
                Map.of(
                        "priority=2,tcp,nw_dst=172.16.0.0/12", "dst=" + INNER + ":8080",
                        "priority=2,udp,nw_dst=172.16.0.0/12", "dst=" + INNER + ":8080",
                        "priority=1,ip,nw_dst=172.16.0.0/12", "dst=" + INNER));
    }

    private void compare(List<String> rules, Map<String, String> translations) throws IOException {
        try (KernelTracking kernel = new KernelTracking(List.of(0));
                TranslatingRouter cached = new TranslatingRouter(true, translations);
                TranslatingRouter plain = new TranslatingRouter(false, translations)) {
            for (String rule : rules) {
                kernel.translate(rule);
            }
            for (int number = 0; number < CONNECTIONS; number++) {
                connection(number, kernel, List.of(cached, plain));
            }
        }
        System.out.printf(
                "differential: %d errors about translated packets (seed %d), %d related: alike%n",
                errors, SEED, related);
        assertTrue(related > CONNECTIONS, "hardly any error was related");
    }

    /** A packet, an answer, and errors about both as they arrive. */
    private void connection(int number, KernelTracking kernel, List<TranslatingRouter> sluices)
            throws IOException {
        int protocol = PROTOCOLS[random.nextInt(PROTOCOLS.length)];
        int client = (10 << 24) + number + 1;
        int server = (0xAC10 << 16) + number + 1;
        FrameBuilder there = new FrameBuilder().ip(client, server).ports(4000 + number, 80);
        byte[] arrived = alike(kernel, sluices, packet(there, protocol, Tcp.SYN, Icmp.ECHO)).get();
        errorsAbout(number, arrived, 0xC612_0001, kernel, sluices);
        int transport = ETHERNET + headerBytes(arrived);
        FrameBuilder back = new FrameBuilder().ip(address(arrived, 30), address(arrived, 26));
        if (protocol == 17 || protocol == 6) {
            back.ports(port(arrived, transport + 2), port(arrived, transport));
        } else if (protocol == 1) {
            back.ports(port(arrived, transport + Icmp.IDENTIFIER), 0);
        }
        byte[] answer = packet(back, protocol, Tcp.SYN | Tcp.ACK, Icmp.ECHO_REPLY);
        errorsAbout(number, alike(kernel, sluices, answer).get(), 0x0A63_0001, kernel, sluices);
    }

    private byte[] packet(FrameBuilder builder, int protocol, int tcpFlags, int icmpType) {
        byte[] payload = new byte[8 + random.nextInt(60)];
        random.nextBytes(payload);
        builder.payload(payload).tcpFlags(tcpFlags).icmpType(icmpType);
        builder.options(new byte[random.nextInt(4) == 0 ? 8 : 0]);
        return switch (protocol) {
            case 17 -> random.nextBoolean() ? builder.udp() : builder.withoutUdpChecksum().udp();
            case 6 -> builder.tcp();
            case 1 -> builder.icmp();
            default -> builder.ip(protocol, payload);
        };
    }

    /** Errors about the packet, from where it went, from a router, and some that are not right. */
    private void errorsAbout(
            int number,
            byte[] arrived,
            int router,
            KernelTracking kernel,
            List<TranslatingRouter> sluices)
            throws IOException {
        int headerBytes = headerBytes(arrived);
        byte[] packet = Arrays.copyOfRange(arrived, ETHERNET, arrived.length);
        for (int from : new int[] {address(arrived, 30), router}) {
            int least = Math.min(packet.length, headerBytes - 20 + LEAST_QUOTED);
            int length = least + random.nextInt(packet.length - least + 1);
            byte[] quoted = Arrays.copyOf(packet, random.nextBoolean() ? length : packet.length);
            if (random.nextInt(8) == 0) {
                // Not its version and length: docs/differences.md.
                quoted[1 + random.nextInt(headerBytes + 7)] ^= 1;
            }
            FrameBuilder error = new FrameBuilder().ip(from, address(arrived, 26)).payload(quoted);
            int type = number == REDIRECTED ? Icmp.REDIRECT : ERRORS[random.nextInt(ERRORS.length)];
            error.icmpType(type).icmpCode(random.nextInt(5));
            errors++;
            Optional<byte[]> sent = alike(kernel, sluices, error.icmp());
            related += sent.filter(KernelErrorTranslationTest::isRelated).isPresent() ? 1 : 0;
        }
    }

    private Optional<byte[]> alike(
            KernelTracking kernel, List<TranslatingRouter> sluices, byte[] frame)
            throws IOException {
        Optional<byte[]> expected = kernel.forward(frame);
        for (TranslatingRouter sluice : sluices) {
            assertEquals(
                    expected.map(KernelErrorTranslationTest::shown),
                    sluice.forward(frame).map(KernelErrorTranslationTest::shown),
                    () -> "seed " + SEED + ", packet " + shown(frame));
        }
        return expected;
    }

    private static boolean isRelated(byte[] frame) {
        return (frame[ETHERNET + Ipv4.TOS] >>> 2 & CtState.RELATED) != 0;
    }

    private static String shown(byte[] frame) {
        return HexFormat.of().formatHex(frame, ETHERNET, frame.length);
    }

    private static int headerBytes(byte[] frame) {
        return (frame[ETHERNET] & 0xF) * 4;
    }

    private static int address(byte[] frame, int at) {
        return ByteBuffer.wrap(frame).getInt(at);
    }

    private static int port(byte[] frame, int at) {
        return ByteBuffer.wrap(frame).getShort(at) & 0xFFFF;
    }
}
