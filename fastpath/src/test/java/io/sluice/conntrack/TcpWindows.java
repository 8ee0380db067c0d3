package io.sluice.conntrack;

import java.util.ArrayList;
import java.util.List;

/** Shows what the table knows of TCP windows, which no dump shows. */
public final class TcpWindows {
    private TcpWindows() {}

    /** A line for each live TCP connection, sorted. */
    public static List<String> of(ConnTable table, int nowMs) {
        List<String> lines = new ArrayList<>();
        TcpConnection tcp = new TcpConnection();
        for (int record = 0; record < table.pool().everUsed(); record++) {
            Connection connection = new ConnReader(table).read(record << 1, nowMs);
            if (connection != null && connection.proto() == 6) {
                tcp.load(table, record << 1);
                lines.add(connection.zone() + " " + connection.original() + " " + text(tcp));
            }
        }
        lines.sort(null);
        return lines;
    }

    private static String text(TcpConnection tcp) {
        StringBuilder text = new StringBuilder(Integer.toHexString(tcp.word));
        for (int direction = 0; direction < 2; direction++) {
            text.append(" end ").append(tcp.end[direction]);
            text.append(" max end ").append(tcp.maxEnd[direction]);
            text.append(" window ").append(tcp.window[direction]);
            text.append(" ack ").append(tcp.maxAck[direction]);
        }
        return text.append(" last ").append(tcp.lastDirection).toString();
    }
}
