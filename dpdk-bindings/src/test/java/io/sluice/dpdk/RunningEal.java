package io.sluice.dpdk;

import java.util.List;
import org.junit.jupiter.api.extension.BeforeAllCallback;
import org.junit.jupiter.api.extension.ExtensionContext;

/** Starts DPDK once for all tests of this JVM: it cannot start twice. */
final class RunningEal implements BeforeAllCallback {
    static final List<String> ARGUMENTS =
            List.of("--no-huge", "--no-pci", "--no-shconf", "--no-telemetry", "-m", "128");

    @Override
    public void beforeAll(ExtensionContext context) {
        context.getRoot()
                .getStore(ExtensionContext.Namespace.GLOBAL)
                .computeIfAbsent(RunningEal.class, key -> Eal.start(ARGUMENTS), Eal.class);
    }
}
