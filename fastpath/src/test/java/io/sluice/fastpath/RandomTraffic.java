package io.sluice.fastpath;

import io.sluice.packet.Ethernet;
import io.sluice.packet.FrameBuilder;
import io.sluice.packet.Icmp;
import io.sluice.packet.Icmpv6;
import io.sluice.packet.Ipv4;
import io.sluice.packet.Sctp;
import io.sluice.packet.Tcp;
import io.sluice.packet.Vlan;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;

/**
 * Packets of a few conversations between a few hosts, again and again: most are what the flow cache
 * is for, and some of each conversation are not.
 */
final class RandomTraffic {
    static final int HOSTS = 6;
    static final int[] PORTS = {53, 80, 443, 1000, 1001, 1002};
    static final int[] TOS = {0, 0, 0, 0x10, 0xB8, 3};
    static final int[] TTL = {64, 64, 64, 64, 64, 64, 64, 64, 64, 63, 63, 63, 63, 63, 3, 2, 1};
    static final int[] TCP_FLAGS = {
        Tcp.ACK, Tcp.ACK, Tcp.ACK | 0x08, Tcp.ACK | 0x20, Tcp.ACK | 0x40, Tcp.SYN
    };

    private static final int[] ACKNOWLEDGING = Arrays.copyOf(TCP_FLAGS, 5);
    private static final int[] RARE_TCP_FLAGS = {
        Tcp.SYN, Tcp.SYN, Tcp.SYN | Tcp.ACK, Tcp.SYN | Tcp.ACK, Tcp.FIN | Tcp.ACK, Tcp.RST, 0
    };

    private static final int CONVERSATIONS = 40;
    private static final int FRAMES_EACH = 12;
    private static final int MAX_ANSWERS = 60;

    /** Frames from one host to another. */
    private record Stream(int from, List<byte[]> frames) {}

    private final Random random;
    private final int portCount;
    private final int[] portOfHost = new int[HOSTS];
    private final List<Stream> streams = new ArrayList<>();
    private final List<List<Stream>> streamsAtPort = new ArrayList<>();
    private final List<List<byte[]>> answersAtPort = new ArrayList<>();

    RandomTraffic(Random random, int portCount) {
        this.random = random;
        this.portCount = portCount;
        for (int port = 0; port <= portCount; port++) {
            streamsAtPort.add(new ArrayList<>());
            answersAtPort.add(new ArrayList<>());
        }
        for (int host = 0; host < HOSTS; host++) {
            portOfHost[host] = 1 + host % portCount;
        }
        for (int i = 0; i < CONVERSATIONS; i++) {
            addConversation();
        }
        place();
    }

    static long mac(int host) {
        return 0x020000000101L + host;
    }

    static int ipv4(int host) {
        return 0x0A000001 + host;
    }

    private void place() {
        streamsAtPort.forEach(List::clear);
        for (Stream stream : streams) {
            streamsAtPort.get(portOfHost[stream.from]).add(stream);
        }
    }

    /** A host goes to another port, and its Ethernet address with it. */
    void moveHost() {
        portOfHost[random.nextInt(HOSTS)] = 1 + random.nextInt(portCount);
        place();
    }

    /** A burst that comes into the port. */
    List<byte[]> burst(int port) {
        List<byte[]> frames = new ArrayList<>(Pipeline.BURST);
        List<Stream> here = streamsAtPort.get(port);
        List<byte[]> answers = answersAtPort.get(port);
        int count = random.nextInt(16) == 0 ? 1 + random.nextInt(63) : Pipeline.BURST;
        for (int i = 0; i < count; i++) {
            int choice = random.nextInt(400);
            if (choice < 140 && !answers.isEmpty()) {
                frames.add(answers.get(random.nextInt(answers.size())));
            } else {
                List<Stream> from = choice == 399 || here.isEmpty() ? streams : here;
                List<byte[]> those = from.get(random.nextInt(from.size())).frames;
                frames.add(those.get(random.nextInt(those.size())));
            }
        }
        return frames;
    }

    /** What was sent to a port may be answered from there. */
    void answer(int port, byte[] frame) {
        List<byte[]> answers = answersAtPort.get(port);
        byte[] answer = reversed(frame);
        if (answer == null || !(isAt(port, answer[11]) || random.nextInt(32) == 0)) {
            return;
        }
        if (answers.size() < MAX_ANSWERS) {
            answers.add(answer);
        } else {
            answers.set(random.nextInt(MAX_ANSWERS), answer);
        }
    }

    /** Addresses that are seen at many ports make every way that rests on them invalid. */
    private boolean isAt(int port, int lastByteOfMac) {
        int host = lastByteOfMac - (int) (mac(0) & 0xFF);
        return host >= 0 && host < HOSTS && portOfHost[host] == port;
    }

    /** Swapped words leave all checksums right; null for frames that have no ports. */
    private static byte[] reversed(byte[] frame) {
        boolean ipv4 = frame.length >= 42 && Frames.isIpv4(frame) && frame[14] == 0x45;
        boolean ipv6 = frame.length >= 62 && Frames.isIpv6(frame);
        int protocol = ipv4 ? Frames.proto(frame) : ipv6 ? frame[20] : 0;
        if (protocol != Ipv4.PROTO_TCP && protocol != Ipv4.PROTO_UDP) {
            return null;
        }
        byte[] answer = frame.clone();
        swap(frame, answer, 0, 6);
        swap(frame, answer, ipv4 ? 26 : 22, ipv4 ? 4 : 16);
        int l4 = ipv4 ? 34 : 54;
        swap(frame, answer, l4, 2);
        if (protocol == Ipv4.PROTO_TCP && frame.length >= l4 + 20) {
            // Sequence number and acknowledgment.
            swap(frame, answer, l4 + 4, 4);
        }
        return answer;
    }

    private static void swap(byte[] from, byte[] to, int at, int length) {
        System.arraycopy(from, at, to, at + length, length);
        System.arraycopy(from, at + length, to, at, length);
    }

    private void addConversation() {
        int client = random.nextInt(HOSTS);
        int server = (client + 1 + random.nextInt(HOSTS - 1)) % HOSTS;
        int clientPort = 1000 + random.nextInt(3);
        int serverPort = PORTS[random.nextInt(3)];
        int kind = random.nextInt(34);
        streams.add(stream(kind, client, server, clientPort, serverPort));
        streams.add(stream(kind, server, client, serverPort, clientPort));
    }

    private Stream stream(int kind, int from, int to, int fromPort, int toPort) {
        List<byte[]> frames = new ArrayList<>();
        for (int i = 0; i < FRAMES_EACH; i++) {
            frames.add(frame(kind, from, to, fromPort, toPort));
        }
        return new Stream(from, frames);
    }

    private int any(int[] values) {
        return values[random.nextInt(values.length)];
    }

    private byte[] frame(int kind, int from, int to, int fromPort, int toPort) {
        boolean changes = random.nextInt(6) == 0;
        int flags = changes ? any(ACKNOWLEDGING) : Tcp.ACK;
        if (random.nextInt(30) == 0) {
            flags = any(RARE_TCP_FLAGS);
        }
        int size = random.nextInt(20) == 0 ? 1000 : random.nextInt(40);
        FrameBuilder builder =
                new FrameBuilder()
                        .eth(mac(from), random.nextInt(50) == 0 ? 0xFFFFFFFFFFFFL : mac(to))
                        .ip(ipv4(from), ipv4(to))
                        .ports(fromPort, toPort)
                        .tos(changes ? any(TOS) : TOS[kind % TOS.length])
                        .ttl(changes ? any(TTL) : 64)
                        .tcpFlags(flags)
                        .payload(new byte[size]);
        RandomTcp.numbers(builder, random, -1000);
        byte[] frame = frame(builder, kind, from, to);
        if (random.nextInt(40) == 0) {
            return damaged(frame);
        }
        return frame;
    }

    /** One that may move a connection, or not; INIT has the tag 1. */
    private byte[] sctpChunk() {
        ByteBuffer chunk = ByteBuffer.allocate(Sctp.INIT_LENGTH);
        chunk.put((byte) random.nextInt(Sctp.SHUTDOWN_COMPLETE + 1)).put((byte) 0);
        return chunk.putShort((short) Sctp.INIT_LENGTH).putInt(1).array();
    }

    private byte[] frame(FrameBuilder builder, int kind, int from, int to) {
        return switch (kind) {
            case 0 -> builder.icmpType(random.nextInt(9)).icmp();
            case 1 -> builder.sequence(random.nextInt(3), 0).payload(sctpChunk()).sctp();
            case 2 -> builder.vlan(Vlan.TPID_CUSTOMER, 5 + from % 2).tcp();
            case 3 -> builder.ipv6(0xFD00L << 48, 1 + from, 0xFD00L << 48, 1 + to).udp();
            case 4 -> ipv6(builder.ipv6(0xFD00L << 48, 1 + from, 0xFD00L << 48, 1 + to));
            case 5 -> builder.arp(1 + random.nextInt(2));
            case 6 -> builder.fragment(random.nextInt(3) * 0x2000 + random.nextInt(2)).udp();
            case 7, 8 -> builder.withoutUdpChecksum().udp();
            case 9, 10, 11, 12, 13, 14 -> builder.udp();
            case 30 -> builder.ipv6(0xFD00L << 48, 1 + from, 0xFD00L << 48, 1 + to).udp();
            case 31, 32, 33 -> builder.ipv6(0xFD00L << 48, 1 + from, 0xFD00L << 48, 1 + to).tcp();
            default -> builder.tcp();
        };
    }

    private byte[] ipv6(FrameBuilder builder) {
        return switch (random.nextInt(3)) {
            case 0 -> builder.icmpType(Icmpv6.ECHO).icmpv6();
            case 1 ->
                    builder.icmpType(Icmpv6.NEIGHBOR_SOLICITATION)
                            .linkOptions(mac(1), FrameBuilder.NO_LINK)
                            .neighborDiscovery(0xFD00L << 48, 2);
            default -> builder.tcp();
        };
    }

    /** Wrong checksums, lengths and header lengths, frames cut short, unknown types. */
    private byte[] damaged(byte[] frame) {
        switch (random.nextInt(5)) {
            case 0 -> frame[24] ^= 1;
            case 1 -> frame[frame.length - 1] ^= 1;
            case 2 -> ByteBuffer.wrap(frame).putShort(16, (short) random.nextInt(1500));
            case 3 -> {
                return Arrays.copyOf(frame, 1 + random.nextInt(frame.length));
            }
            default -> frame[14 + random.nextInt(28)] = (byte) random.nextInt(256);
        }
        return frame;
    }

    /** Of the kinds above, for rules. */
    static int etherType(Random random) {
        int[] types = {
            Ethernet.TYPE_IPV4, Ethernet.TYPE_IPV4, Ethernet.TYPE_IPV6, Ethernet.TYPE_ARP
        };
        return types[random.nextInt(types.length)];
    }

    static int protocol(Random random) {
        int[] protocols = {
            Ipv4.PROTO_TCP, Ipv4.PROTO_UDP, Ipv4.PROTO_ICMP, Ipv4.PROTO_SCTP, Ipv4.PROTO_ICMPV6
        };
        return protocols[random.nextInt(protocols.length)];
    }

    static int icmpType(Random random) {
        return random.nextBoolean() ? Icmp.ECHO : Icmp.ECHO_REPLY;
    }
}
