package io.sluice.perf;

import io.sluice.perf.UdpFrame.Endpoint;
import io.sluice.perf.Workload.FrameTag;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/**
 * Checks the frames that came out for a pcap of {@link NewConnections}: each is rebuilt from
 * scratch with the addresses and ports that it was given, which must be allowed, and no two may
 * have the same.
 */
final class NewConnectionVerifier {
    private static final int MAX_COMPLAINTS = 10;

    private NewConnectionVerifier() {}

    /** The mistakes in a capture, a line each; the first few. */
    static List<String> mistakes(NewConnections sent, Translation translation, Path capture)
            throws IOException {
        List<String> mistakes = new ArrayList<>();
        Set<Integer> flows = new HashSet<>();
        Set<List<Integer>> tuples = new HashSet<>();
        try (PcapReader pcap = new PcapReader(capture)) {
            for (Optional<byte[]> next = pcap.next(); next.isPresent(); next = pcap.next()) {
                byte[] frame = next.get();
                Optional<String> mistake = mistakeIn(sent, translation, frame);
                if (mistake.isEmpty() && !flows.add(flow(frame))) {
                    mistake = Optional.of("sent twice");
                }
                if (mistake.isEmpty() && !tuples.add(tuple(frame))) {
                    mistake = Optional.of("has another's addresses and ports: " + tuple(frame));
                }
                if (mistake.isPresent() && mistakes.size() < MAX_COMPLAINTS) {
                    mistakes.add("flow " + flow(frame) + ": " + mistake.get());
                }
            }
        }
        if (mistakes.isEmpty() && flows.size() != sent.flows()) {
            mistakes.add((sent.flows() - flows.size()) + " packets were not sent");
        }
        return mistakes;
    }

    private static int flow(byte[] frame) {
        return FrameTag.of(UdpFrame.payload(frame)).flow();
    }

    private static List<Integer> tuple(byte[] frame) {
        return List.of(
                UdpFrame.sourceAddress(frame),
                UdpFrame.sourcePort(frame),
                UdpFrame.destinationAddress(frame),
                UdpFrame.destinationPort(frame));
    }

    private static Optional<String> mistakeIn(
            NewConnections sent, Translation translation, byte[] frame) {
        int flow = frame.length == UdpFrame.FRAME_BYTES ? flow(frame) : -1;
        if (flow < 0 || flow >= sent.flows()) {
            return Optional.of("no frame of this pcap");
        }
        byte[] in = sent.frame(flow);
        if (!translation.allows(in, frame)) {
            return Optional.of("translated to " + tuple(frame));
        }
        byte[] expected =
                UdpFrame.build(
                        new Endpoint(
                                Workload.MAC_SET_SOURCE,
                                UdpFrame.sourceAddress(frame),
                                UdpFrame.sourcePort(frame)),
                        new Endpoint(
                                Workload.MAC_SET_DESTINATION,
                                UdpFrame.destinationAddress(frame),
                                UdpFrame.destinationPort(frame)),
                        UdpFrame.payload(in));
        int difference = Arrays.mismatch(expected, frame);
        return difference < 0
                ? Optional.empty()
                : Optional.of(
                        "byte %d is %02x, expected %02x"
                                .formatted(difference, frame[difference], expected[difference]));
    }
}
