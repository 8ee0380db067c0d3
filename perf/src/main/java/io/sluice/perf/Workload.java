package io.sluice.perf;

import io.sluice.perf.UdpFrame.Endpoint;
import java.nio.ByteBuffer;
import java.util.SplittableRandom;

/**
 * What is sent: connections of many clients to one virtual address, and the rules that balance
 * them.
 *
 * <p>Everything is a function of these four numbers and the constants here, so that a frame seen on
 * the way out can be traced to the frame that went in.
 *
 * @param flows connections
 * @param traffic whether the backends answer in the pcap
 * @param passes how often the pcap runs through all connections
 */
record Workload(int flows, Traffic traffic, int passes) {
    /** The most there can be: 65,536 client addresses with 16 ports each. */
    static final int MAX_FLOWS = 1 << 20;

    static final int VIRTUAL_ADDRESS = 0xc000020a; // 192.0.2.10
    static final int SERVICE_PORT = 80;
    static final int FIRST_BACKEND = 0x0a00000b; // 10.0.0.11
    private static final int FIRST_CLIENT = 0xc6120000; // 198.18.0.0, for benchmarks (RFC 2544)

    static final long MAC_SENDER = 0x020000000001L;
    static final long MAC_PROCESSOR = 0x020000000002L;
    static final long MAC_SET_SOURCE = 0x02000000000aL;
    static final long MAC_SET_DESTINATION = 0x02000000000bL;

    private static final int PORTS_PER_CLIENT = 16;

    Workload {
        if (flows < 1 || flows > MAX_FLOWS) {
            throw new IllegalArgumentException(flows + " flows: between 1 and " + MAX_FLOWS);
        }
        if (passes < 1 || passes > 255) {
            throw new IllegalArgumentException(passes + " passes: between 1 and 255");
        }
    }

    static Workload endless(int flows, Traffic traffic) {
        return new Workload(flows, traffic, 1);
    }

    /** Frames in the pcap. */
    int packets() {
        return flows * passes * directions();
    }

    int directions() {
        return traffic == Traffic.TWO_WAY ? 2 : 1;
    }

    String label() {
        return flowsLabel(flows) + " " + traffic.label();
    }

    /** {@code 8k}, {@code 64k}, {@code 1M}, or the plain number. */
    static String flowsLabel(int flows) {
        if (flows >= 1 << 20 && flows % (1 << 20) == 0) {
            return (flows >> 20) + "M";
        }
        return flows >= 1024 && flows % 1024 == 0 ? (flows >> 10) + "k" : Integer.toString(flows);
    }

    /** Reads what {@link #flowsLabel} writes, in either case. */
    static int parseFlows(String text) {
        String lower = text.strip().toLowerCase(java.util.Locale.ROOT);
        int shift = lower.endsWith("k") ? 10 : lower.endsWith("m") ? 20 : 0;
        String digits = shift == 0 ? lower : lower.substring(0, lower.length() - 1);
        try {
            int flows = Math.multiplyExact(Integer.parseInt(digits), 1 << shift);
            return endless(flows, Traffic.ONE_WAY).flows();
        } catch (NumberFormatException | ArithmeticException e) {
            throw new IllegalArgumentException(
                    "'" + text + "' is no number of flows: 8k, 64k, 1m or a plain number", e);
        }
    }

    Endpoint client(int flow) {
        int client = flow / PORTS_PER_CLIENT;
        // Sixteen ports far apart, starting somewhere else for each client, never twice the same.
        int start = new SplittableRandom(client).nextInt(1 << 16);
        int port = 1024 + (start + flow % PORTS_PER_CLIENT * 4001) % 64_000;
        return new Endpoint(MAC_SENDER, FIRST_CLIENT + client, port);
    }

    Endpoint virtual() {
        return new Endpoint(MAC_PROCESSOR, VIRTUAL_ADDRESS, SERVICE_PORT);
    }

    Endpoint firstBackend() {
        return new Endpoint(MAC_SENDER, FIRST_BACKEND, SERVICE_PORT);
    }

    boolean isBackend(int address) {
        return address >= FIRST_BACKEND && address < FIRST_BACKEND + traffic.backends();
    }

    /** As {@code nat(dst=...)} takes it. */
    String backendRange() {
        String first = UdpFrame.dotted(FIRST_BACKEND);
        int last = FIRST_BACKEND + traffic.backends() - 1;
        return traffic.backends() == 1 ? first : first + "-" + UdpFrame.dotted(last);
    }

    /**
     * Two tables in the syntax of {@code ovs-ofctl add-flows}, the same for Sluice and Open
     * vSwitch. Only packets to the virtual address open a connection: a stray answer must not.
     */
    String rules() {
        String send =
                "mod_dl_src:%s,mod_dl_dst:%s,in_port"
                        .formatted(
                                UdpFrame.colons(MAC_SET_SOURCE),
                                UdpFrame.colons(MAC_SET_DESTINATION));
        return """
        table=0,priority=10,udp,actions=ct(table=1,zone=1,nat)
        table=1,priority=10,udp,tp_dst=%d,ct_state=+trk+new,actions=ct(commit,zone=1,nat(dst=%s)),%s
        table=1,priority=10,udp,ct_state=+trk+est,actions=%s
        """
                .formatted(SERVICE_PORT, backendRange(), send, send);
    }

    /** The frame as it goes in. */
    byte[] frame(FrameTag tag) {
        byte[] payload = tag.payload();
        Endpoint client = client(tag.flow());
        if (!tag.reply()) {
            return UdpFrame.build(client, virtual(), payload);
        }
        Endpoint to = new Endpoint(MAC_PROCESSOR, client.address(), client.port());
        return UdpFrame.build(firstBackend(), to, payload);
    }

    /**
     * Which packet a frame is, carried in its payload: four bytes flow, one byte direction, one
     * byte pass, and twelve bytes that depend on the three.
     */
    record FrameTag(int flow, boolean reply, int pass) {
        byte[] payload() {
            long seed = (long) flow << 16 | (reply ? 1L << 8 : 0) | pass;
            SplittableRandom filler = new SplittableRandom(seed);
            ByteBuffer payload = ByteBuffer.allocate(UdpFrame.PAYLOAD_BYTES);
            payload.putInt(flow).put((byte) (reply ? 1 : 0)).put((byte) pass);
            payload.putInt(filler.nextInt()).putLong(filler.nextLong());
            return payload.array();
        }

        /** Reads the tag back; whether the payload is intact, {@link #payload} tells. */
        static FrameTag of(byte[] payload) {
            ByteBuffer buffer = ByteBuffer.wrap(payload);
            return new FrameTag(buffer.getInt(0), buffer.get(4) != 0, buffer.get(5) & 0xff);
        }
    }
}
