package io.sluice.control.config;

import io.sluice.conntrack.ExpectationSettings;
import io.sluice.conntrack.FragmentSettings;
import io.sluice.conntrack.TcpChecks;
import io.sluice.control.event.EventLogSettings;
import io.sluice.control.flow.Change;
import io.sluice.control.service.Declared;
import io.sluice.fastpath.Checksums;
import io.sluice.fastpath.TimeExceededSource;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;

/**
 * Everything the config file says, checked, with defaults for what it leaves out.
 *
 * @param socket where control listens
 * @param eal arguments for DPDK
 * @param workers a core for each poll-mode worker
 * @param controlCore the core of the control thread; empty: wherever the system puts it
 * @param flows the content of the flow files, in their order
 * @param timeExceeded who answers packets whose time to live is over
 * @param eventLog where ended connections are logged
 * @param services what there is from the start, and the interfaces that it needs
 */
public record Config(
        Path socket,
        List<String> eal,
        List<Integer> workers,
        OptionalInt controlCore,
        List<Port> ports,
        Mbufs mbufs,
        List<Change.Placed> flows,
        Conntrack conntrack,
        FlowCache flowCache,
        TimeExceededSource timeExceeded,
        Optional<EventLogSettings> eventLog,
        Declared services) {
    public static final Path DEFAULT_SOCKET = Path.of("/run/sluice/sluice.sock");

    /**
     * A port to open at the start.
     *
     * @param queues receive queues
     * @param mtu 0: the driver's default
     */
    public record Port(String name, int number, String devargs, int queues, int mtu) {}

    /**
     * The pool that packets live in.
     *
     * @param dataRoom bytes of each mbuf, DPDK's headroom of 128 bytes included
     */
    public record Mbufs(int count, int dataRoom) {}

    /**
     * The connection table.
     *
     * @param defaultZoneLimit connections in a zone that has no limit of its own; 0: no limit
     * @param defaultTimeouts seconds by name, where they are not Linux's
     * @param tcpChecks of zones that have none of their own
     * @param verify whose checksums are looked at
     * @param fragments how they wait for their datagrams
     * @param expectations bounds of connections that helpers expect
     */
    public record Conntrack(
            int maxConnections,
            int defaultZoneLimit,
            Map<String, Integer> defaultTimeouts,
            TcpChecks tcpChecks,
            Checksums.Verify verify,
            FragmentSettings fragments,
            Map<Integer, Zone> zones,
            ExpectationSettings expectations) {}

    /**
     * What is special about a zone.
     *
     * @param limit 0: no limit; empty: the default
     * @param timeouts seconds by name, where they are not the default
     * @param tcpChecks empty: the default
     */
    public record Zone(
            OptionalInt limit, Map<String, Integer> timeouts, Optional<TcpChecks> tcpChecks) {}

    /**
     * The flow cache of each worker.
     *
     * @param entries a power of two; empty: derived from the connection table
     */
    public record FlowCache(boolean enabled, OptionalInt entries) {}
}
