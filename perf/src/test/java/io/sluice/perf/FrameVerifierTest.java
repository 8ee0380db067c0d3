package io.sluice.perf;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.sluice.perf.FrameVerifier.Outcome;
import io.sluice.perf.UdpFrame.Endpoint;
import io.sluice.perf.Workload.FrameTag;
import java.io.IOException;
import java.net.URISyntaxException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.List;
import java.util.function.Consumer;
import org.junit.jupiter.api.Test;

class FrameVerifierTest {
    private static final Workload ONE_WAY = new Workload(64, Traffic.ONE_WAY, 8);
    private static final Workload TWO_WAY = new Workload(64, Traffic.TWO_WAY, 8);

    @Test
    void framesThatOpenVswitchTranslatedAreRight() throws IOException, URISyntaxException {
        // Captured from Open vSwitch 3.1 under the workload's rules; it loses packets while it
        // starts.
        Outcome oneWay = FrameVerifier.verify(ONE_WAY, resource("ovs-one-way-64x8.pcap"));
        assertEquals(List.of(), oneWay.complaints());
        assertTrue(oneWay.everyFrameRight());
        assertEquals(oneWay.frames(), oneWay.framesOfBackend().stream().mapToLong(n -> n).sum());
        assertEquals(512 - oneWay.frames(), oneWay.missing());

        Outcome twoWay = FrameVerifier.verify(TWO_WAY, resource("ovs-two-way-64x8.pcap"));
        assertEquals(List.of(), twoWay.complaints());
        assertTrue(twoWay.everyFrameRight());
        long answers = twoWay.frames() - twoWay.framesOfBackend().getFirst();
        assertTrue(answers > 0, "answers are among them");
    }

    @Test
    void framesThatWereNotTranslatedAreWrong() {
        FrameVerifier verifier = new FrameVerifier(TWO_WAY);
        verifier.check(TWO_WAY.frame(new FrameTag(1, false, 0)));
        verifier.check(TWO_WAY.frame(new FrameTag(1, true, 0)));
        Outcome outcome = verifier.outcome();
        assertEquals(2, outcome.wrong());
        assertFalse(outcome.everyFrameRight());
        assertTrue(outcome.complaints().get(0).contains("192.0.2.10"), outcome.toString());
        assertTrue(outcome.complaints().get(1).contains("MAC"), outcome.toString());
    }

    @Test
    void nothingIsNotRight() {
        assertFalse(new FrameVerifier(ONE_WAY).outcome().everyFrameRight());
        assertEquals(512, new FrameVerifier(ONE_WAY).outcome().missing());
    }

    @Test
    void eachKindOfMistakeIsNamed() {
        assertComplaint("bytes long", f -> {}, new byte[59]);
        assertComplaint("wrong IPv4 checksum", f -> f[UdpFrame.IP + 10] ^= 1);
        assertComplaint("wrong UDP checksum", f -> f[UdpFrame.UDP + 6] ^= 1);
        assertComplaint("no UDP checksum", f -> ByteBuffer.wrap(f).putShort(40, (short) 0));
        assertComplaint("without options", f -> f[UdpFrame.IP] = 0x46);
        assertComplaint("payload is not one", fixed(f -> f[59] ^= 1));
        assertComplaint("payload is not one", fixed(f -> f[UdpFrame.PAYLOAD + 3] = 64));
        assertComplaint("destination MAC", f -> f[5] ^= 1);
        assertComplaint("source MAC", f -> f[11] ^= 1);
        assertComplaint("IPv4 header", fixed(f -> f[UdpFrame.IP + 8]--));
        assertComplaint("source address", fixed(f -> f[UdpFrame.IP + 15] ^= 1));
        assertComplaint("not in 10.0.0.11-10.0.0.14", fixed(f -> f[UdpFrame.IP + 19] = 15));
        assertComplaint("not in 10.0.0.11-10.0.0.14", fixed(f -> f[UdpFrame.IP + 19] = 10));
        assertComplaint("source port", fixed(f -> f[UdpFrame.UDP + 1] ^= 1));
        assertComplaint("destination port", fixed(f -> f[UdpFrame.UDP + 3] ^= 1));
    }

    @Test
    void aConnectionThatChangesItsBackendIsWrong() {
        assertEquals(0, sendInTurn(12, 0, 12, 1).wrong());
        Outcome outcome = sendInTurn(12, 0, 13, 1);
        assertEquals(1, outcome.wrong());
        assertTrue(outcome.complaints().getFirst().contains("moved"), outcome.toString());
    }

    @Test
    void repeatedAndReorderedFramesAreWrong() {
        assertTrue(sendInTurn(12, 3, 12, 3).complaints().getFirst().contains("sent twice"));
        assertTrue(sendInTurn(12, 3, 12, 2).complaints().getFirst().contains("out of order"));
    }

    @Test
    void complaintsAreFewButAllAreCounted() {
        FrameVerifier verifier = new FrameVerifier(ONE_WAY);
        for (int i = 0; i < 100; i++) {
            verifier.check(new byte[60]);
        }
        assertEquals(100, verifier.outcome().wrong());
        assertEquals(10, verifier.outcome().complaints().size());
    }

    private static Outcome sendInTurn(int backend, int pass, int nextBackend, int nextPass) {
        FrameVerifier verifier = new FrameVerifier(ONE_WAY);
        verifier.check(translated(9, pass, backend));
        verifier.check(translated(9, nextPass, nextBackend));
        return verifier.outcome();
    }

    private static byte[] translated(int flow, int pass, int backend) {
        Endpoint client = ONE_WAY.client(flow);
        return UdpFrame.build(
                new Endpoint(Workload.MAC_SET_SOURCE, client.address(), client.port()),
                new Endpoint(Workload.MAC_SET_DESTINATION, 0x0a000000 + backend, 80),
                new FrameTag(flow, false, pass).payload());
    }

    /** A change after which the checksums are made right again. */
    private static Consumer<byte[]> fixed(Consumer<byte[]> change) {
        return change.andThen(UdpFrame::writeChecksums);
    }

    private static void assertComplaint(String expected, Consumer<byte[]> change) {
        assertComplaint(expected, change, translated(5, 0, 11));
    }

    private static void assertComplaint(String expected, Consumer<byte[]> change, byte[] frame) {
        FrameVerifier verifier = new FrameVerifier(ONE_WAY);
        change.accept(frame);
        verifier.check(frame);
        assertEquals(1, verifier.outcome().wrong(), expected);
        String complaint = verifier.outcome().complaints().getFirst();
        assertTrue(complaint.contains(expected), complaint);
    }

    private static Path resource(String name) throws URISyntaxException {
        return Path.of(FrameVerifierTest.class.getResource(name).toURI());
    }
}
