package io.sluice.perf;

import java.io.IOException;
import java.io.OutputStream;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * The control socket without anything around it that takes time: bytes out, bytes in, on the
 * calling thread.
 */
final class WarmSocket implements AutoCloseable {
    private final SocketChannel channel;
    private final ByteBuffer answer = ByteBuffer.allocateDirect(1 << 16);

    WarmSocket(Path socket) throws IOException {
        channel = SocketChannel.open(UnixDomainSocketAddress.of(socket));
    }

    private static ByteBuffer request(String method, String parameter) {
        return ByteBuffer.wrap(
                "{\"id\":1,\"method\":\"%s\",\"params\":[\"%s\"]}"
                        .formatted(method, parameter)
                        .getBytes(StandardCharsets.US_ASCII));
    }

    /**
     * Flushes a zone.
     *
     * @param expected connections
     * @return microseconds until the answer was there
     */
    double flushMicros(int zone, int expected) throws IOException {
        ByteBuffer request = request("ct/flush", "zone=" + zone);
        answer.clear();
        long before = System.nanoTime();
        channel.write(request);
        do {
            if (channel.read(answer) < 0) {
                throw new BenchException("Sluice closed the socket");
            }
        } while (answer.get(answer.position() - 1) != '}');
        double micros = (System.nanoTime() - before) / 1e3;
        byte[] bytes = new byte[answer.flip().remaining()];
        answer.get(bytes);
        String text = new String(bytes, StandardCharsets.US_ASCII);
        if (!text.contains("\"" + expected + (expected == 1 ? " connection " : " connections "))) {
            throw new BenchException("expected " + expected + " connections: " + text);
        }
        return micros;
    }

    /** Writes the answer to a dump of a zone to a file as it comes; the last call. */
    void dump(int zone, Path file) throws IOException {
        try (OutputStream out = Files.newOutputStream(file)) {
            channel.write(request("ct/dump", "zone=" + zone));
            // Nothing more will be asked: the server closes after its answer.
            channel.shutdownOutput();
            ByteBuffer buffer = ByteBuffer.allocate(1 << 16);
            while (channel.read(buffer) >= 0) {
                out.write(buffer.array(), 0, buffer.position());
                buffer.clear();
            }
        }
    }

    @Override
    public void close() throws IOException {
        channel.close();
    }
}
