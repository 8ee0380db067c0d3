package io.sluice.control.differential;

import java.io.IOException;
import java.util.List;

/** One of the two that are compared. */
interface Tracking extends AutoCloseable {
    /** Sends the packets one after the other. */
    List<Answer> send(List<Packet> packets) throws IOException;

    /** All connections. */
    List<Answer.Tracked> dump() throws IOException;

    /** Ends all connections. */
    void flush() throws IOException;

    @Override
    void close() throws IOException;
}
