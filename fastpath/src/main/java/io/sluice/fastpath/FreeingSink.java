package io.sluice.fastpath;

import io.sluice.dpdk.Mbuf;
import java.util.Set;
import java.util.stream.Collectors;

/** Sends nothing: frees every packet. Used by one thread. */
final class FreeingSink implements PacketSink {
    private Set<Integer> ports = Set.of();

    void adopt(Snapshot snapshot) {
        ports =
                snapshot.ports().stream()
                        .map(DatapathPort::number)
                        .collect(Collectors.toUnmodifiableSet());
    }

    @Override
    public boolean hasPort(int port) {
        return ports.contains(port);
    }

    @Override
    public void send(int port, long mbuf) {
        Mbuf.free(mbuf);
    }

    @Override
    public void drop(int reason, long mbuf) {
        Mbuf.free(mbuf);
    }

    @Override
    public void count(int reason, int packets) {}
}
