package io.sluice.control.differential;

import io.sluice.control.differential.Scene.Step;
import io.sluice.control.differential.TranslationRule.Net;
import io.sluice.packet.IpAddress;
import io.sluice.packet.Ipv4;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.SplittableRandom;

/** Makes the scene that a seed and a number stand for, always the same. */
final class Scenes {
    private static final int HOSTS = 8;
    private static final int MAX_INDEX = 8000;
    // 253 is for experiments (RFC 3692), 50 ESP, 89 OSPF.
    private static final int[] PROTOCOLS = {6, 6, 6, 17, 17, 17, 1, 1, 132, 132, 253, 50, 89};
    private static final String[] TCP_LIVES = {
        ">S <SA >A >PA <A <PA >A >FA <A <FA >A",
        ">S <SA >A >PA <PA >PA <A >FA <FA >A ! >S <SA >A <PA",
        ">S <RA ! >S <SA >A >PA",
        ">S <SA >A <PA >A >R",
        ">S <SA >A >PA <RA",
        ">A <A >PA <A",
        ">PA <A <FA >A >FA <A",
    };
    private static final String[] OPEN_TCP_LIVES = {">S", ">S <SA >A >PA <A <PA >A", ">A <PA >PA"};
    private static final String[] SCTP_LIVES = {
        ">I <K >E <C >D <S <D >S >X <Y >Z",
        ">I <K >ED <CS >D <S >H <h",
        ">H <h >D <S",
        ">I <A ! >I <K >E <C",
    };
    private static final String[] OPEN_SCTP_LIVES = {">I <K >E <C >D <S", ">H <h >D"};
    private static final String[] DATAGRAMS = {">", "> <", "> < > > <", "> > < <", "> > < > < >"};

    private final Random random;
    private final TranslationRule rule;
    private final boolean ipv6;
    private final int firstHost;
    private final int protocol;
    // All, or an identifier would not be one connection's alone.
    private final boolean asksTime;

    private Scenes(Random random, int number) {
        this.random = random;
        rule = TranslationRule.values()[random.nextInt(TranslationRule.values().length)];
        ipv6 = random.nextBoolean();
        firstHost = number % MAX_INDEX * HOSTS;
        int any = PROTOCOLS[random.nextInt(PROTOCOLS.length)];
        protocol = ipv6 && any == Ipv4.PROTO_ICMP ? Ipv4.PROTO_ICMPV6 : any;
        asksTime = random.nextInt(4) == 0;
    }

    static Scene make(long seed, int number) {
        long own = new SplittableRandom(seed + 0x9E3779B97F4A7C15L * number).nextLong();
        Scenes scenes = new Scenes(new Random(own), number);
        String name =
                "--seed %d --only %d: %s, protocol %d%s"
                        .formatted(
                                seed,
                                number,
                                scenes.rule,
                                scenes.protocol,
                                scenes.ipv6 ? ", IPv6" : "");
        return scenes.make(name);
    }

    private Scene make(String name) {
        boolean few = rule == TranslationRule.SOURCE_FEW_PORTS;
        int count = few ? 3 + random.nextInt(5) : 1 + random.nextInt(5);
        int[] ports = {port(), port()};
        int serverPort = hasPorts() ? 1 + random.nextInt(1023) : 0;
        Set<Tuple> talks = new LinkedHashSet<>();
        // Answers to nobody come first: what they are answers to later, others must give way to.
        // Of two zones, as with BOTH, their answers would pass one.
        boolean oneRule = (rule.source() == null) != (rule.destination() == null);
        int strangers = oneRule && !isFateful() && random.nextInt(4) == 0 ? 1 : 0;
        for (int i = 0; i < strangers; i++) {
            talks.add(toOutside(ports[0], serverPort));
        }
        for (int i = 0; i < count; i++) {
            talks.add(talk(ports[random.nextInt(4) / 3], serverPort));
        }
        return new Scene(
                name, rule, random.nextInt(2), List.copyOf(talks), steps(talks.size(), strangers));
    }

    private boolean hasPorts() {
        return protocol == Ipv4.PROTO_TCP
                || protocol == Ipv4.PROTO_UDP
                || protocol == Ipv4.PROTO_SCTP;
    }

    private boolean isIcmp() {
        return protocol == Ipv4.PROTO_ICMP || protocol == Ipv4.PROTO_ICMPV6;
    }

    /**
     * Whether it depends on the choice of an address alone if a connection can be made beside
     * another: then no two may clash.
     */
    private boolean isFateful() {
        return !hasPorts() && !isIcmp() && rule.choosesAddresses();
    }

    /** Of all classes, or an identifier. */
    private int port() {
        if (!hasPorts()) {
            return isIcmp() ? 1 + random.nextInt(65535) : 0;
        }
        return switch (random.nextInt(5)) {
            case 0 -> 1 + random.nextInt(511);
            case 1 -> 512 + random.nextInt(512);
            case 2 -> 5000 + random.nextInt(5);
            default -> 1024 + random.nextInt(64512);
        };
    }

    private Tuple talk(int port, int serverPort) {
        int hosts = isFateful() ? 1 : rule == TranslationRule.SOURCE_FEW_PORTS ? HOSTS - 1 : 3;
        IpAddress client = host(Net.CLIENTS, 1 + random.nextInt(hosts));
        int servers = isFateful() && rule.destination() != null ? 3 : 4;
        IpAddress server = host(Net.SERVERS, 1 + random.nextInt(servers) / 3);
        if (rule.destination() == null
                || rule.source() != null
                || isFateful()
                || random.nextInt(4) != 0) {
            return new Tuple(client, port, server, serverPort);
        }
        // Directly, without the rule.
        int inside = 1 + random.nextInt(rule.destination().addresses());
        return new Tuple(
                client, port, rule.address(Net.INSIDE, ipv6, inside), insidePort(serverPort));
    }

    private int insidePort(int serverPort) {
        boolean named = hasPorts() && rule.destination().namesPorts();
        return named ? rule.destination().firstPort() : serverPort;
    }

    /** As if it were an answer to a client that was translated, or is not. */
    private Tuple toOutside(int port, int serverPort) {
        IpAddress client = host(Net.CLIENTS, 1);
        IpAddress to = rule.source() == null ? client : rule.address(Net.OUTSIDE, ipv6, 1);
        boolean inside = rule.destination() != null;
        IpAddress from = inside ? rule.address(Net.INSIDE, ipv6, 1) : host(Net.SERVERS, 1);
        int fromPort = inside ? insidePort(serverPort) : serverPort;
        return isIcmp() ? new Tuple(from, port, to, 0) : new Tuple(from, fromPort, to, port);
    }

    private IpAddress host(Net net, int number) {
        return rule.address(net, ipv6, firstHost + number);
    }

    /** The lives of all, one packet of this and one of that. */
    private List<Step> steps(int talks, int first) {
        List<Step> steps = new ArrayList<>();
        List<List<Step>> lives = new ArrayList<>();
        for (int talk = 0; talk < talks; talk++) {
            lives.add(life(talk, lives(talk < first)));
        }
        for (int talk = 0; talk < first; talk++) {
            steps.add(lives.get(talk).removeFirst());
        }
        lives.removeIf(List::isEmpty);
        while (!lives.isEmpty()) {
            List<Step> next = lives.get(random.nextInt(lives.size()));
            steps.add(next.removeFirst());
            lives.removeIf(List::isEmpty);
        }
        return steps;
    }

    private List<Step> life(int number, String... all) {
        Talk talk = new Talk(protocol, ipv6, asksTime, random);
        List<Step> steps = new ArrayList<>();
        for (String word : TcpTalk.words(all[random.nextInt(all.length)])) {
            if (word.equals("!")) {
                talk.reopen();
                continue;
            }
            boolean fromClient = TcpTalk.isFromClient(word);
            Step step = new Step(number, fromClient, talk.message(fromClient, word.substring(1)));
            steps.add(step);
            // A RST once more might end another connection that has got the port by then.
            if (!step.message().ends() && random.nextInt(8) == 0) {
                steps.add(step);
            }
        }
        return steps;
    }

    /** Linux takes the ports of ended connections away from them when there are few. */
    private String[] lives(boolean stranger) {
        boolean open = stranger || rule == TranslationRule.SOURCE_FEW_PORTS;
        return switch (protocol) {
            case Ipv4.PROTO_TCP -> open ? OPEN_TCP_LIVES : TCP_LIVES;
            case Ipv4.PROTO_SCTP -> open ? OPEN_SCTP_LIVES : SCTP_LIVES;
            default -> DATAGRAMS;
        };
    }
}
