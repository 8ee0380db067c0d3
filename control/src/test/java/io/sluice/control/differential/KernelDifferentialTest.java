package io.sluice.control.differential;

import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assertions.fail;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.TreeSet;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.Test;

/**
 * Packet by packet, Sluice says what Linux's connection tracking says, and has the same
 * connections. Where it means to differ, docs/differences.md says so, and what is made here leaves
 * it out. {@code scripts/differential} runs more of it.
 */
class KernelDifferentialTest {
    private static final int SEQUENCES = Integer.getInteger("sluice.differential.sequences", 400);
    private static final long SEED =
            Long.getLong("sluice.differential.seed", System.nanoTime() & 0xFFFF_FFFFL);
    private static final int ONLY = Integer.getInteger("sluice.differential.only", -1);

    // Ways into each state; together they meet every state that there is.
    private static final List<String> WAYS =
            List.of(
                    "",
                    ">S",
                    ">S <SA",
                    ">S <SA >A",
                    ">S <SA >A <A",
                    ">A",
                    ">A <A",
                    ">S <SA >FA",
                    ">S <SA >A >FA",
                    ">S <SA >A <FA",
                    ">S <SA >A >FA <A",
                    ">S <SA >A <FA >A",
                    ">S <SA >A >FA <FA",
                    ">S <SA >A >FA <A <FA",
                    ">S <SA >A <FA >A >FA",
                    ">S <SA >A >FA <A <FA >A",
                    ">S <SA >A <FA >A >FA <A",
                    ">S <SA >A >FA <FA >A <A",
                    ">S <RA",
                    ">S <SA >R",
                    ">S <SA >A >R",
                    ">S <SA >A <R",
                    ">S <SA >A >FA <R",
                    ">S <S",
                    ">S <S >SA",
                    ">S <S <SA",
                    ">S <S >SA <SA",
                    ">S <S >SA <A");
    private static final List<String> STEPS =
            List.of(">S", ">SA", ">A", ">FA", ">R", ">RA", "<S", "<SA", "<A", "<FA", "<R", "<RA");
    private static final List<String> PAIRS =
            STEPS.stream()
                    .flatMap(first -> STEPS.stream().map(second -> first + " " + second))
                    .toList();
    private static final List<String> TCP_STATES =
            List.of(
                    "SYN_SENT",
                    "SYN_RECV",
                    "ESTABLISHED",
                    "FIN_WAIT",
                    "CLOSE_WAIT",
                    "LAST_ACK",
                    "TIME_WAIT",
                    "CLOSE",
                    "SYN_SENT2");

    private static final List<String> SCTP_WAYS =
            List.of(
                    "",
                    ">I",
                    ">I <K",
                    ">I <K >E",
                    ">I <K >E <C",
                    ">I <K >E <C >X",
                    ">I <K >E <C <X",
                    ">I <K >E <C >X <Y",
                    ">I <K >E <C <X >Y",
                    ">I <K >E <C >X <Y >Z",
                    ">I <A",
                    ">I <I",
                    ">H",
                    ">H <h",
                    ">Y");
    private static final List<String> SCTP_CHUNKS =
            List.of(SctpTalk.LETTERS.replace("?", "").split("", -1)).stream()
                    .filter(letter -> !letter.isEmpty())
                    .toList();
    private static final List<String> SCTP_STATES =
            List.of(
                    "CLOSED",
                    "COOKIE_WAIT",
                    "COOKIE_ECHOED",
                    "ESTABLISHED",
                    "SHUTDOWN_SENT",
                    "SHUTDOWN_RECD",
                    "SHUTDOWN_ACK_SENT",
                    "HEARTBEAT_SENT");

    @AutoClose private final KernelTracking kernel = new KernelTracking(Hosts.ZONES);
    @AutoClose private final SluiceTracking cached = new SluiceTracking(true, Hosts.ZONES);
    @AutoClose private final SluiceTracking uncached = new SluiceTracking(false, Hosts.ZONES);

    private final Comparison withCache = comparison(cached);
    private final Comparison withoutCache = comparison(uncached);
    private final List<Sequence> waiting = new ArrayList<>();
    private final Set<String> met = new TreeSet<>();
    private boolean useCache;

    KernelDifferentialTest() throws IOException {}

    private Comparison comparison(Tracking sluice) {
        return new Comparison(kernel, sluice);
    }

    private void add(Sequence sequence) throws IOException {
        waiting.add(sequence);
        if (waiting.size() == Comparison.TOGETHER) {
            compareWaiting();
        }
    }

    private void compareWaiting() throws IOException {
        Comparison comparison = useCache ? withCache : withoutCache;
        useCache = !useCache;
        for (List<Answer> answers : comparison.compare(waiting)) {
            answers.forEach(answer -> met.add(answer.connection().state()));
            answers.forEach(answer -> met.add(answer.ctStateText()));
        }
        waiting.clear();
    }

    /**
     * @param unacknowledged how many sequences may differ by what Sluice takes for unacknowledged
     */
    private void assertAgreement(String what, int unacknowledged) {
        int packets = withCache.packets() + withoutCache.packets();
        int left = withCache.leftByInvalid() + withoutCache.leftByInvalid();
        int resets = withCache.resetsAfterLiberal() + withoutCache.resetsAfterLiberal();
        System.out.printf("differential: %s, %d packets%n", what, packets);
        System.out.printf(
                "differential: of them, as docs/differences.md says, %d differ by what an invalid"
                        + " packet left, %d by a RST on a connection without windows%n",
                left, resets);
        for (TimeDifference why : TimeDifference.values()) {
            int count = withCache.timeDifferences(why) + withoutCache.timeDifferences(why);
            System.out.printf("differential: and %d by the timeout, for %s%n", count, why.text());
            boolean few = why != TimeDifference.UNACKNOWLEDGED || count <= unacknowledged;
            assertTrue(few, () -> "%d timeouts differ for %s".formatted(count, why.text()));
        }
        List<String> reports = new ArrayList<>(withoutCache.reports().values());
        reports.addAll(withCache.reports().values());
        int failed = withoutCache.failed() + withCache.failed();
        if (!reports.isEmpty()) {
            fail(
                    "%d sequences differ (%s):%n%n%s"
                            .formatted(failed, what, String.join("\n", reports)));
        }
    }

    @Test
    void sequencesAgree() throws IOException {
        for (int number = 0; number < SEQUENCES; number++) {
            if (ONLY < 0 || ONLY == number) {
                Sequence made = Sequences.make(SEED, number);
                add(
                        new Sequence(
                                "--seed %d --only %d: %s".formatted(SEED, number, made.name()),
                                made.packets()));
            }
        }
        compareWaiting();
        assertAgreement("%d sequences of seed %d".formatted(SEQUENCES, SEED), SEQUENCES / 10);
        boolean isEnough = ONLY < 0 && SEQUENCES >= 400;
        assertTrue(
                !isEnough || met.containsAll(List.of("rel", "rel|rpl")),
                () -> "no error was related: " + met);
    }

    /** From every state, in both directions: all combinations of flags, and every two packets. */
    @Test
    void everyTransitionOfTcpAgrees() throws IOException {
        Random random = new Random(SEED);
        int number = 0;
        for (String way : WAYS) {
            for (int flags = 0; flags < 256; flags++) {
                for (int from = 0; from < 2; from++) {
                    TcpTalk talk = talk(number++, random).script(way);
                    talk.send(from, flags);
                    add(new Sequence("way " + way, talk.packets()));
                }
            }
            for (String two : PAIRS) {
                TcpTalk talk = talk(number++, random).script(way + " " + two);
                add(new Sequence("way " + way, talk.packets()));
            }
        }
        compareWaiting();
        assertAgreement("%d ways through the states of TCP".formatted(number), 0);
        // NONE is the state before the first packet, which no connection is seen in.
        assertTrue(met.containsAll(TCP_STATES), () -> "not all states were met, but " + met);
    }

    /** From every state, in both directions: every chunk with right and wrong tags. */
    @Test
    void everyTransitionOfSctpAgrees() throws IOException {
        Random random = new Random(SEED);
        int number = 0;
        for (String way : SCTP_WAYS) {
            for (String chunk : SCTP_CHUNKS) {
                for (SctpTalk.Tag tag : SctpTalk.Tag.values()) {
                    for (int variant = 0; variant < 4; variant++) {
                        Hosts hosts = new Hosts(number++, random.nextBoolean());
                        SctpTalk talk = new SctpTalk(hosts, random, number % 5).script(way);
                        talk.send(variant & 1, chunk, tag, variant > 1);
                        // What it has learned shows in what it lets through.
                        talk.script(">D <D >H <h");
                        add(new Sequence("way " + way, talk.packets()));
                    }
                }
            }
        }
        compareWaiting();
        assertAgreement("%d ways through the states of SCTP".formatted(number), 0);
        assertTrue(met.containsAll(SCTP_STATES), () -> "not all states were met, but " + met);
    }

    private static TcpTalk talk(int number, Random random) {
        return new TcpTalk(new Hosts(number, random.nextBoolean()), random, number % 5, false);
    }
}
