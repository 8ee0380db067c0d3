package io.sluice.dpdk;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** What this process may do, for messages that say why something was refused. */
final class Privileges {
    private static final int ROOT = 0;

    private Privileges() {}

    static boolean isRoot() {
        try {
            return (int) Files.getAttribute(Path.of("/proc/self"), "unix:uid") == ROOT;
        } catch (IOException e) {
            return false;
        }
    }
}
