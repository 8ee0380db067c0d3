package io.sluice.control.differential;

import java.util.List;

/**
 * What some clients and servers say to each other, all by one protocol, while a rule may translate
 * it.
 *
 * @param name for people
 * @param dscp of all packets; the number of their zone in {@link TranslationRule#ZONES}
 * @param talks the tuples of their first packets, no two alike
 */
record Scene(String name, TranslationRule rule, int dscp, List<Tuple> talks, List<Step> steps) {
    /**
     * A packet.
     *
     * @param talk number in {@link #talks}
     * @param fromClient whether it is from the source of the talk's tuple; else it answers what its
     *     destination has seen last
     */
    record Step(int talk, boolean fromClient, Message message) {
        String text() {
            return "%d %s %s".formatted(talk, fromClient ? ">" : "<", message.text());
        }
    }

    Scene withSteps(List<Step> others) {
        return new Scene(name, rule, dscp, talks, others);
    }
}
