package io.sluice.control.differential;

import static io.sluice.packet.Tcp.ACK;
import static io.sluice.packet.Tcp.FIN;
import static io.sluice.packet.Tcp.PSH;
import static io.sluice.packet.Tcp.RST;
import static io.sluice.packet.Tcp.SYN;

import io.sluice.packet.Icmp;
import io.sluice.packet.Icmpv6;
import io.sluice.packet.Ipv4;
import io.sluice.packet.Ipv6;
import java.io.ByteArrayOutputStream;
import java.util.Random;

/** Says what the two ends of a connection send each other, whatever their addresses are. */
final class Talk {
    /** What packets of protocols without ports carry. */
    static final byte[] OTHER_PAYLOAD = {0, 0, 0, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11};

    private static final String FLAG_LETTERS = "FSRPA";
    private static final int TIMESTAMP = 13;

    private final int protocol;
    private final boolean ipv6;
    private final Random random;
    private final boolean asksTime;
    // TCP: the next number of each end. SCTP: the tag that packets to it carry.
    private final int[] numbers = new int[2];

    /**
     * @param asksTime whether ICMP asks for timestamps, and not for an echo
     */
    Talk(int protocol, boolean ipv6, boolean asksTime, Random random) {
        this.protocol = protocol;
        this.ipv6 = ipv6;
        this.random = random;
        this.asksTime = asksTime;
        reopen();
    }

    /** Both ends choose other numbers, which TCP takes for newer ones. */
    void reopen() {
        for (int end = 0; end < 2; end++) {
            numbers[end] =
                    protocol == Ipv4.PROTO_TCP
                            ? numbers[end] + 200_000 + random.nextInt(1_000_000)
                            : random.nextInt() | 1;
        }
    }

    /**
     * The next packet.
     *
     * @param letters of flags (TCP) or chunks (SCTP); others have none
     */
    Message message(boolean fromClient, String letters) {
        return switch (protocol) {
            case Ipv4.PROTO_TCP -> tcp(fromClient ? 0 : 1, letters);
            case Ipv4.PROTO_SCTP -> sctp(fromClient ? 0 : 1, letters);
            case Ipv4.PROTO_UDP -> udp();
            case Ipv4.PROTO_ICMP -> icmp(fromClient);
            case Ipv4.PROTO_ICMPV6 ->
                    icmp(fromClient ? Icmpv6.ECHO : Icmpv6.ECHO_REPLY, "icmpv6 echo");
            default -> {
                byte[] options = ipOptions();
                yield new Message(
                        "protocol " + protocol,
                        protocol,
                        false,
                        frame -> {
                            if (options.length > 0) {
                                frame.options(options);
                            }
                        });
            }
        };
    }

    private Message tcp(int from, String letters) {
        int flags = 0;
        for (int i = 0; i < letters.length(); i++) {
            flags |= 1 << FLAG_LETTERS.indexOf(letters.charAt(i));
        }
        byte[] payload = payload((flags & PSH) != 0 ? 1400 : 0);
        int sequence = numbers[from];
        int acknowledgment = (flags & ACK) == 0 ? 0 : numbers[1 - from];
        numbers[from] += payload.length + ((flags & (SYN | FIN)) != 0 ? 1 : 0);
        byte[] options =
                (flags & SYN) != 0 ? new byte[] {2, 4, 5, (byte) 0xB4, 1, 1, 4, 2} : new byte[0];
        byte[] ipOptions = ipOptions();
        int all = flags;
        return new Message(
                "tcp %s data %d".formatted(letters, payload.length),
                protocol,
                (flags & (FIN | RST)) != 0,
                frame ->
                        frame.tcpFlags(all)
                                .sequence(sequence, acknowledgment)
                                .tcpOptions(options)
                                .options(ipOptions)
                                .payload(payload));
    }

    private Message sctp(int from, String letters) {
        int tag = letters.startsWith("I") ? 0 : numbers[1 - from];
        ByteArrayOutputStream chunks = new ByteArrayOutputStream();
        for (int i = 0; i < letters.length(); i++) {
            chunks.writeBytes(SctpTalk.chunk(letters.charAt(i), false, numbers[from]));
        }
        return new Message(
                "sctp " + letters,
                protocol,
                "XYZA".contains(letters),
                frame -> frame.sequence(tag, 0).payload(chunks.toByteArray()));
    }

    private Message udp() {
        byte[] payload = payload(600);
        byte[] options = ipOptions();
        boolean without = !ipv6 && random.nextInt(3) == 0;
        return new Message(
                "udp data %d%s".formatted(payload.length, without ? " without checksum" : ""),
                protocol,
                false,
                frame -> {
                    frame.payload(payload).options(options);
                    if (without) {
                        frame.withoutUdpChecksum();
                    } else if (options.length > 0) {
                        frame.extension(Ipv6.NEXT_DESTINATION, new byte[] {1, 4, 0, 0, 0, 0});
                    }
                });
    }

    private Message icmp(boolean asks) {
        return asksTime
                ? icmp(asks ? TIMESTAMP : TIMESTAMP + 1, "icmp timestamp")
                : icmp(asks ? Icmp.ECHO : Icmp.ECHO_REPLY, "icmp echo");
    }

    private Message icmp(int type, String text) {
        byte[] payload = payload(100);
        int sequence = random.nextInt(1 << 16);
        return new Message(
                text,
                protocol,
                false,
                frame -> frame.icmpType(type).sequence(sequence, 0).payload(payload));
    }

    private byte[] payload(int maxBytes) {
        byte[] payload = new byte[maxBytes == 0 ? 0 : random.nextInt(maxBytes)];
        random.nextBytes(payload);
        return payload;
    }

    /** Mostly none. */
    private byte[] ipOptions() {
        return new byte[random.nextInt(8) == 0 ? 8 : 0];
    }
}
