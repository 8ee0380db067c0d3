package io.sluice.fastpath;

import io.sluice.dpdk.Mbuf;
import io.sluice.dpdk.Mempool;
import io.sluice.packet.Checksum;
import io.sluice.packet.Ethernet;
import io.sluice.packet.Icmp;
import io.sluice.packet.Icmpv6;
import io.sluice.packet.Ipv4;
import io.sluice.packet.Ipv6;
import io.sluice.packet.Memory;
import io.sluice.packet.Vlan;

/**
 * Makes the answer to a packet whose time to live is over: ICMP or ICMPv6 "time exceeded" (RFC 792,
 * RFC 4443 section 3.3), with as much of the packet as these allow. Nothing answers errors, later
 * fragments, and what was sent to or comes from many (RFC 1122 section 3.2.2), and no more than
 * {@link #PER_SECOND} packets are answered. Used by the worker's thread.
 */
final class TimeExceeded {
    /** Answers of a worker in a second. */
    static final int PER_SECOND = 1000;

    /** Instead of an answer: a flood of such packets is not to go up to control either. */
    static final long OVER_RATE = -1;

    private static final int NONE = 0;
    private static final int ICMP_HEADER = 8;
    private static final int TTL = 64;
    // RFC 1812 section 4.3.2.3 and RFC 4443 section 2.4 (c): the answer's IP packet.
    private static final int MAX_IPV4 = 576;
    private static final int MAX_IPV6 = 1280;
    private static final int VERSION_6 = 0x60000000;

    private final TimeExceededSource source;
    private final Mempool pool;
    private int secondStartMs;
    private int answered;

    TimeExceeded(TimeExceededSource source, Mempool pool) {
        this.source = source;
        this.pool = pool;
    }

    /**
     * The answer's mbuf, to be sent where the packet came from.
     *
     * @return 0: there is none; {@link #OVER_RATE}: there were enough
     */
    long answer(SlowPacket packet, int nowMs) {
        if (!mayBeAnswered(packet)) {
            return NONE;
        }
        if (!isWithinRate(nowMs)) {
            return OVER_RATE;
        }
        boolean six = packet.headers.network == Headers.Network.IPV6;
        int ipHeader = six ? Ipv6.HEADER_LENGTH : Ipv4.MIN_HEADER_LENGTH;
        int front = ipHeader + ICMP_HEADER;
        int linkBytes = (int) (packet.headers.networkAt - packet.frame);
        int contiguous = Memory.getShort(packet.mbuf + Mbuf.DATA_LEN) - linkBytes;
        int whole = Math.min(contiguous, packet.ipBytes);
        int quoted = Math.min(whole, (six ? MAX_IPV6 : MAX_IPV4) - front);
        long mbuf = Mbuf.alloc(pool);
        if (mbuf == 0) {
            return NONE;
        }
        long frame = Mbuf.append(mbuf, linkBytes + front + quoted);
        if (frame == 0) {
            Mbuf.free(mbuf);
            return NONE;
        }
        writeLink(packet, frame, linkBytes);
        long ip = frame + linkBytes;
        Memory.copy(packet.headers.networkAt, ip + front, quoted);
        if (six) {
            writeIpv6(packet, ip, ICMP_HEADER + quoted);
        } else {
            writeIpv4(packet, ip, ICMP_HEADER + quoted);
        }
        return mbuf;
    }

    private boolean isWithinRate(int nowMs) {
        if (nowMs - secondStartMs >= 1000) {
            secondStartMs = nowMs;
            answered = 0;
        }
        return answered++ < PER_SECOND;
    }

    private boolean mayBeAnswered(SlowPacket packet) {
        long[] key = packet.key;
        // Once the frame has changes of the flows, it does not say any more who sent it.
        if (packet.isFrameChanged() || !isEthernetTwo(packet)) {
            return false;
        }
        if (Ethernet.isGroup(Ethernet.getMac(packet.frame + Ethernet.DST))
                || (Field.NW_FRAG.get(key) & Field.FRAG_LATER) != 0) {
            return false;
        }
        long ip = packet.headers.networkAt;
        return switch (packet.headers.network) {
            case IPV4 ->
                    source.hasIpv4()
                            && isOneHost(Memory.getIntBe(ip + Ipv4.SRC))
                            && isOneHost(Memory.getIntBe(ip + Ipv4.DST))
                            && !isIcmpError(packet);
            case IPV6 ->
                    source.hasIpv6()
                            && isOneHost6(ip + Ipv6.SRC)
                            && isOneHost6(ip + Ipv6.DST)
                            && !isIcmpv6Error(packet);
            default -> false;
        };
    }

    /** No LLC header, whose length would be another one in the answer. */
    private static boolean isEthernetTwo(SlowPacket packet) {
        long type = packet.frame + Ethernet.TYPE;
        while (Vlan.isTag(Memory.getShortBe(type)) && type < packet.headers.networkAt) {
            type += Vlan.LENGTH;
        }
        return type + Short.BYTES == packet.headers.networkAt;
    }

    /** Not "this host", loopback, multicast, reserved or the broadcast to all. */
    private static boolean isOneHost(int address) {
        int first = address >>> 24;
        return first != 0 && first != 127 && first < 224;
    }

    private static boolean isOneHost6(long address) {
        boolean unspecified =
                Memory.getLong(address) == 0 && Memory.getLong(address + Long.BYTES) == 0;
        return !unspecified && Memory.getByte(address) != 0xFF;
    }

    private static boolean isIcmpError(SlowPacket packet) {
        return packet.protocol == Ipv4.PROTO_ICMP
                && Icmp.inverseType((int) Field.TP_SRC.get(packet.key)) < 0;
    }

    private static boolean isIcmpv6Error(SlowPacket packet) {
        return packet.protocol == Ipv4.PROTO_ICMPV6 && Field.TP_SRC.get(packet.key) < Icmpv6.ECHO;
    }

    /** The packet's Ethernet header and tags, with its addresses exchanged. */
    private static void writeLink(SlowPacket packet, long frame, int linkBytes) {
        Memory.copy(packet.frame, frame, linkBytes);
        Ethernet.putMac(frame + Ethernet.DST, Ethernet.getMac(packet.frame + Ethernet.SRC));
        Ethernet.putMac(frame + Ethernet.SRC, Ethernet.getMac(packet.frame + Ethernet.DST));
    }

    private void writeIpv4(SlowPacket packet, long ip, int icmpBytes) {
        Memory.zero(ip, Ipv4.MIN_HEADER_LENGTH + ICMP_HEADER);
        Memory.putByte(ip + Ipv4.VERSION_IHL, 0x45);
        Memory.putShortBe(ip + Ipv4.TOTAL_LENGTH, Ipv4.MIN_HEADER_LENGTH + icmpBytes);
        Memory.putByte(ip + Ipv4.TTL, TTL);
        Memory.putByte(ip + Ipv4.PROTOCOL, Ipv4.PROTO_ICMP);
        Memory.putIntBe(ip + Ipv4.SRC, source.ipv4());
        Memory.putInt(ip + Ipv4.DST, Memory.getInt(packet.headers.networkAt + Ipv4.SRC));
        int sum = Checksum.sum(ip, Ipv4.MIN_HEADER_LENGTH);
        Memory.putShort(ip + Ipv4.CHECKSUM, ~sum & 0xFFFF);
        long icmp = ip + Ipv4.MIN_HEADER_LENGTH;
        Memory.putByte(icmp + Icmp.TYPE, Icmp.TIME_EXCEEDED);
        Memory.putShort(icmp + Icmp.CHECKSUM, ~Checksum.sum(icmp, icmpBytes) & 0xFFFF);
    }

    private void writeIpv6(SlowPacket packet, long ip, int icmpBytes) {
        Memory.zero(ip, Ipv6.HEADER_LENGTH + ICMP_HEADER);
        Memory.putIntBe(ip + Ipv6.VERSION_CLASS_LABEL, VERSION_6);
        Memory.putShortBe(ip + Ipv6.PAYLOAD_LENGTH, icmpBytes);
        Memory.putByte(ip + Ipv6.NEXT_HEADER, Ipv4.PROTO_ICMPV6);
        Memory.putByte(ip + Ipv6.HOP_LIMIT, TTL);
        Memory.putLong(ip + Ipv6.SRC, Long.reverseBytes(source.ipv6High()));
        Memory.putLong(ip + Ipv6.SRC + Long.BYTES, Long.reverseBytes(source.ipv6Low()));
        Memory.copy(packet.headers.networkAt + Ipv6.SRC, ip + Ipv6.DST, 2 * Long.BYTES);
        long icmp = ip + Ipv6.HEADER_LENGTH;
        Memory.putByte(icmp + Icmpv6.TYPE, Icmpv6.TIME_EXCEEDED);
        long sum = Checksum.sum(icmp, icmpBytes);
        sum += Checksum.sum(ip + Ipv6.SRC, 4 * Long.BYTES);
        // The pseudo header's length and next header (RFC 8200 section 8.1), swapped as loaded.
        sum += Short.reverseBytes((short) icmpBytes) & 0xFFFF;
        sum += Short.reverseBytes((short) Ipv4.PROTO_ICMPV6) & 0xFFFF;
        Memory.putShort(icmp + Icmpv6.CHECKSUM, ~Checksum.fold(sum) & 0xFFFF);
    }
}
