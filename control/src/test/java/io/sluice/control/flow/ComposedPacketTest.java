package io.sluice.control.flow;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.sluice.control.text.Span;
import io.sluice.fastpath.PacketComposer;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.HexFormat;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Packets from match syntax, against those of {@code ovs-ofctl} where it is installed. */
class ComposedPacketTest {
    private static final PortNames PORTS = PortNames.of(Map.of());

    private static String compose(String match) {
        long[] key = PacketText.read(Span.of(match), PORTS).key();
        return HexFormat.of().formatHex(PacketComposer.compose(key, Optional.empty()));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "tcp,nw_src=10.0.0.1,nw_dst=10.0.0.2,nw_ttl=64,tp_src=1,tp_dst=80,tcp_flags=syn",
                "tcp,nw_src=10.0.0.1,nw_tos=40,nw_ecn=2,tp_dst=80,tcp_flags=ack",
                "tcp,tcp_flags=psh|ack,nw_frag=first",
                "udp,dl_src=02:00:00:00:00:01,dl_dst=ff:ff:ff:ff:ff:ff,udp_src=7,udp_dst=9",
                "udp,nw_frag=later",
                "icmp,icmp_type=8,icmp_code=0",
                "icmp,icmp_type=3,icmp_code=1,nw_ttl=1",
                "ip,nw_proto=99",
                "ip",
                "ip,dl_vlan=5,dl_vlan_pcp=3",
                "tcp6,ipv6_src=fe80::1,ipv6_dst=fe80::2,tcp_dst=80,ipv6_label=0x12345",
                "udp6,ipv6_src=2001:db8::1,udp_dst=53,nw_tos=32,nw_ttl=9",
                "icmp6,icmpv6_type=128,icmpv6_code=0",
                "icmp6,icmpv6_type=1,icmpv6_code=4",
                "icmp6,icmpv6_type=135,icmpv6_code=0,nd_target=fe80::1,nd_sll=00:11:22:33:44:55",
                "icmp6,icmpv6_type=136,icmpv6_code=0,nd_target=fe80::1,nd_tll=00:11:22:33:44:55",
                "icmp6,icmpv6_type=135,icmpv6_code=0,nd_target=fe80::1",
                "ipv6",
                "arp,arp_op=2,arp_spa=1.2.3.4,arp_sha=00:11:22:33:44:55,arp_tha=00:11:22:33:44:66",
                "rarp,arp_op=1,arp_tpa=1.2.3.4",
                "dl_type=0x88cc,dl_vlan=3",
                "dl_type=0x1234"
            })
    void isTheOneThatOpenVSwitchMakes(String match) throws IOException, InterruptedException {
        assumeTrue(OpenVSwitchTest.isInstalled(), "ovs-ofctl is not installed");
        Process process =
                new ProcessBuilder("ovs-ofctl", "compose-packet", match)
                        .redirectError(ProcessBuilder.Redirect.DISCARD)
                        .start();
        String dump =
                new String(process.getInputStream().readAllBytes(), StandardCharsets.US_ASCII);
        process.waitFor();
        String theirs =
                dump.replaceAll("(?m)^[0-9a-f]{8}  |^[^0].*$", "").replaceAll("[^0-9a-f]", "");
        assertEquals(theirs, compose(match));
    }

    /** Open vSwitch leaves the checksum out, and the chunk that begins an association. */
    @Test
    void sctpHasItsChecksumAndInit() {
        assertEquals(
                "0001000200000000" + "0c169389" + "0100001400000001" + "0".repeat(24),
                compose("sctp,sctp_src=1,sctp_dst=2").substring(2 * 34));
    }
}
