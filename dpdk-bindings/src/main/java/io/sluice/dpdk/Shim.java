package io.sluice.dpdk;

import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemoryLayout;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.SymbolLookup;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;
import java.util.HashMap;
import java.util.Map;

/**
 * The native shim, DPDK's libraries behind it, and what the shim knows of DPDK's structures. It is
 * found through the system property {@code sluice.shim}, loaded once and checked: a shim of another
 * version, or a DPDK other than the one it was compiled against, is refused.
 */
final class Shim {
    /** Equals SLUICE_SHIM_ABI in {@code native/src/shim.h}. */
    private static final int ABI = 5;

    private static final String PROPERTY = "sluice.shim";
    private static final String REMEDY = "run scripts/build";
    private static final int ENTRY_WORDS = 3;

    private static final Object LOADED = tryLoad();

    private final SymbolLookup symbols;
    private final Map<String, Entry> layout;
    private final Linker linker = Linker.nativeLinker();

    /** A field's offset and size; a structure's size; or a macro's value, kept in offset. */
    private record Entry(long offset, long size) {}

    private Shim(SymbolLookup symbols, Map<String, Entry> layout) {
        this.symbols = symbols;
        this.layout = layout;
    }

    /** Throws the exception that says why there is no shim, if there is none. */
    static Shim get() {
        if (LOADED instanceof DpdkException failure) {
            throw new DpdkException(failure.getMessage(), failure);
        }
        return (Shim) LOADED;
    }

    /** The offset of a field such as {@code rte_mbuf.data_off}, which must have this size. */
    static int offset(String field, int sizeBytes) {
        Entry entry = get().entry(field);
        if (entry.size != sizeBytes) {
            throw new DpdkException(
                    "%s has %d bytes in this DPDK, and Sluice was written for %d"
                            .formatted(field, entry.size, sizeBytes));
        }
        return Math.toIntExact(entry.offset);
    }

    static int sizeOf(String structure) {
        return Math.toIntExact(get().entry(structure).size);
    }

    static long value(String macro) {
        return get().entry(macro).offset;
    }

    @SuppressWarnings("restricted")
    MethodHandle function(String name, FunctionDescriptor shape, Linker.Option... options) {
        MemorySegment symbol =
                symbols.find(name)
                        .or(() -> linker.defaultLookup().find(name))
                        .orElseThrow(
                                () -> new DpdkException("DPDK has no function " + name + " here"));
        return linker.downcallHandle(symbol, shape, options);
    }

    private Entry entry(String name) {
        Entry entry = layout.get(name);
        if (entry == null) {
            throw new DpdkException("the shim knows no " + name + ": " + REMEDY);
        }
        return entry;
    }

    private static Object tryLoad() {
        try {
            return load(System.getProperty(PROPERTY));
        } catch (DpdkException failure) {
            // Thrown by get(), so that users see it instead of an ExceptionInInitializerError.
            return failure;
        }
    }

    @SuppressWarnings("restricted")
    private static Shim load(String path) {
        if (path == null) {
            throw new DpdkException(
                    "the system property "
                            + PROPERTY
                            + " is not set: it names the file libsluice_shim.so; "
                            + REMEDY
                            + " and start with scripts/sluice");
        }
        try {
            // Not libraryLookup(): that one keeps the dynamic linker's explanation to itself.
            System.load(path);
        } catch (UnsatisfiedLinkError e) {
            throw new DpdkException(
                    "the native shim "
                            + path
                            + " cannot be loaded ("
                            + e.getMessage()
                            + "): "
                            + REMEDY,
                    e);
        }
        SymbolLookup symbols = SymbolLookup.loaderLookup();
        checkAbi(path, symbols);
        Shim shim = new Shim(symbols, readLayout(symbols));
        shim.checkDpdkVersion();
        return shim;
    }

    private static void checkAbi(String path, SymbolLookup symbols) {
        int abi = global(symbols, "sluice_shim_abi", 4).get(ValueLayout.JAVA_INT, 0);
        if (abi != ABI) {
            throw new DpdkException(
                    "the native shim %s is of another version of Sluice (ABI %d, needed %d): %s"
                            .formatted(path, abi, ABI, REMEDY));
        }
    }

    private void checkDpdkVersion() {
        String built = global(symbols, "sluice_built_with_dpdk", 16).getString(0);
        String running = runningVersion();
        // "DPDK 22.11.5": year and month name the ABI, what follows are fixes.
        if (!(running + ".").startsWith("DPDK " + built + ".")) {
            throw new DpdkException(
                    "the native shim was compiled against DPDK %s, and %s is installed: %s"
                            .formatted(built, running, REMEDY));
        }
    }

    @SuppressWarnings("restricted")
    private String runningVersion() {
        MethodHandle version = function("rte_version", FunctionDescriptor.of(ValueLayout.ADDRESS));
        try {
            return ((MemorySegment) version.invokeExact()).reinterpret(64).getString(0);
        } catch (Throwable e) {
            throw new AssertionError("a native call cannot throw", e);
        }
    }

    @SuppressWarnings("restricted")
    private static Map<String, Entry> readLayout(SymbolLookup symbols) {
        int count = global(symbols, "sluice_layout_count", 4).get(ValueLayout.JAVA_INT, 0);
        MemorySegment table =
                global(
                        symbols,
                        "sluice_layout",
                        (long) count * ENTRY_WORDS * ValueLayout.JAVA_LONG.byteSize());
        Map<String, Entry> layout = HashMap.newHashMap(count);
        for (int i = 0; i < count; i++) {
            MemorySegment name =
                    table.getAtIndex(
                            ValueLayout.ADDRESS.withTargetLayout(
                                    MemoryLayout.sequenceLayout(256, ValueLayout.JAVA_BYTE)),
                            (long) i * ENTRY_WORDS);
            layout.put(
                    name.getString(0),
                    new Entry(
                            table.getAtIndex(ValueLayout.JAVA_LONG, (long) i * ENTRY_WORDS + 1),
                            table.getAtIndex(ValueLayout.JAVA_LONG, (long) i * ENTRY_WORDS + 2)));
        }
        return layout;
    }

    @SuppressWarnings("restricted")
    private static MemorySegment global(SymbolLookup symbols, String name, long sizeBytes) {
        return symbols.find(name)
                .orElseThrow(() ->
                        new DpdkException(
                                "the file that %s names is no Sluice shim (no %s): %s"
                                        .formatted(PROPERTY, name, REMEDY)))
                .reinterpret(sizeBytes);
    }
}
