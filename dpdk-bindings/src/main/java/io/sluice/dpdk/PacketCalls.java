package io.sluice.dpdk;

import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemoryLayout;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;

/**
 * The native functions of the packet path: primitives in, primitives out, nothing allocated.
 *
 * <p>A critical call skips the thread's change of state, which costs more than the call itself; in
 * exchange the whole JVM waits for it at a safepoint. It is right for functions that only touch
 * memory and return at once, and wrong for whatever may enter the kernel: the bursts have both.
 */
final class PacketCalls {
    private static final MemoryLayout INT = ValueLayout.JAVA_INT;
    private static final MemoryLayout LONG = ValueLayout.JAVA_LONG;
    private static final FunctionDescriptor BURST = FunctionDescriptor.of(INT, INT, INT, LONG, INT);
    private static final FunctionDescriptor LONG_FROM_LONG_INT =
            FunctionDescriptor.of(LONG, LONG, INT);
    private static final Linker.Option CRITICAL = Linker.Option.critical(false);

    private static final MethodHandle RECEIVE = Shim.get().function("sluice_rx_burst", BURST);
    private static final MethodHandle RECEIVE_CRITICAL =
            Shim.get().function("sluice_rx_burst", BURST, CRITICAL);
    private static final MethodHandle SEND = Shim.get().function("sluice_tx_burst", BURST);
    private static final MethodHandle SEND_CRITICAL =
            Shim.get().function("sluice_tx_burst", BURST, CRITICAL);
    private static final MethodHandle PREFETCH =
            critical("sluice_prefetch", FunctionDescriptor.ofVoid(LONG, INT, INT));
    private static final MethodHandle ALLOC =
            critical("sluice_mbuf_alloc", FunctionDescriptor.of(LONG, LONG));
    private static final MethodHandle FREE =
            critical("sluice_mbuf_free", FunctionDescriptor.ofVoid(LONG));
    private static final MethodHandle FREE_BULK =
            critical("rte_pktmbuf_free_bulk", FunctionDescriptor.ofVoid(LONG, INT));
    private static final MethodHandle COPY =
            critical("rte_pktmbuf_copy", FunctionDescriptor.of(LONG, LONG, LONG, INT, INT));
    private static final MethodHandle APPEND = critical("sluice_mbuf_append", LONG_FROM_LONG_INT);
    private static final MethodHandle PREPEND = critical("sluice_mbuf_prepend", LONG_FROM_LONG_INT);
    private static final MethodHandle ADJ = critical("sluice_mbuf_adj", LONG_FROM_LONG_INT);
    private static final MethodHandle TRIM =
            critical("sluice_mbuf_trim", FunctionDescriptor.of(INT, LONG, INT));
    private static final MethodHandle CHAIN =
            critical("sluice_mbuf_chain", FunctionDescriptor.of(INT, LONG, LONG));
    private static final MethodHandle LINEARIZE =
            critical("sluice_mbuf_linearize", FunctionDescriptor.of(INT, LONG));

    private PacketCalls() {}

    private static MethodHandle critical(String name, FunctionDescriptor shape) {
        return Shim.get().function(name, shape, CRITICAL);
    }

    static int receive(int port, int queue, long list, int capacity) {
        try {
            return (int) RECEIVE.invokeExact(port, queue, list, capacity);
        } catch (Throwable e) {
            throw impossible(e);
        }
    }

    static int receiveCritical(int port, int queue, long list, int capacity) {
        try {
            return (int) RECEIVE_CRITICAL.invokeExact(port, queue, list, capacity);
        } catch (Throwable e) {
            throw impossible(e);
        }
    }

    static int send(int port, int queue, long list, int count) {
        try {
            return (int) SEND.invokeExact(port, queue, list, count);
        } catch (Throwable e) {
            throw impossible(e);
        }
    }

    static int sendCritical(int port, int queue, long list, int count) {
        try {
            return (int) SEND_CRITICAL.invokeExact(port, queue, list, count);
        } catch (Throwable e) {
            throw impossible(e);
        }
    }

    static void prefetch(long list, int strideBytes, int count) {
        try {
            PREFETCH.invokeExact(list, strideBytes, count);
        } catch (Throwable e) {
            throw impossible(e);
        }
    }

    static long alloc(long pool) {
        try {
            return (long) ALLOC.invokeExact(pool);
        } catch (Throwable e) {
            throw impossible(e);
        }
    }

    static void free(long mbuf) {
        try {
            FREE.invokeExact(mbuf);
        } catch (Throwable e) {
            throw impossible(e);
        }
    }

    static void freeBulk(long list, int count) {
        try {
            FREE_BULK.invokeExact(list, count);
        } catch (Throwable e) {
            throw impossible(e);
        }
    }

    static long copy(long mbuf, long pool, int offset, int lengthBytes) {
        try {
            return (long) COPY.invokeExact(mbuf, pool, offset, lengthBytes);
        } catch (Throwable e) {
            throw impossible(e);
        }
    }

    static long append(long mbuf, int bytes) {
        try {
            return (long) APPEND.invokeExact(mbuf, bytes);
        } catch (Throwable e) {
            throw impossible(e);
        }
    }

    static long prepend(long mbuf, int bytes) {
        try {
            return (long) PREPEND.invokeExact(mbuf, bytes);
        } catch (Throwable e) {
            throw impossible(e);
        }
    }

    static long adj(long mbuf, int bytes) {
        try {
            return (long) ADJ.invokeExact(mbuf, bytes);
        } catch (Throwable e) {
            throw impossible(e);
        }
    }

    static int trim(long mbuf, int bytes) {
        try {
            return (int) TRIM.invokeExact(mbuf, bytes);
        } catch (Throwable e) {
            throw impossible(e);
        }
    }

    static int chain(long head, long tail) {
        try {
            return (int) CHAIN.invokeExact(head, tail);
        } catch (Throwable e) {
            throw impossible(e);
        }
    }

    static int linearize(long mbuf) {
        try {
            return (int) LINEARIZE.invokeExact(mbuf);
        } catch (Throwable e) {
            throw impossible(e);
        }
    }

    private static AssertionError impossible(Throwable e) {
        return new AssertionError("a native call cannot throw", e);
    }
}
