package io.sluice.control.differential;

import static io.sluice.control.differential.Hosts.CLIENT;
import static io.sluice.control.differential.Hosts.SERVER;

import io.sluice.packet.Icmp;
import io.sluice.packet.Icmpv6;
import io.sluice.packet.Ipv4;
import io.sluice.packet.Ipv6;
import io.sluice.packet.Udp;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.SplittableRandom;

/** Makes the sequence that a seed and a number stand for, always the same. */
final class Sequences {
    // With the headers before it a frame that Ethernet has room for.
    private static final int MAX_QUOTED_BYTES = 1400;
    // IGMP, IP in IP, IPv6 in IP, GRE, ESP, OSPF, PIM, and one for experiments.
    private static final int[] OTHER_PROTOCOLS = {2, 4, 41, 47, 50, 89, 103, 253};
    private static final int[] ICMP_TYPES = {8, 8, 8, 0, 0, 13, 14, 15, 16, 17, 18, 9, 10, 1, 7};
    private static final int[] ICMPV6_TYPES = {128, 128, 128, 129, 129};
    private static final int[] ICMP_ERRORS = {3, 4, 5, 11, 12};
    // The last one has no meaning yet.
    private static final int[] ICMPV6_ERRORS = {1, 2, 3, 4, 5};
    private static final String[] LIVES = {
        ">S <SA >A >PA <A <PA >A >FA <A <FA >A",
        ">S <SA >A <PA >A <FA >A >FA <A",
        ">S <SA >A >PA <PA >FA <FA >A <A",
        ">S <SA >A >PA <A <RA",
        ">S <SA >A <PA >A >R",
        ">S <SA >A >FA <FA >A",
        ">S <SA >A >FA <A <FA >A >S <SA >A >PA <A",
        ">S <SA >A <FA >A >FA <A >S <SA >A <FA >A >FA <A >S",
        ">A <A >PA <A >FA <A <FA >A",
        ">S >S <SA <SA >A >A",
        ">S <SA >R",
        ">S <SA",
    };
    private static final String[] REFUSED = {
        ">S <RA", ">S >S >R", ">S <R >S <SA >A", ">S <SA >A <R >S"
    };
    private static final String[] BOTH_OPEN = {
        ">S <S >SA <SA >A <A >FA <A <FA >A",
        ">S <S <SA >A >PA <A <FA >FA <A >A",
        ">S <S >SA <A >A <A",
    };
    private static final String[] LATE = {
        ">A <A >PA <A >FA <A <FA >A",
        ">PA <A <PA >A <FA >A",
        "<A >A >A <A",
        ">A >A >R",
        ">FA",
        "<R",
        "<SA >A",
    };

    private static final String[] ASSOCIATIONS = {
        ">I <K >E <C >D <S <D >S >X <Y >Z",
        ">I <K >ED <CS >D <S <X >Y <Z",
        ">I >I <K <K >E >E <C >D <D",
        ">I <A >I <K >E <C",
        ">I <K >E <R >I <K >E <C >A",
        ">I <K >E <C >H <h <H >h >D <S",
        ">I <I <K >K >E <C >D",
        ">H <h >D <S >X <Y >Z",
        ">H >H <H <h >h <A",
        ">Y <Z",
        ">I <K >E <C >D <S >I <K >E <C >D",
    };

    private Sequences() {}

    static Sequence make(long seed, int number) {
        long own = new SplittableRandom(seed + 0x9E3779B97F4A7C15L * number).nextLong();
        Random random = new Random(own);
        Kind kind = Kind.values()[random.nextInt(Kind.values().length)];
        boolean ipv6 = random.nextBoolean();
        Hosts hosts = new Hosts(number, ipv6);
        List<Packet> packets =
                switch (kind) {
                    case TCP_LIFE -> tcp(hosts, random, LIVES);
                    case TCP_RESET -> tcp(hosts, random, REFUSED);
                    case TCP_SIMULTANEOUS -> tcp(hosts, random, BOTH_OPEN);
                    case TCP_MIDSTREAM -> tcp(hosts, random, LATE);
                    case TCP_WALK -> walk(hosts, random);
                    case SCTP_LIFE -> sctp(hosts, random);
                    case SCTP_WALK -> sctpWalk(hosts, random);
                    case UDP -> udp(hosts, random);
                    case ICMP_QUERY -> icmp(hosts, random);
                    case ICMP_ERROR -> errors(hosts, random);
                    case ICMP_STRAY_ERROR -> strayErrors(hosts, random);
                    case OTHER -> other(hosts, random);
                    case FRAGMENTS -> fragments(hosts, random);
                };
        return new Sequence(kind.name() + (ipv6 ? " IPv6" : ""), packets);
    }

    /** A life or two, one after the other, and packets in it that are not of it. */
    private static List<Packet> tcp(Hosts hosts, Random random, String... lives) {
        TcpTalk talk = talk(hosts, random);
        int count = 1 + random.nextInt(3);
        int strange = random.nextInt(3) == 0 ? 0 : 4;
        for (int life = 0; life < count; life++) {
            for (String word : TcpTalk.words(lives[random.nextInt(lives.length)])) {
                if (strange != 0 && random.nextInt(5) == 0) {
                    talk.repeat();
                }
                if (strange != 0 && random.nextInt(8) == 0) {
                    talk.sendAny();
                }
                if (strange == 0 || random.nextInt(12) != 0) {
                    talk.script(word);
                }
            }
            for (int i = random.nextInt(strange * 2 + 1); i > 0; i--) {
                talk.sendAny();
            }
            talk.reopen();
        }
        return talk.packets();
    }

    private static List<Packet> walk(Hosts hosts, Random random) {
        TcpTalk talk = talk(hosts, random);
        talk.script(random.nextBoolean() ? ">S <SA >A" : "");
        for (int i = 4 + random.nextInt(16); i > 0; i--) {
            talk.sendAny();
        }
        return talk.packets();
    }

    /** Associations one after the other, and packets in them that are not of them. */
    private static List<Packet> sctp(Hosts hosts, Random random) {
        SctpTalk talk = new SctpTalk(hosts, random, zone(random));
        boolean strange = random.nextInt(3) != 0;
        for (int life = 1 + random.nextInt(3); life > 0; life--) {
            for (String word : TcpTalk.words(ASSOCIATIONS[random.nextInt(ASSOCIATIONS.length)])) {
                if (strange && random.nextInt(5) == 0) {
                    talk.repeat();
                }
                if (strange && random.nextInt(8) == 0) {
                    talk.sendAny();
                }
                if (!strange || random.nextInt(12) != 0) {
                    talk.script(word);
                }
            }
            talk.reopen();
        }
        return talk.packets();
    }

    private static List<Packet> sctpWalk(Hosts hosts, Random random) {
        SctpTalk talk = new SctpTalk(hosts, random, zone(random));
        talk.script(random.nextBoolean() ? ">I <K >E <C" : "");
        for (int i = 4 + random.nextInt(16); i > 0; i--) {
            talk.sendAny();
        }
        return talk.packets();
    }

    private static TcpTalk talk(Hosts hosts, Random random) {
        return new TcpTalk(hosts, random, zone(random), true);
    }

    private static int zone(Random random) {
        return random.nextInt(Hosts.ZONES.size());
    }

    /** Mostly the sequence's own zone. */
    private static int zone(Random random, int own) {
        return random.nextInt(6) == 0 ? zone(random) : own;
    }

    private static List<Packet> udp(Hosts hosts, Random random) {
        int zone = zone(random);
        int[] clientPorts = {1024 + random.nextInt(60000), 1024 + random.nextInt(60000)};
        int serverPort = 1 + random.nextInt(1023);
        List<Packet> packets = new ArrayList<>();
        for (int i = 2 + random.nextInt(10); i > 0; i--) {
            int from = random.nextInt(2);
            int clientPort = clientPorts[random.nextInt(4) / 3];
            int source = from == CLIENT ? clientPort : serverPort;
            int destination = from == CLIENT ? serverPort : clientPort;
            byte[] l4 = datagram(hosts, from, source, destination, random.nextInt(100));
            packets.add(
                    hosts.packet(
                            from,
                            zone(random, zone),
                            random.nextInt(8) == 0,
                            Ipv4.PROTO_UDP,
                            l4,
                            ",sport=%d,dport=%d".formatted(source, destination),
                            "udp %d > %d".formatted(source, destination)));
        }
        return packets;
    }

    private static byte[] datagram(
            Hosts hosts, int from, int source, int destination, int dataBytes) {
        ByteBuffer l4 = ByteBuffer.allocate(Udp.HEADER_LENGTH + dataBytes);
        l4.putShort((short) source).putShort((short) destination).putShort((short) l4.capacity());
        hosts.withChecksum(from, Ipv4.PROTO_UDP, l4.array(), Udp.CHECKSUM);
        if (l4.getShort(Udp.CHECKSUM) == 0) {
            l4.putShort(Udp.CHECKSUM, (short) -1);
        }
        return l4.array();
    }

    private static List<Packet> icmp(Hosts hosts, Random random) {
        int zone = zone(random);
        int[] identifiers = {random.nextInt(1 << 16), random.nextInt(1 << 16)};
        int[] types = hosts.isIpv6() ? ICMPV6_TYPES : ICMP_TYPES;
        List<Packet> packets = new ArrayList<>();
        for (int i = 2 + random.nextInt(10); i > 0; i--) {
            int from = random.nextInt(2);
            int type = types[random.nextInt(types.length)];
            int code = random.nextInt(8) == 0 ? random.nextInt(3) : 0;
            int identifier = identifiers[random.nextInt(4) / 3];
            ByteBuffer message = ByteBuffer.allocate(Icmp.HEADER_LENGTH + random.nextInt(64));
            message.put((byte) type).put((byte) code).putShort((short) 0);
            message.putShort((short) identifier).putShort((short) i);
            String ports = ",id=%d,type=%d,code=%d".formatted(identifier, type, code);
            boolean hasTuple = hosts.isIpv6() || Icmp.inverseType(type) >= 0;
            packets.add(
                    hosts.packet(
                            from,
                            zone(random, zone),
                            random.nextInt(8) == 0,
                            icmpProtocol(hosts),
                            icmpWithChecksum(hosts, from, message.array()),
                            hasTuple ? ports : null,
                            "icmp type %d code %d id %d".formatted(type, code, identifier)));
        }
        return packets;
    }

    private static int icmpProtocol(Hosts hosts) {
        return hosts.isIpv6() ? Ipv4.PROTO_ICMPV6 : Ipv4.PROTO_ICMP;
    }

    private static byte[] icmpWithChecksum(Hosts hosts, int from, byte[] message) {
        return hosts.isIpv6()
                ? hosts.withChecksum(from, Ipv4.PROTO_ICMPV6, message, Icmpv6.CHECKSUM)
                : Hosts.withChecksum(message, Icmp.CHECKSUM);
    }

    /** Errors about datagrams that nobody has sent. */
    private static List<Packet> strayErrors(Hosts hosts, Random random) {
        int zone = zone(random);
        List<Packet> packets = new ArrayList<>();
        for (int i = 1 + random.nextInt(4); i > 0; i--) {
            int from = random.nextInt(2);
            byte[] l4 = datagram(hosts, 1 - from, 1000 + random.nextInt(100), 53, 8);
            Packet about = hosts.packet(1 - from, zone, false, Ipv4.PROTO_UDP, l4, "", "udp");
            packets.add(error(hosts, random, from, zone, about));
        }
        return packets;
    }

    /** Packets of all kinds, and errors about some of them; more come after. */
    private static List<Packet> errors(Hosts hosts, Random random) {
        List<Packet> about =
                switch (random.nextInt(4)) {
                    case 0 -> udp(hosts, random);
                    case 1 -> tcp(hosts, random, LIVES);
                    case 2 -> icmp(hosts, random);
                    default -> other(hosts, random);
                };
        List<Packet> packets = new ArrayList<>();
        for (Packet next : about) {
            packets.add(next);
            while (random.nextInt(3) == 0) {
                packets.add(error(hosts, random, packets.get(random.nextInt(packets.size()))));
            }
        }
        return packets;
    }

    /** An error about the packet that mostly goes back to its sender, from an end or a router. */
    private static Packet error(Hosts hosts, Random random, Packet about) {
        boolean fromClient = about.text().contains(">");
        int sender = fromClient == (random.nextInt(8) != 0) ? CLIENT : SERVER;
        int from = random.nextBoolean() ? 1 - sender : Hosts.ROUTER_TO_CLIENT + sender;
        return error(hosts, random, from, zone(random, Hosts.ZONES.indexOf(about.zone())), about);
    }

    private static Packet error(Hosts hosts, Random random, int from, int zone, Packet about) {
        int[] types = hosts.isIpv6() ? ICMPV6_ERRORS : ICMP_ERRORS;
        int type = types[random.nextInt(types.length)];
        byte[] quoted = quoted(hosts, random, about.frame());
        ByteBuffer message = ByteBuffer.allocate(Icmp.HEADER_LENGTH + quoted.length);
        message.put((byte) type).put((byte) 0).putShort((short) 0).putInt(0).put(quoted);
        byte[] whole = icmpWithChecksum(hosts, from, message.array());
        boolean wrong = random.nextInt(10) == 0;
        whole[2] ^= (byte) (wrong ? 1 : 0);
        return hosts.packet(
                from,
                zone,
                random.nextInt(8) == 0,
                icmpProtocol(hosts),
                whole,
                null,
                "icmp error %d%s from %s, %d bytes about: %s"
                        .formatted(
                                type,
                                wrong ? " with a wrong checksum" : "",
                                from < Hosts.ROUTER_TO_CLIENT ? "an end" : "a router",
                                quoted.length,
                                about.text().strip()));
    }

    /**
     * The IP packet as it came in or with another header more, as a fragment, and maybe cut short.
     */
    private static byte[] quoted(Hosts hosts, Random random, byte[] frame) {
        int header = hosts.isIpv6() ? Ipv6.HEADER_LENGTH : Ipv4.MIN_HEADER_LENGTH;
        byte[] extra = new byte[random.nextInt(3) == 0 ? 8 : 0];
        ByteBuffer quoted = ByteBuffer.allocate(frame.length - 14 + extra.length);
        quoted.put(frame, 14, header)
                .put(extra)
                .put(frame, 14 + header, frame.length - 14 - header);
        boolean later = random.nextInt(4) == 0;
        if (extra.length > 0 && hosts.isIpv6()) {
            quoted.put(header, frame[14 + Ipv6.NEXT_HEADER]);
            boolean fragment = random.nextBoolean();
            int type = fragment ? Ipv6.NEXT_FRAGMENT : Ipv6.NEXT_DESTINATION;
            quoted.put(Ipv6.NEXT_HEADER, (byte) type);
            quoted.putShort(header + 2, (short) (fragment && later ? 8 : 0));
        } else if (extra.length > 0) {
            quoted.put(0, (byte) (0x40 | (header + extra.length) / 4));
            quoted.putShort(Ipv4.FRAGMENT, (short) (later ? 1 : Ipv4.MORE_FRAGMENTS));
        }
        int length = random.nextBoolean() ? quoted.capacity() : random.nextInt(quoted.capacity());
        return Arrays.copyOf(quoted.array(), Math.min(length, MAX_QUOTED_BYTES));
    }

    private static List<Packet> fragments(Hosts hosts, Random random) {
        List<Packet> whole =
                switch (random.nextInt(6)) {
                    case 0 -> tcp(hosts, random, LIVES);
                    case 1 -> icmp(hosts, random);
                    case 2 -> errors(hosts, random);
                    case 3 -> other(hosts, random);
                    default -> udp(hosts, random);
                };
        return new FragmentedSequences(random).cut(whole);
    }

    private static List<Packet> other(Hosts hosts, Random random) {
        int zone = zone(random);
        int protocol = OTHER_PROTOCOLS[random.nextInt(OTHER_PROTOCOLS.length)];
        List<Packet> packets = new ArrayList<>();
        for (int i = 2 + random.nextInt(6); i > 0; i--) {
            packets.add(
                    hosts.packet(
                            random.nextInt(3) == 0 ? SERVER : CLIENT,
                            zone(random, zone),
                            random.nextInt(8) == 0,
                            protocol,
                            new byte[8 + random.nextInt(40)],
                            "",
                            "protocol " + protocol));
        }
        return packets;
    }
}
