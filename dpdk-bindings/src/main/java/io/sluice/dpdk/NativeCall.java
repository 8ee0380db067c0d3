package io.sluice.dpdk;

import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.MemoryLayout;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;
import java.util.Arrays;
import java.util.stream.Collectors;

/**
 * A native function that control code calls now and then. It takes boxed arguments (a String
 * becomes a C string for the time of the call) and, in return, names them in the exception when
 * DPDK says no. The packet path uses {@link PacketCalls}.
 */
final class NativeCall {
    static final MemoryLayout INT = ValueLayout.JAVA_INT;
    static final MemoryLayout SHORT = ValueLayout.JAVA_SHORT;
    static final MemoryLayout LONG = ValueLayout.JAVA_LONG;
    static final MemoryLayout POINTER = ValueLayout.ADDRESS;

    private static final int MAX_TEXT_BYTES = 4096;

    private static final NativeCall STRERROR = new NativeCall("rte_strerror", POINTER, INT);
    private static final NativeCall ERRNO = new NativeCall("sluice_rte_errno", INT);
    private static final NativeCall CLEAR_ERRNO = ofVoid("sluice_clear_rte_errno");

    private final String name;
    private final MethodHandle handle;

    private NativeCall(String name, FunctionDescriptor shape) {
        this.name = name;
        this.handle = Shim.get().function(name, shape);
    }

    NativeCall(String name, MemoryLayout result, MemoryLayout... parameters) {
        this(name, FunctionDescriptor.of(result, parameters));
    }

    static NativeCall ofVoid(String name, MemoryLayout... parameters) {
        return new NativeCall(name, FunctionDescriptor.ofVoid(parameters));
    }

    Object invoke(Object... arguments) {
        try (Arena arena = Arena.ofConfined()) {
            Object[] passed = arguments.clone();
            for (int i = 0; i < passed.length; i++) {
                if (passed[i] instanceof String text) {
                    passed[i] = arena.allocateFrom(text);
                }
            }
            return handle.invokeWithArguments(passed);
        } catch (Throwable e) {
            throw new AssertionError(describe(arguments) + " was called wrongly", e);
        }
    }

    int invokeInt(Object... arguments) {
        return ((Number) invoke(arguments)).intValue();
    }

    /** Like {@link #check}, for callers that judge the code themselves. */
    int invokeCode(Object... arguments) {
        // An rte_errno left by an earlier call would be taken for this one's.
        CLEAR_ERRNO.invoke();
        return invokeInt(arguments);
    }

    String invokeText(Object... arguments) {
        return text((MemorySegment) invoke(arguments));
    }

    /**
     * For functions that return a negative errno, or -1 with rte_errno set.
     *
     * @return what the function returned, never negative
     */
    int check(Object... arguments) {
        int code = invokeCode(arguments);
        if (code < 0) {
            throw failure(code, arguments);
        }
        return code;
    }

    /** For functions that return null with rte_errno set. */
    MemorySegment checkPointer(Object... arguments) {
        CLEAR_ERRNO.invoke();
        MemorySegment result = (MemorySegment) invoke(arguments);
        if (result.address() == 0) {
            throw failure(-1, arguments);
        }
        return result;
    }

    /** What to throw when the call, with these arguments, has returned a negative code. */
    DpdkException failure(int code, Object... arguments) {
        return new DpdkException(describe(arguments) + " failed: " + reason(code));
    }

    /** The text of a negative return code; of rte_errno when the code is -1 and that is set. */
    static String reason(int code) {
        int errno = code == -1 && errno() != 0 ? errno() : -code;
        // Drivers answer -1 for "somehow", which is also the number of EPERM.
        String doubt = code == -1 && errno == 1 ? "no reason given, or " : "";
        return doubt + STRERROR.invokeText(errno) + " (errno " + errno + ")";
    }

    /** The calling thread's rte_errno. */
    static int errno() {
        return ERRNO.invokeInt();
    }

    @SuppressWarnings("restricted")
    static String text(MemorySegment pointer) {
        return pointer.address() == 0 ? "" : pointer.reinterpret(MAX_TEXT_BYTES).getString(0);
    }

    private String describe(Object[] arguments) {
        return Arrays.stream(arguments)
                .map(NativeCall::show)
                .collect(Collectors.joining(", ", name + "(", ")"));
    }

    private static String show(Object argument) {
        return switch (argument) {
            case String text -> '"' + text + '"';
            case Short number -> Integer.toString(number & 0xFFFF);
            case MemorySegment pointer -> "0x" + Long.toHexString(pointer.address());
            default -> String.valueOf(argument);
        };
    }
}
