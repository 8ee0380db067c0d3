package io.sluice.control.differential;

import static io.sluice.control.differential.Hosts.CLIENT;

import io.sluice.packet.Ipv4;
import io.sluice.packet.Sctp;
import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.zip.CRC32C;

/** Makes the packets of SCTP associations between two ends, one after the other. */
final class SctpTalk {
    /** Chunks by letter: {@code I} INIT, {@code K} INIT ACK, and so on; U is of no known type. */
    static final String LETTERS = "DIKSHhAXYREC??ZU";

    private static final int UNKNOWN = 192;
    private static final int BODY_BYTES = 4;

    /** Which verification tag a packet carries. */
    enum Tag {
        /** That of its receiver; 0 with INIT. */
        RIGHT,
        /** That of its sender. */
        OWN,
        ZERO,
        OTHER
    }

    private final Hosts hosts;
    private final Random random;
    private final int dscp;
    private final int[] ports;
    private final List<Packet> packets = new ArrayList<>();
    private final int[] tags = new int[2];

    SctpTalk(Hosts hosts, Random random, int dscp) {
        this.hosts = hosts;
        this.random = random;
        this.dscp = dscp;
        ports = new int[] {1024 + random.nextInt(60000), 1 + random.nextInt(1023)};
        reopen();
    }

    List<Packet> packets() {
        return packets;
    }

    /** Both ends choose other tags. */
    void reopen() {
        tags[0] = random.nextInt() | 1;
        tags[1] = random.nextInt() | 2;
    }

    /** Packets with right tags; {@code >ED} is COOKIE ECHO with DATA, from the client. */
    SctpTalk script(String words) {
        for (String word : TcpTalk.words(words)) {
            int from = TcpTalk.isFromClient(word) ? CLIENT : 1 - CLIENT;
            send(from, word.substring(1), Tag.RIGHT, false);
        }
        return this;
    }

    void repeat() {
        if (!packets.isEmpty()) {
            packets.add(packets.get(random.nextInt(packets.size())));
        }
    }

    void sendAny() {
        int count = random.nextInt(3) == 0 ? 2 : 1;
        StringBuilder chunks = new StringBuilder();
        for (int i = 0; i < count; i++) {
            char letter = LETTERS.charAt(random.nextInt(LETTERS.length()));
            chunks.append(letter == '?' ? 'H' : letter);
        }
        // A heartbeat with a strange tag leaves Netfilter's timeout as it was, even if another
        // chunk of the packet moves the state: docs/differences.md.
        String sent = count == 2 && chunks.indexOf("H") >= 0 ? "HD" : chunks.toString();
        Tag tag = random.nextInt(4) != 0 ? Tag.RIGHT : Tag.values()[random.nextInt(4)];
        send(random.nextInt(2), sent, tag, random.nextInt(6) == 0);
    }

    /**
     * @param chunks by letter
     * @param flagT whether the first chunk has the flag T
     */
    void send(int from, String chunks, Tag which, boolean flagT) {
        int tag =
                switch (which) {
                    case RIGHT -> chunks.startsWith("I") ? 0 : tags[1 - from];
                    case OWN -> tags[from];
                    case ZERO -> 0;
                    case OTHER -> 0x12345678;
                };
        ByteArrayOutputStream packet = new ByteArrayOutputStream();
        ByteBuffer header = ByteBuffer.allocate(Sctp.HEADER_LENGTH);
        header.putShort((short) ports[from]).putShort((short) ports[1 - from]).putInt(tag);
        packet.writeBytes(header.array());
        for (int i = 0; i < chunks.length(); i++) {
            packet.writeBytes(chunk(chunks.charAt(i), flagT && i == 0, tags[from]));
        }
        byte[] bytes = packet.toByteArray();
        CRC32C crc = new CRC32C();
        crc.update(bytes);
        ByteBuffer.wrap(bytes).putInt(Sctp.CHECKSUM, Integer.reverseBytes((int) crc.getValue()));
        String what = "sctp %s%s tag %s".formatted(chunks, flagT ? " T" : "", which);
        packets.add(
                hosts.packet(
                        from,
                        dscp,
                        random.nextInt(20) == 0,
                        Ipv4.PROTO_SCTP,
                        bytes,
                        ",sport=%d,dport=%d".formatted(ports[from], ports[1 - from]),
                        what));
    }

    /**
     * A chunk.
     *
     * @param initTag what INIT and INIT ACK carry: the tag of packets to their sender
     */
    static byte[] chunk(char letter, boolean flagT, int initTag) {
        int type = letter == 'U' ? UNKNOWN : LETTERS.indexOf(letter);
        boolean init = type == Sctp.INIT || type == Sctp.INIT_ACK;
        int lengthBytes = init ? Sctp.INIT_LENGTH : Sctp.CHUNK_HEADER_LENGTH + BODY_BYTES;
        ByteBuffer chunk = ByteBuffer.allocate(lengthBytes);
        chunk.put((byte) type).put((byte) (flagT ? Sctp.FLAG_T : 0)).putShort((short) lengthBytes);
        return chunk.putInt(init ? initTag : 0).array();
    }
}
