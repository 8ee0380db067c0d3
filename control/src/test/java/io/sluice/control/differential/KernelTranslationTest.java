package io.sluice.control.differential;

import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assertions.fail;

import io.sluice.control.differential.Scene.Step;
import io.sluice.control.differential.TranslatingSide.Outcome;
import io.sluice.control.differential.TranslatingSide.Router;
import io.sluice.fastpath.TranslatingRouter;
import java.io.IOException;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.Test;

/**
 * Sluice, with its flow cache and without, translates what Linux translates with the same rules,
 * packet by packet, to the same packets, up to the choice of a free address and port. Where it
 * means to differ, docs/differences.md says so. {@code scripts/differential} runs more of it.
 */
class KernelTranslationTest {
    private static final int SCENES = Integer.getInteger("sluice.differential.sequences", 400);
    private static final long SEED =
            Long.getLong("sluice.differential.seed", System.nanoTime() & 0xFFFF_FFFFL);
    private static final int ONLY = Integer.getInteger("sluice.differential.only", -1);
    private static final int MAX_REPORTS = Integer.getInteger("sluice.differential.reports", 8);
    // Scenes whose connections are there together.
    private static final int TOGETHER = 128;

    @AutoClose private final KernelTracking kernel = new KernelTracking(TranslationRule.ZONES);
    @AutoClose private final TranslatingRouter cached = router(true);
    @AutoClose private final TranslatingRouter plain = router(false);

    private final List<TranslatingSide> sides =
            List.of(
                    new TranslatingSide("linux", new Linux(kernel), true),
                    new TranslatingSide("cached", new Sluice(cached), false),
                    new TranslatingSide("plain", new Sluice(plain), false));
    private final Map<TranslationRule, Integer> translated = new EnumMap<>(TranslationRule.class);
    private int packets;
    private int equal;
    private int byChoice;
    private int dropped;

    KernelTranslationTest() throws IOException {
        for (TranslationRule rule : TranslationRule.values()) {
            for (String words : rule.kernelRules()) {
                kernel.translate(words);
            }
        }
    }

    private static TranslatingRouter router(boolean flowCache) {
        return new TranslatingRouter(flowCache, TranslationRule.allFlows(TranslatingRouter.ANSWER));
    }

    private record Linux(KernelTracking kernel) implements Router {
        @Override
        public Optional<byte[]> forward(byte[] frame) throws IOException {
            return kernel.forward(frame);
        }

        @Override
        public void flush() throws IOException {
            kernel.flush();
        }
    }

    private record Sluice(TranslatingRouter router) implements Router {
        @Override
        public Optional<byte[]> forward(byte[] frame) {
            return router.forward(frame);
        }

        @Override
        public void flush() {
            router.forgetAll();
        }
    }

    @Test
    void translationsAgree() throws IOException {
        List<String> reports = new ArrayList<>();
        for (int number = 0; number < SCENES && reports.size() < MAX_REPORTS; number++) {
            if (ONLY < 0 || ONLY == number) {
                Scene scene = Scenes.make(SEED, number);
                // With BOTH all scenes have the same address outside and the same server inside.
                if (number % TOGETHER == 0 || scene.rule() == TranslationRule.BOTH) {
                    flush();
                }
                Optional<String> report = play(scene);
                if (report.isPresent()) {
                    reports.add(scene.name() + "\n" + shortest(scene, report.get()));
                }
            }
        }
        System.out.printf(
                "differential: %d scenes of translation, seed %d: %d packets; of those translated,"
                        + " %d the same byte for byte, %d up to the choice of a free address or"
                        + " port; %d dropped by both%n",
                SCENES, SEED, packets, equal, byChoice, dropped);
        System.out.println("differential: packets translated by rule: " + translated);
        if (!reports.isEmpty()) {
            fail("scenes differ:%n%n%s".formatted(String.join("\n", reports)));
        }
        boolean isEnough = ONLY < 0 && SCENES >= 400;
        assertTrue(
                !isEnough
                        || (translated.size() == TranslationRule.values().length - 1
                                && dropped > 0),
                () -> "not every rule has translated: " + translated + ", dropped: " + dropped);
    }

    private void flush() throws IOException {
        for (TranslatingSide side : sides) {
            side.router().flush();
        }
    }

    /** Sends the packets of the scene; says in what the sides differ, if they do. */
    private Optional<String> play(Scene scene) throws IOException {
        sides.forEach(side -> side.begin(scene));
        StringBuilder text = new StringBuilder();
        for (int i = 0; i < scene.talks().size(); i++) {
            text.append("  talk %d is %s%n".formatted(i, scene.talks().get(i)));
        }
        for (Step step : scene.steps()) {
            List<Optional<Outcome>> outcomes = new ArrayList<>();
            for (TranslatingSide side : sides) {
                outcomes.add(side.play(step));
            }
            text.append("  %s%n".formatted(step.text()));
            for (int i = 0; i < sides.size(); i++) {
                String what = outcomes.get(i).map(Outcome::text).orElse("nothing to answer");
                text.append("      %-8s%s%n".formatted(sides.get(i).name(), what));
            }
            if (!agree(scene, outcomes)) {
                return Optional.of(text.toString());
            }
        }
        return Optional.empty();
    }

    private boolean agree(Scene scene, List<Optional<Outcome>> outcomes) {
        List<Optional<Integer>> states =
                outcomes.stream().map(each -> each.map(Outcome::state)).distinct().toList();
        List<Outcome> said = outcomes.stream().flatMap(Optional::stream).toList();
        if (states.size() > 1 || said.stream().anyMatch(each -> !each.problem().isEmpty())) {
            return false;
        }
        if (!said.isEmpty()) {
            count(scene, said);
        }
        return true;
    }

    private void count(Scene scene, List<Outcome> said) {
        packets++;
        Outcome first = said.getFirst();
        if (first.state() < 0) {
            dropped++;
            return;
        }
        if (said.stream().anyMatch(each -> !each.in().equals(each.out()))) {
            translated.merge(scene.rule(), 1, Integer::sum);
            // What leaves is what came but for the tuple: with equal tuples it is the same.
            boolean alike =
                    said.stream()
                                    .map(each -> List.of(each.in(), each.out()))
                                    .collect(Collectors.toSet())
                                    .size()
                            == 1;
            equal += alike ? 1 : 0;
            byChoice += alike ? 0 : 1;
        }
    }

    /** Leaves out the packets that the disagreement does not need, and says what is left. */
    private String shortest(Scene scene, String report) throws IOException {
        String best = report;
        List<Step> needed = new ArrayList<>(scene.steps());
        for (int i = needed.size() - 1; i >= 0; i--) {
            List<Step> fewer = new ArrayList<>(needed);
            fewer.remove(i);
            flush();
            Optional<String> still = play(scene.withSteps(fewer));
            if (still.isPresent()) {
                needed = fewer;
                best = still.get();
            }
        }
        flush();
        return best;
    }
}
