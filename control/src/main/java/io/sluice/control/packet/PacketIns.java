package io.sluice.control.packet;

import io.sluice.control.socket.Answer;
import io.sluice.control.socket.AnswerStream;
import io.sluice.fastpath.Upcall;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/** Deals packets that flows sent up out to whoever reads {@code packet/in}. */
public final class PacketIns {
    /** Each takes time of the control thread for every packet. */
    static final int MAX_READERS = 16;

    /** In which form a reader wants them. */
    private record Reader(AnswerStream stream, boolean json) {
        void offer(PacketIn packet) {
            // Written on the reader's own thread.
            stream.offer(
                    json
                            ? out -> out.writePOJO(PacketInFormat.json(packet))
                            : out -> out.writeString(PacketInFormat.line(packet) + "\n"));
        }
    }

    private final Set<Reader> readers = ConcurrentHashMap.newKeySet();

    /**
     * Begins a stream; any thread.
     *
     * @throws IllegalStateException when too many read already
     */
    public AnswerStream open(boolean json) {
        AnswerStream stream =
                new AnswerStream(
                        json
                                ? lost -> Answer.json(PacketInFormat.lossJson(lost))
                                : lost -> Answer.text(PacketInFormat.loss(lost) + "\n"),
                        closed -> readers.removeIf(reader -> reader.stream() == closed));
        synchronized (this) {
            if (readers.size() >= MAX_READERS) {
                throw new IllegalStateException(
                        "%d clients read packet/in, and no more may: each is given every packet"
                                .formatted(MAX_READERS));
            }
            readers.add(new Reader(stream, json));
        }
        return stream;
    }

    /** Control thread; the upcall may be used again after it. */
    public void deal(Upcall upcall) {
        if (!readers.isEmpty()) {
            PacketIn packet = new PacketIn(upcall);
            readers.forEach(reader -> reader.offer(packet));
        }
    }

    /** So many were lost on their way from the workers; control thread. */
    public void dealLoss(long packets) {
        readers.forEach(reader -> reader.stream().addLost(packets));
    }
}
