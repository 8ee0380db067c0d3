package io.sluice.perf;

import io.sluice.perf.UdpFrame.Endpoint;
import io.sluice.perf.Workload.FrameTag;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;

/**
 * Checks frames that were sent against the frames that went in: rebuilds each expected frame from
 * scratch, with the backend as the only thing left to the sender, and compares.
 */
final class FrameVerifier {
    private static final int MAX_COMPLAINTS = 10;
    private static final int IP_CHECKSUM = UdpFrame.IP + UdpFrame.IP_CHECKSUM;
    private static final int UDP_CHECKSUM = UdpFrame.UDP + UdpFrame.UDP_CHECKSUM;
    private static final int[] NO_PASS = {-1, -1};

    private final Workload workload;
    private final int[] backendOfFlow;
    private final int[][] lastPass;
    private final long[] framesOfBackend;
    private final List<String> complaints = new ArrayList<>();
    private long frames;
    private long wrong;

    FrameVerifier(Workload workload) {
        this.workload = workload;
        backendOfFlow = new int[workload.flows()];
        lastPass = new int[workload.flows()][];
        framesOfBackend = new long[workload.traffic().backends()];
        Arrays.setAll(lastPass, flow -> NO_PASS.clone());
    }

    /**
     * What came of a verification.
     *
     * @param frames how many were looked at
     * @param wrong how many of them were not as they should be
     * @param missing how many fewer than the workload has packets
     * @param framesOfBackend client frames each backend got
     * @param complaints the first few mistakes, a line each
     */
    record Outcome(
            long frames,
            long wrong,
            long missing,
            List<Long> framesOfBackend,
            List<String> complaints) {
        boolean everyFrameRight() {
            return wrong == 0 && frames > 0;
        }
    }

    /** Checks all frames of a capture. */
    static Outcome verify(Workload workload, Path capture) throws IOException {
        FrameVerifier verifier = new FrameVerifier(workload);
        try (PcapReader pcap = new PcapReader(capture)) {
            for (Optional<byte[]> frame = pcap.next(); frame.isPresent(); frame = pcap.next()) {
                verifier.check(frame.get());
            }
        }
        return verifier.outcome();
    }

    /** Checks one frame, in the order of sending. */
    void check(byte[] frame) {
        long number = frames++;
        Optional<String> mistake = mistakeIn(frame);
        if (mistake.isPresent()) {
            wrong++;
            if (complaints.size() < MAX_COMPLAINTS) {
                complaints.add("frame " + number + ": " + mistake.get());
            }
        }
    }

    Outcome outcome() {
        return new Outcome(
                frames,
                wrong,
                Math.max(0, workload.packets() - frames),
                Arrays.stream(framesOfBackend).boxed().toList(),
                List.copyOf(complaints));
    }

    private Optional<String> mistakeIn(byte[] frame) {
        if (frame.length != UdpFrame.FRAME_BYTES) {
            return Optional.of(frame.length + " bytes long, not " + UdpFrame.FRAME_BYTES);
        }
        if (frame[UdpFrame.IP] != 0x45) {
            return Optional.of("no IPv4 header without options");
        }
        int ip = InternetChecksum.ipv4Header(frame, UdpFrame.IP, UdpFrame.IP_HEADER_BYTES);
        if (ip != 0) {
            return Optional.of("wrong IPv4 checksum");
        }
        if (frame[UDP_CHECKSUM] == 0 && frame[UDP_CHECKSUM + 1] == 0) {
            return Optional.of("no UDP checksum");
        }
        if (InternetChecksum.udp(frame, UdpFrame.IP, UdpFrame.UDP_LENGTH) != 0) {
            return Optional.of("wrong UDP checksum");
        }
        byte[] payload = UdpFrame.payload(frame);
        FrameTag tag = FrameTag.of(payload);
        if (tag.flow() < 0
                || tag.flow() >= workload.flows()
                || tag.pass() >= workload.passes()
                || !Arrays.equals(payload, tag.payload())) {
            return Optional.of("the payload is not one that was sent");
        }
        return mistakeInRewrite(frame, tag);
    }

    private Optional<String> mistakeInRewrite(byte[] frame, FrameTag tag) {
        byte[] expected;
        Endpoint client = workload.client(tag.flow());
        Endpoint to;
        Endpoint from;
        if (tag.reply()) {
            from = at(Workload.MAC_SET_SOURCE, workload.virtual());
            to = at(Workload.MAC_SET_DESTINATION, client);
        } else {
            int backend = UdpFrame.destinationAddress(frame);
            if (!workload.isBackend(backend)) {
                return Optional.of(
                        "sent to %s, which is not in %s"
                                .formatted(UdpFrame.dotted(backend), workload.backendRange()));
            }
            int chosen = backendOfFlow[tag.flow()];
            if (chosen != 0 && chosen != backend) {
                return Optional.of(
                        "flow %d moved from %s to %s"
                                .formatted(
                                        tag.flow(),
                                        UdpFrame.dotted(chosen),
                                        UdpFrame.dotted(backend)));
            }
            backendOfFlow[tag.flow()] = backend;
            framesOfBackend[backend - Workload.FIRST_BACKEND]++;
            from = at(Workload.MAC_SET_SOURCE, client);
            to = new Endpoint(Workload.MAC_SET_DESTINATION, backend, Workload.SERVICE_PORT);
        }
        expected = UdpFrame.build(from, to, tag.payload());
        // Both checksums have been found right; what differs besides is what to tell.
        System.arraycopy(frame, IP_CHECKSUM, expected, IP_CHECKSUM, 2);
        System.arraycopy(frame, UDP_CHECKSUM, expected, UDP_CHECKSUM, 2);
        int difference = Arrays.mismatch(expected, frame);
        if (difference >= 0) {
            return Optional.of(
                    "flow %d: byte %d (%s) is %02x, expected %02x"
                            .formatted(
                                    tag.flow(),
                                    difference,
                                    fieldAt(difference),
                                    frame[difference],
                                    expected[difference]));
        }
        return mistakeInOrder(tag);
    }

    /** Each packet once, and those of one direction of a connection in the order they came in. */
    private Optional<String> mistakeInOrder(FrameTag tag) {
        int direction = tag.reply() ? 1 : 0;
        int last = lastPass[tag.flow()][direction];
        lastPass[tag.flow()][direction] = tag.pass();
        if (tag.pass() > last) {
            return Optional.empty();
        }
        String what = tag.pass() == last ? "sent twice" : "sent out of order";
        return Optional.of("flow %d: pass %d %s".formatted(tag.flow(), tag.pass(), what));
    }

    private static Endpoint at(long mac, Endpoint endpoint) {
        return new Endpoint(mac, endpoint.address(), endpoint.port());
    }

    private static String fieldAt(int offset) {
        if (offset < UdpFrame.MAC_SOURCE) {
            return "destination MAC";
        }
        if (offset < UdpFrame.ETHER_TYPE) {
            return "source MAC";
        }
        if (offset < UdpFrame.IP) {
            return "Ethernet type";
        }
        int inIp = offset - UdpFrame.IP;
        if (inIp >= UdpFrame.IP_SOURCE && inIp < UdpFrame.IP_DESTINATION) {
            return "source address";
        }
        if (offset < UdpFrame.UDP) {
            return inIp < UdpFrame.IP_SOURCE ? "IPv4 header" : "destination address";
        }
        return offset < UdpFrame.UDP + 2
                ? "source port"
                : offset < UdpFrame.UDP + 4 ? "destination port" : "UDP header";
    }
}
