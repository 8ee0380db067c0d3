package io.sluice.control.socket;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.sun.management.ThreadMXBean;
import java.io.IOException;
import java.io.OutputStream;
import java.lang.management.ManagementFactory;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Answers that are much longer than any buffer, and clients that do not read them to the end. */
@Timeout(60)
class LongAnswerTest {
    private static final byte[] PIECE = new byte[8192];

    @TempDir private Path folder;
    private Path path;
    private ControlServer server;
    private final AtomicInteger producing = new AtomicInteger();
    private final AtomicLong pieces = new AtomicLong();

    @BeforeEach
    void serve() throws SocketException {
        Arrays.fill(PIECE, (byte) 'x');
        PIECE[PIECE.length - 1] = '\n';
        path = folder.resolve("s");
        server = ControlServer.open(path);
        server.serve(this::handle);
    }

    @AfterEach
    void close() {
        server.close();
    }

    private Answer handle(String method, List<String> parameters) {
        return switch (method) {
            case "long" -> Answer.textOf(out -> produce(out, 2000));
            case "endless" -> Answer.textOf(out -> produce(out, Integer.MAX_VALUE));
            case "broken" ->
                    Answer.textOf(out -> {
                        produce(out, 20);
                        throw new IllegalArgumentException("on purpose");
                    });
            default -> Answer.text("short");
        };
    }

    private void produce(Answer.Pieces out, int count) {
        producing.incrementAndGet();
        try {
            for (int i = 0; i < count; i++) {
                out.take(PIECE, PIECE.length);
                pieces.incrementAndGet();
            }
        } finally {
            producing.decrementAndGet();
        }
    }

    private SocketChannel ask(String method) throws IOException {
        SocketChannel channel = SocketChannel.open(UnixDomainSocketAddress.of(path));
        String request = "{\"id\":1,\"method\":\"%s\",\"params\":[]}".formatted(method);
        channel.write(ByteBuffer.wrap(request.getBytes(StandardCharsets.US_ASCII)));
        return channel;
    }

    private void awaitProducing(int count) throws InterruptedException {
        while (producing.get() != count) {
            Thread.sleep(1);
        }
    }

    /** The long answer has 16 million bytes. */
    @Test
    void theClientPrintsWithoutHoldingTheAnswer() throws Exception {
        long[] printed = {0};
        OutputStream out =
                new OutputStream() {
                    @Override
                    public void write(int each) {
                        printed[0]++;
                    }

                    @Override
                    public void write(byte[] bytes, int from, int length) {
                        printed[0] += length;
                    }
                };
        ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
        new ControlClient(path).print("short", List.of(), false, out);
        long before = threads.getCurrentThreadAllocatedBytes();
        printed[0] = 0;
        new ControlClient(path).print("long", List.of(), false, out);
        long allocated = threads.getCurrentThreadAllocatedBytes() - before;
        assertEquals(2000L * PIECE.length, printed[0]);
        System.out.printf("%d bytes printed, %d allocated%n", printed[0], allocated);
        assertTrue(allocated < 1_000_000, () -> allocated + " bytes allocated");
    }

    @Test
    void clientsThatAreKilledLeaveNothingBehind() throws Exception {
        // More than there may be at the same time.
        for (int i = 0; i < ControlServer.MAX_CLIENTS + 50; i++) {
            try (SocketChannel channel = ask("endless")) {
                assertTrue(channel.read(ByteBuffer.allocate(100)) > 0);
            }
        }
        awaitProducing(0);
        assertEquals("short", new ControlClient(path).call("short", List.of()).asString());
    }

    @Test
    void clientsThatStopReadingCostLittleAndBlockNobody() throws Exception {
        int count = 200;
        List<SocketChannel> stalled = new ArrayList<>();
        try {
            long before = usedBytes();
            for (int i = 0; i < count; i++) {
                stalled.add(ask("endless"));
            }
            awaitProducing(count);
            long last = -1;
            while (last != pieces.get()) {
                last = pieces.get();
                Thread.sleep(200);
            }
            long each = (usedBytes() - before) / count;
            System.out.printf("a client that stopped reading: %d bytes of heap%n", each);
            assertTrue(each < 300_000, () -> each + " bytes");
            for (int i = 0; i < 20; i++) {
                assertEquals("short", new ControlClient(path).call("short", List.of()).asString());
            }
            assertEquals(count, producing.get());
        } finally {
            for (SocketChannel channel : stalled) {
                channel.close();
            }
        }
        awaitProducing(0);
    }

    private static long usedBytes() throws InterruptedException {
        for (int i = 0; i < 3; i++) {
            System.gc();
            TimeUnit.MILLISECONDS.sleep(50);
        }
        return Runtime.getRuntime().totalMemory() - Runtime.getRuntime().freeMemory();
    }

    @Test
    void anAnswerThatBreaksOffIsAnError() {
        SocketException e =
                assertThrows(
                        SocketException.class,
                        () ->
                                new ControlClient(path)
                                        .print(
                                                "broken",
                                                List.of(),
                                                false,
                                                OutputStream.nullOutputStream()));
        assertEquals(
                "the answer on the socket " + path + " is not whole: it ends in its middle",
                e.getMessage());
    }
}
