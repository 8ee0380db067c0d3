package io.sluice.control.service;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** One check of one backend, as it goes on; never waits. Used by the checker's thread. */
final class HealthProbe {
    /** Bytes of an answer that are looked at. */
    private static final int MAX_ANSWER = 64 << 10;

    private static final Pattern STATUS_LINE = Pattern.compile("HTTP/1\\.[01] ([0-9]{3})\\b.*");

    private final HealthSpec spec;
    private final SocketChannel channel;
    private final ByteBuffer request;
    // Empty while none is awaited: there may be many probes at a time.
    private ByteBuffer answer = ByteBuffer.allocate(0);
    private boolean over;
    private Optional<String> error = Optional.empty();

    private HealthProbe(HealthSpec spec, SocketChannel channel, InetSocketAddress target) {
        this.spec = spec;
        this.channel = channel;
        String host = target.getAddress().getHostAddress();
        request =
                StandardCharsets.ISO_8859_1.encode(
                        "GET %s HTTP/1.1\r\nHost: %s\r\nUser-Agent: sluice\r\nConnection: close\r\n\r\n"
                                .formatted(
                                        spec.path(), host.contains(":") ? "[" + host + "]" : host));
    }

    /** Begins a check, which may be over at once. */
    static HealthProbe begin(HealthSpec spec, InetSocketAddress target, Selector selector)
            throws IOException {
        SocketChannel channel = SocketChannel.open();
        HealthProbe probe = new HealthProbe(spec, channel, target);
        try {
            channel.configureBlocking(false);
            channel.register(selector, SelectionKey.OP_CONNECT, probe);
            if (channel.connect(target)) {
                probe.connected(channel.keyFor(selector));
            }
        } catch (IOException e) {
            probe.fail(sentence(e));
        }
        return probe;
    }

    /** Goes on after the selector has said that it can. */
    void proceed(SelectionKey key) {
        try {
            if (key.isConnectable() && channel.finishConnect()) {
                connected(key);
            } else if (key.isWritable()) {
                write(key);
            } else if (key.isReadable()) {
                read();
            }
        } catch (IOException e) {
            fail(sentence(e));
        }
    }

    private void connected(SelectionKey key) throws IOException {
        if (spec.kind().equals("tcp")) {
            end(Optional.empty());
        } else {
            answer = ByteBuffer.allocate(MAX_ANSWER);
            key.interestOps(SelectionKey.OP_WRITE);
            write(key);
        }
    }

    private void write(SelectionKey key) throws IOException {
        channel.write(request);
        key.interestOps(request.hasRemaining() ? SelectionKey.OP_WRITE : SelectionKey.OP_READ);
    }

    /** The answer ends where the backend closes, or where as much has come as is looked at. */
    private void read() throws IOException {
        if (channel.read(answer) < 0 || !answer.hasRemaining()) {
            judge();
        }
    }

    private void judge() {
        String text = new String(answer.array(), 0, answer.position(), StandardCharsets.ISO_8859_1);
        int lineEnd = text.indexOf("\r\n");
        Matcher line = STATUS_LINE.matcher(lineEnd < 0 ? text : text.substring(0, lineEnd));
        if (!line.matches()) {
            fail("no HTTP answer");
            return;
        }
        int status = Integer.parseInt(line.group(1));
        boolean right =
                spec.status() == 0 ? status >= 200 && status < 400 : status == spec.status();
        int bodyAt = text.indexOf("\r\n\r\n");
        String body = bodyAt < 0 ? "" : text.substring(bodyAt + 4);
        String wanted =
                new String(
                        spec.body().getBytes(StandardCharsets.UTF_8), StandardCharsets.ISO_8859_1);
        if (!right) {
            fail("status " + status);
        } else if (!body.contains(wanted)) {
            fail("the body has no '" + spec.body() + "'");
        } else {
            end(Optional.empty());
        }
    }

    /** Ends the check with this error. */
    void fail(String sentence) {
        end(Optional.of(sentence));
    }

    private void end(Optional<String> how) {
        over = true;
        error = how;
        try {
            channel.close();
        } catch (IOException e) {
            // It is closed all the same.
        }
    }

    boolean isOver() {
        return over;
    }

    /** Why the backend is not well; empty when it is. */
    Optional<String> error() {
        return error;
    }

    private static String sentence(IOException e) {
        return e.getMessage() == null ? e.getClass().getSimpleName() : e.getMessage();
    }
}
