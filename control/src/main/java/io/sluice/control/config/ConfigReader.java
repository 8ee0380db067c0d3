package io.sluice.control.config;

import io.sluice.control.config.Section.Placed;
import io.sluice.control.event.EventLogSettings;
import io.sluice.control.flow.Change;
import io.sluice.control.service.Declared;
import io.sluice.control.socket.ControlServer;
import io.sluice.fastpath.TimeExceededSource;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.List;
import java.util.NavigableSet;
import java.util.Optional;
import java.util.OptionalInt;
import org.snakeyaml.engine.v2.api.LoadSettings;
import org.snakeyaml.engine.v2.api.lowlevel.Compose;
import org.snakeyaml.engine.v2.exceptions.MarkedYamlEngineException;
import org.snakeyaml.engine.v2.exceptions.YamlEngineException;
import org.snakeyaml.engine.v2.nodes.MappingNode;
import org.snakeyaml.engine.v2.nodes.Node;

/** Reads the config file and reports all that is wrong with it, not just the first. */
public final class ConfigReader {
    private static final List<String> NOT_YET = List.of("metrics", "state-dir");

    private static final Config.Mbufs DEFAULT_MBUFS = new Config.Mbufs(65536, 2176);
    private static final int MAX_MBUFS = 1 << 26;
    private static final int MIN_DATA_ROOM = 256;
    private static final int MAX_DATA_ROOM = 65535;
    private static final int MIN_CACHE_ENTRIES = 64;
    private static final int MAX_CACHE_ENTRIES = 1 << 24;

    private final NavigableSet<Integer> cores;

    /**
     * @param cores that the process may use
     */
    public ConfigReader(NavigableSet<Integer> cores) {
        this.cores = cores;
    }

    /** What holds without a config file: no ports and no flows. */
    public Config defaults() throws ConfigException {
        return read("(no file)", "{}", Path.of(""));
    }

    public Config read(Path file) throws ConfigException {
        try {
            Path parent = file.toAbsolutePath().getParent();
            return read(file.toString(), Files.readString(file), parent);
        } catch (IOException e) {
            throw new ConfigException(
                    List.of(
                            "%s: cannot be read (%s), expected a config file"
                                    .formatted(file, FlowFiles.reason(e))));
        }
    }

    /**
     * @param file its name in mistakes
     * @param folder where the names of flow files start from
     */
    Config read(String file, String text, Path folder) throws ConfigException {
        Mistakes mistakes = new Mistakes(file);
        Config config = read(parse(file, text), mistakes, folder);
        mistakes.throwIfAny();
        return config;
    }

    private static Optional<Node> parse(String file, String text) throws ConfigException {
        LoadSettings settings = LoadSettings.builder().setLabel(file).build();
        try {
            return new Compose(settings).composeString(text);
        } catch (MarkedYamlEngineException e) {
            int line = e.getProblemMark().map(mark -> mark.getLine() + 1).orElse(1);
            throw new ConfigException(
                    List.of("%s:%d: %s, expected YAML".formatted(file, line, e.getProblem())));
        } catch (StackOverflowError e) {
            // The YAML library has no limit of its own.
            throw new ConfigException(
                    List.of("%s:1: nested too deeply, expected a config file".formatted(file)));
        } catch (YamlEngineException e) {
            throw new ConfigException(
                    List.of("%s:1: %s, expected YAML".formatted(file, e.getMessage())));
        }
    }

    private Config read(Optional<Node> node, Mistakes mistakes, Path folder) {
        Section root = new Section("", node.orElseGet(ConfigReader::nothing), mistakes);
        NOT_YET.forEach(root::refuse);
        Path socket =
                root.text("socket")
                        .map(text -> socket(text, mistakes))
                        .orElse(Config.DEFAULT_SOCKET);
        List<String> eal = root.texts("eal").stream().map(Placed::value).toList();
        CoresSection threads = new CoresSection(cores, mistakes);
        threads.read(root);
        List<Config.Port> ports = new PortsSection(mistakes).read(root.list("ports"));
        Config.Mbufs mbufs = root.section("mbufs").map(this::readMbufs).orElse(DEFAULT_MBUFS);
        List<Change.Placed> flows =
                new FlowFiles(folder, PortsSection.names(ports), mistakes)
                        .read(root.texts("flows"));
        Config.Conntrack conntrack = new ConntrackSection(mistakes).read(root.section("conntrack"));
        Config.FlowCache cache =
                root.section("flow-cache")
                        .map(section -> readCache(section, mistakes))
                        .orElse(new Config.FlowCache(true, OptionalInt.empty()));
        TimeExceededSource timeExceeded =
                new TimeExceededSection(mistakes).read(root.section("time-exceeded"));
        Optional<EventLogSettings> eventLog =
                new EventLogSection(mistakes).read(root.section("event-log"));
        Declared services =
                new ServicesSection(mistakes, PortsSection.names(ports).names())
                        .read(root.list("interfaces"), root.list("services"));
        root.finish();
        return new Config(
                socket,
                eal,
                threads.workers(),
                threads.control(),
                ports,
                mbufs,
                flows,
                conntrack,
                cache,
                timeExceeded,
                eventLog,
                services);
    }

    private static Path socket(Placed<String> text, Mistakes mistakes) {
        int bytes = text.value().getBytes(StandardCharsets.UTF_8).length;
        if (bytes > ControlServer.MAX_PATH_BYTES) {
            mistakes.add(
                    text.node(),
                    "socket is a path of %d bytes, expected at most %d"
                            .formatted(bytes, ControlServer.MAX_PATH_BYTES));
        }
        try {
            return Path.of(text.value());
        } catch (InvalidPathException e) {
            mistakes.add(
                    text.node(),
                    "socket is '%s' (%s), expected a path".formatted(text.value(), e.getReason()));
            return Config.DEFAULT_SOCKET;
        }
    }

    private Config.Mbufs readMbufs(Section section) {
        int count = section.number("count", 1024, MAX_MBUFS, DEFAULT_MBUFS.count());
        int room =
                section.number("data-room", MIN_DATA_ROOM, MAX_DATA_ROOM, DEFAULT_MBUFS.dataRoom());
        section.finish();
        return new Config.Mbufs(count, room);
    }

    private Config.FlowCache readCache(Section section, Mistakes mistakes) {
        boolean enabled = section.flag("enabled", true);
        Optional<Placed<Integer>> entries =
                section.optionalNumber("entries", MIN_CACHE_ENTRIES, MAX_CACHE_ENTRIES);
        section.finish();
        entries.filter(each -> Integer.bitCount(each.value()) != 1)
                .ifPresent(each ->
                        mistakes.add(
                                each.node(),
                                "entries is %d, expected a power of two such as %d"
                                        .formatted(
                                                each.value(),
                                                Integer.highestOneBit(each.value()))));
        return new Config.FlowCache(
                enabled,
                entries.map(each -> OptionalInt.of(each.value())).orElse(OptionalInt.empty()));
    }

    private static Node nothing() {
        return new Compose(LoadSettings.builder().build())
                .composeString("{}")
                .filter(node -> node instanceof MappingNode)
                .orElseThrow();
    }
}
