package io.sluice.control.differential;

import static io.sluice.control.differential.Hosts.CLIENT;
import static io.sluice.control.differential.Hosts.SERVER;

import io.sluice.packet.Icmp;
import io.sluice.packet.Icmpv6;
import io.sluice.packet.Ipv4;
import io.sluice.packet.Udp;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.stream.Stream;

/** Makes the sequence that a seed and a number stand for, always the same. */
final class Sequences {
    // IGMP, IP in IP, IPv6 in IP, GRE, ESP, OSPF, PIM, and one for experiments.
    private static final int[] OTHER_PROTOCOLS = {2, 4, 41, 47, 50, 89, 103, 253};
    private static final int[] ICMP_TYPES = {8, 8, 8, 0, 0, 13, 14, 15, 16, 17, 18, 9, 10, 1, 7};
    private static final int[] ICMPV6_TYPES = {128, 128, 128, 129, 129};
    private static final int[] ICMP_ERRORS = {3, 4, 5, 11, 12};
    private static final int[] ICMPV6_ERRORS = {1, 2, 3, 4};
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

    private final List<Kind> kinds;

    Sequences(Set<Option> options) {
        kinds = Stream.of(Kind.values()).filter(kind -> kind.isMadeWith(options)).toList();
    }

    Sequence make(long seed, int number) {
        long own = new SplittableRandom(seed + 0x9E3779B97F4A7C15L * number).nextLong();
        Random random = new Random(own);
        Kind kind = kinds.get(random.nextInt(kinds.size()));
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

    /** Datagrams, and errors about some of them from where they went; some from elsewhere. */
    private static List<Packet> errors(Hosts hosts, Random random) {
        List<Packet> packets = new ArrayList<>();
        for (Packet datagram : udp(hosts, random)) {
            packets.add(datagram);
            if (random.nextInt(3) == 0) {
                Packet about = packets.get(random.nextInt(packets.size()));
                if (!about.tuple().isEmpty()) {
                    int dscp = Hosts.ZONES.indexOf(about.zone());
                    packets.add(error(hosts, random, random.nextInt(2), dscp, about));
                }
            }
        }
        return packets;
    }

    private static Packet error(Hosts hosts, Random random, int from, int zone, Packet about) {
        int[] types = hosts.isIpv6() ? ICMPV6_ERRORS : ICMP_ERRORS;
        int type = types[random.nextInt(types.length)];
        byte[] inner = about.frame();
        ByteBuffer message = ByteBuffer.allocate(Icmp.HEADER_LENGTH + inner.length - 14);
        message.put((byte) type).put((byte) 0).putShort((short) 0).putInt(0);
        message.put(inner, 14, inner.length - 14);
        return hosts.packet(
                from,
                zone,
                false,
                icmpProtocol(hosts),
                icmpWithChecksum(hosts, from, message.array()),
                null,
                "icmp error %d about: %s".formatted(type, about.text()));
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
