package io.sluice.perf;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;

/**
 * Open vSwitch with its DPDK datapath: a database and a daemon of our own, in a directory and a
 * network namespace of our own, so that the system's are left alone.
 */
final class OpenVswitch implements Peer {
    static final String NAME = "OVS-DPDK";
    private static final Path DEBIAN_DAEMON =
            Path.of("/usr/lib/openvswitch-switch-dpdk/ovs-vswitchd-dpdk");
    private static final Path SCHEMA = Path.of("/usr/share/openvswitch/vswitch.ovsschema");
    private static final List<String> TOOLS =
            List.of("ovsdb-tool", "ovsdb-server", "ovs-vsctl", "ovs-ofctl", "unshare");

    private static final int DESCRIPTORS = 4096;
    private static final long SPARE_MBUFS = 16_384;

    /** Measured: a kilobyte of data room, the mbuf, and OVS's own part of each packet. */
    private static final long BYTES_PER_MBUF = 2112;

    private static final long SPARE_BYTES = 256L << 20;
    private static final Duration SHORT = Duration.ofSeconds(20);
    private static final Duration LONG = Duration.ofMinutes(2);

    @Override
    public String name() {
        return NAME;
    }

    @Override
    public Optional<String> absence() {
        if (daemon().isEmpty()) {
            return Optional.of("not installed: scripts/bench --peers installs it");
        }
        return TOOLS.stream()
                .filter(tool -> Programs.find(tool).isEmpty())
                .findFirst()
                .map(tool -> tool + " is not installed")
                .or(() -> Files.exists(SCHEMA) ? Optional.empty() : Optional.of("no " + SCHEMA));
    }

    private static Optional<String> daemon() {
        if (Files.isExecutable(DEBIAN_DAEMON)) {
            return Optional.of(DEBIAN_DAEMON.toString());
        }
        return Programs.find("ovs-vswitchd-dpdk").map(Path::toString);
    }

    /** Name and version, for the description of the machine. */
    static Optional<String> version() {
        return daemon().flatMap(daemon -> Programs.firstLine(daemon, "--version"));
    }

    @Override
    public long hugePageBytes(long packets) {
        return (queuesFor(packets) * DESCRIPTORS + 2 * SPARE_MBUFS) * BYTES_PER_MBUF + SPARE_BYTES;
    }

    /**
     * How many receive queues to ask for. Open vSwitch sizes a port's pool by the queues asked for
     * and their descriptors, and uses as many as the device has, one here. A pcap that repeats
     * lives in that pool, so asking for many queues is the way to a pool for a million packets.
     */
    static long queuesFor(long packets) {
        return Math.ceilDiv(packets + SPARE_MBUFS, DESCRIPTORS);
    }

    @Override
    public Running start(Workload workload, Source source, Scene scene) {
        RunningOvs running = new RunningOvs(scene);
        try {
            running.start(workload, source);
        } catch (IOException e) {
            running.close();
            throw new BenchException("cannot prepare Open vSwitch: " + e.getMessage(), e);
        } catch (BenchException e) {
            running.close();
            throw e;
        }
        return running;
    }

    private static final class RunningOvs implements Running {
        private final Scene scene;
        private final Path directory;
        private final String database;
        private final Map<String, String> environment;
        private final List<Child> daemons = new ArrayList<>();
        private int commands;
        private Optional<JsonRpcClient> control = Optional.empty();

        RunningOvs(Scene scene) {
            this.scene = scene;
            directory = scene.directory();
            database = "unix:" + directory.resolve("db.sock");
            String path = directory.toString();
            environment =
                    Map.of(
                            "OVS_RUNDIR", path,
                            "OVS_LOGDIR", path,
                            "OVS_DBDIR", path,
                            "OVS_SYSCONFDIR", path);
        }

        void start(Workload workload, Source source) throws IOException {
            startDatabase();
            vsctl(
                    SHORT,
                    "--no-wait",
                    "init",
                    "--",
                    "set",
                    "Open_vSwitch",
                    ".",
                    "other_config:dpdk-init=true",
                    "other_config:dpdk-lcore-mask=" + mask(scene.controlCore()),
                    "other_config:pmd-cpu-mask=" + mask(scene.workerCore()),
                    "other_config:per-port-memory=true",
                    "other_config:dpdk-extra=\"--no-pci --in-memory --no-telemetry\"");
            startDaemon();
            vsctl(LONG, "add-br", "br0", "--", "set", "bridge", "br0", "datapath_type=netdev");
            vsctl(SHORT, "set-fail-mode", "br0", "secure");
            Path rules = Files.writeString(directory.resolve("rules"), workload.rules());
            run(
                    SHORT,
                    "ovs-ofctl",
                    "add-flows",
                    directory.resolve("br0.mgmt").toString(),
                    rules.toString());
            addPort(workload, source);
            int limit = Math.max(3_000_000, 2 * workload.flows());
            ask("dpctl/ct-set-maxconns", Integer.toString(limit));
        }

        private void startDatabase() {
            Path file = directory.resolve("conf.db");
            run(SHORT, "ovsdb-tool", "create", file.toString(), SCHEMA.toString());
            daemon(
                    directory.resolve("db.sock"),
                    "ovsdb-server",
                    "--remote=p" + database,
                    "--unixctl=" + directory.resolve("db.ctl"),
                    "--log-file=" + directory.resolve("ovsdb-server.log"),
                    "-vconsole:off",
                    file.toString());
        }

        private void startDaemon() {
            daemon(
                    directory.resolve("vswitchd.ctl"),
                    "unshare",
                    "--net",
                    OpenVswitch.daemon().orElseThrow(),
                    database,
                    "--unixctl=" + directory.resolve("vswitchd.ctl"),
                    "--log-file=" + directory.resolve("ovs-vswitchd.log"),
                    "-vconsole:warn");
            control = Optional.of(new JsonRpcClient(directory.resolve("vswitchd.ctl")));
        }

        private void addPort(Workload workload, Source source) {
            vsctl(
                    LONG,
                    "add-port",
                    "br0",
                    "p0",
                    "--",
                    "set",
                    "Interface",
                    "p0",
                    "type=dpdk",
                    "options:dpdk-devargs=\"" + source.devargs() + "\"",
                    "options:n_rxq=" + queuesFor(workload.packets()),
                    "options:n_rxq_desc=" + DESCRIPTORS,
                    "mtu_request=576",
                    "ofport_request=1");
            String error = vsctl(SHORT, "get", "Interface", "p0", "error").strip();
            if (!error.equals("[]")) {
                throw new BenchException("Open vSwitch cannot open its port: " + error);
            }
        }

        /** Starts a daemon and waits for the socket it opens. */
        private void daemon(Path socket, String... command) {
            String name = socket.getFileName() + ".log";
            Child child =
                    scene.children().start(List.of(command), environment, directory.resolve(name));
            daemons.add(child);
            child.awaitOutput(output -> Files.exists(socket), SHORT, "its socket");
        }

        private String vsctl(Duration limit, String... words) {
            List<String> command = new ArrayList<>(List.of("ovs-vsctl", "--db=" + database));
            command.add("--timeout=" + limit.toSeconds());
            command.addAll(List.of(words));
            return run(limit, command.toArray(String[]::new));
        }

        private String run(Duration limit, String... command) {
            commands++;
            Path log = directory.resolve(command[0] + "-" + commands + ".log");
            Child child = scene.children().start(List.of(command), environment, log);
            return Programs.run(child, limit, this::death);
        }

        private String ask(String method, String... parameters) {
            return control.orElseThrow().call(method, parameters).asString();
        }

        @Override
        public Counters read() {
            long before = System.nanoTime();
            String ports = ask("dpctl/show", "-s");
            long after = System.nanoTime();
            OvsOutput.Port port = OvsOutput.port(ports, "p0");
            Map<String, Long> details = OvsOutput.pmd(ask("dpif-netdev/pmd-stats-show"));
            return new Counters(before + (after - before) / 2, port.txPackets(), details);
        }

        @Override
        public OptionalLong connections() {
            return OptionalLong.of(Long.parseLong(ask("dpctl/ct-get-nconns").strip()));
        }

        @Override
        public long pid() {
            return daemons.getLast().pid();
        }

        @Override
        public Optional<String> death() {
            return daemons.stream()
                    .filter(daemon -> !daemon.isAlive())
                    .findFirst()
                    .map(daemon -> "Open vSwitch has ended" + daemon.lastWords());
        }

        @Override
        public void close() {
            control.ifPresent(JsonRpcClient::close);
            daemons.reversed().forEach(daemon -> daemon.end(Duration.ofSeconds(20)));
        }

        private static String mask(int core) {
            return "0x" + Long.toHexString(1L << core);
        }
    }
}
