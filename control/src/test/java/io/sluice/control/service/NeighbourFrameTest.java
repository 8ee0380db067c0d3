package io.sluice.control.service;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.sluice.packet.IpAddress;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class NeighbourFrameTest {
    private static final long MAC = 0x020000000001L;
    private static final long OTHER = 0x020000000002L;
    private static final IpAddress OWN = IpAddress.parse("10.0.0.1");
    private static final IpAddress PEER = IpAddress.parse("10.0.0.11");
    private static final IpAddress OWN_6 = IpAddress.parse("fd00::1");
    private static final IpAddress PEER_6 = IpAddress.parse("fd00::11:2233");

    private static String hex(byte[] frame) {
        return HexFormat.of().formatHex(frame);
    }

    @Test
    void arpAsksAsRfc826Says() {
        assertEquals(
                "ffffffffffff"
                        + "020000000001"
                        + "0806"
                        + "0001080006040001"
                        + "0200000000010a000001"
                        + "0000000000000a00000b",
                hex(NeighbourFrame.request(MAC, OWN, PEER, NeighbourFrame.BROADCAST)));
        assertEquals(
                "020000000002",
                hex(NeighbourFrame.request(MAC, OWN, PEER, OTHER)).substring(0, 12),
                "a known neighbour is asked alone");
    }

    /** The checksum was computed by hand: RFC 8200 section 8.1. */
    @Test
    void neighbourDiscoveryAsksTheSolicitedNodeGroup() {
        byte[] frame = NeighbourFrame.request(MAC, OWN_6, PEER_6, NeighbourFrame.BROADCAST);
        assertEquals("3333ff112233" + "020000000001" + "86dd", hex(frame).substring(0, 28));
        assertEquals(
                "6000000000203aff"
                        + "fd000000000000000000000000000001"
                        + "ff0200000000000000000001ff112233",
                hex(frame).substring(28, 108));
        assertEquals(0, NeighbourFrame.checksum(java.nio.ByteBuffer.wrap(frame), 32));
        assertEquals(
                "00000000fd0000000000000000000000001122330101020000000001",
                hex(frame).substring(116));
    }

    @Test
    void whatIsAskedIsReadAndAnswered() {
        for (boolean ipv6 : new boolean[] {false, true}) {
            IpAddress asker = ipv6 ? PEER_6 : PEER;
            IpAddress asked = ipv6 ? OWN_6 : OWN;
            NeighbourNews question =
                    NeighbourNews.read(
                                    NeighbourFrame.request(
                                            OTHER, asker, asked, NeighbourFrame.BROADCAST))
                            .orElseThrow();
            assertEquals(new NeighbourNews(true, asker, OTHER, asked, OTHER), question);
            byte[] answer = NeighbourFrame.answer(MAC, asked, question);
            assertEquals("020000000002", hex(answer).substring(0, 12));
            NeighbourNews news = NeighbourNews.read(answer).orElseThrow();
            assertEquals(MAC, news.mac());
            assertEquals(asked, news.sender());
            assertEquals(false, news.isQuestion());
        }
    }

    /** RFC 4861 section 7.2.4: an unspecified source is answered to all nodes. */
    @Test
    void duplicateAddressDetectionIsAnsweredToAll() {
        NeighbourNews probe =
                new NeighbourNews(true, IpAddress.parse("::"), NeighbourNews.NO_MAC, OWN_6, OTHER);
        byte[] answer = NeighbourFrame.answer(MAC, OWN_6, probe);
        assertEquals("333300000001", hex(answer).substring(0, 12));
        assertEquals("ff020000000000000000000000000001", hex(answer).substring(76, 108));
    }

    @Test
    void whatWasCutShortOrChangedIsNotBelieved() {
        byte[] right = NeighbourFrame.request(MAC, OWN_6, PEER_6, NeighbourFrame.BROADCAST);
        assertTrue(NeighbourNews.read(right).isPresent());
        for (int length = 0; length < right.length; length++) {
            assertEquals(Optional.empty(), NeighbourNews.read(Arrays.copyOf(right, length)));
        }
        // Behind the Ethernet header, the flow label and the hop limit, all is in the checksum.
        for (int at = 22; at < right.length; at++) {
            byte[] wrong = right.clone();
            wrong[at] ^= 0x10;
            assertEquals(Optional.empty(), NeighbourNews.read(wrong), "byte " + at);
        }
        byte[] passedOn = right.clone();
        passedOn[21] = (byte) 254;
        assertEquals(Optional.empty(), NeighbourNews.read(passedOn), "hop limit");
        byte[] arp = NeighbourFrame.request(MAC, OWN, PEER, NeighbourFrame.BROADCAST);
        for (int length = 0; length < arp.length; length++) {
            assertEquals(Optional.empty(), NeighbourNews.read(Arrays.copyOf(arp, length)));
        }
        byte[] fromGroup = NeighbourFrame.request(0x030000000001L, OWN, PEER, MAC);
        assertEquals(Optional.empty(), NeighbourNews.read(fromGroup));
    }
}
