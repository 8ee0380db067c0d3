package io.sluice.fastpath;

import io.sluice.packet.FrameBuilder;
import io.sluice.packet.Icmp;
import io.sluice.packet.Icmpv6;
import io.sluice.packet.Ipv6;
import io.sluice.packet.Vlan;
import java.util.Random;

/**
 * Whole frames of every kind that has fields. One random source decides which headers there are,
 * and how long they are, and another what is in the fields: so there are frames that only differ in
 * fields, whose checksums were computed from scratch.
 */
final class RandomFrames {
    private static final int MAX_TAGS = 2;

    private RandomFrames() {}

    static byte[] frame(Random shape, Random values) {
        return frame(shape, values, shape.nextInt(MAX_TAGS + 1));
    }

    static byte[] frame(Random shape, Random values, int tags) {
        FrameBuilder builder =
                new FrameBuilder()
                        .eth(values.nextLong() >>> 16, values.nextLong() >>> 16)
                        .ports(values.nextInt(0x10000), values.nextInt(0x10000))
                        .ttl(values.nextInt(256))
                        .tos(values.nextInt(256))
                        .tcpFlags(shape.nextInt(0x1000))
                        .sequence(shape.nextInt(), shape.nextInt());
        for (int i = 0; i < tags; i++) {
            int tpid = shape.nextBoolean() ? Vlan.TPID_CUSTOMER : Vlan.TPID_SERVICE;
            builder.vlan(tpid, values.nextInt(0x10000) & ~Vlan.DROP_ELIGIBLE);
        }
        byte[] payload = new byte[shape.nextInt(120)];
        shape.nextBytes(payload);
        builder.payload(payload);
        return switch (shape.nextInt(5)) {
            case 0, 1 -> ipv4(builder, shape, values);
            case 2, 3 -> ipv6(builder, shape, values);
            default -> arp(builder, shape, values);
        };
    }

    private static byte[] arp(FrameBuilder builder, Random shape, Random values) {
        builder.ip(values.nextInt(), values.nextInt());
        int operation = 2 + values.nextInt(200);
        return shape.nextBoolean() ? builder.arp(operation) : builder.rarp(operation);
    }

    private static byte[] ipv4(FrameBuilder builder, Random shape, Random values) {
        builder.ip(values.nextInt(), values.nextInt());
        byte[] options = new byte[shape.nextBoolean() ? 0 : shape.nextInt(41)];
        shape.nextBytes(options);
        builder.options(options).fragment(shape.nextBoolean() ? 0x4000 : 0);
        return switch (shape.nextInt(6)) {
            case 0 -> builder.icmpType(Icmp.ECHO).icmpCode(values.nextInt(256)).icmp();
            case 1 -> builder.ipv4(47, new byte[shape.nextInt(30)]);
            default -> withPorts(builder, shape);
        };
    }

    private static byte[] withPorts(FrameBuilder builder, Random shape) {
        return switch (shape.nextInt(4)) {
            case 0 -> builder.withoutUdpChecksum().udp();
            case 1 -> builder.udp();
            case 2 -> builder.sctp();
            default -> builder.tcp();
        };
    }

    private static byte[] ipv6(FrameBuilder builder, Random shape, Random values) {
        builder.ipv6(values.nextLong(), values.nextLong(), values.nextLong(), values.nextLong());
        builder.label(values.nextInt(1 << 20));
        addExtensions(builder, shape);
        return switch (shape.nextInt(6)) {
            case 0 ->
                    // No field has the identifier.
                    builder.icmpType(Icmpv6.ECHO + values.nextInt(2))
                            .ports(shape.nextInt(0x10000), 0)
                            .icmpv6();
            case 1 -> builder.ip(Ipv6.NEXT_NONE, new byte[0]);
            case 2 -> neighborDiscovery(builder, shape, values);
            default -> withPorts(builder, shape);
        };
    }

    private static void addExtensions(FrameBuilder builder, Random shape) {
        int[] types = {
            Ipv6.NEXT_HOP_BY_HOP,
            Ipv6.NEXT_DESTINATION,
            Ipv6.NEXT_ROUTING,
            Ipv6.NEXT_AUTHENTICATION,
            Ipv6.NEXT_FRAGMENT
        };
        for (int count = Math.max(0, shape.nextInt(6) - 2); count > 0; count--) {
            int type = types[shape.nextInt(types.length)];
            if (type == Ipv6.NEXT_ROUTING && shape.nextBoolean()) {
                builder.finalDestination(shape.nextLong(), shape.nextLong());
                builder.extension(type, new byte[] {0, 1, 0, 0, 0, 0});
            } else if (type == Ipv6.NEXT_FRAGMENT) {
                // Not a part of anything: the whole packet is in it.
                builder.fragmentHeader(0);
            } else {
                builder.extension(type, new byte[2 + 8 * shape.nextInt(4)]);
            }
        }
    }

    private static byte[] neighborDiscovery(FrameBuilder builder, Random shape, Random values) {
        int type =
                shape.nextBoolean() ? Icmpv6.NEIGHBOR_SOLICITATION : Icmpv6.NEIGHBOR_ADVERTISEMENT;
        long source = shape.nextBoolean() ? values.nextLong() >>> 16 : FrameBuilder.NO_LINK;
        long target = shape.nextBoolean() ? values.nextLong() >>> 16 : FrameBuilder.NO_LINK;
        return builder.icmpType(type)
                .linkOptions(source, target)
                .neighborDiscovery(values.nextLong(), values.nextLong());
    }
}
