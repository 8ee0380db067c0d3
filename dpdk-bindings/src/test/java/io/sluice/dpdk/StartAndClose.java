package io.sluice.dpdk;

import java.util.List;

/**
 * A program that starts DPDK with its arguments, closes it, and says on standard error how that
 * went.
 */
final class StartAndClose {
    static final String ANSWER = "answer: ";

    private StartAndClose() {}

    public static void main(String[] arguments) {
        try {
            Eal.start(List.of(arguments)).close();
            System.err.println(ANSWER + "started and closed");
        } catch (DpdkException e) {
            System.err.println(ANSWER + e.getMessage());
        }
    }
}
