package io.sluice.control.event;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.sluice.conntrack.EventType;
import io.sluice.control.connection.EventFilterText;
import io.sluice.control.socket.AnswerStream;
import io.sluice.control.socket.StreamReader;
import io.sluice.packet.IpAddress;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

/** Events on their way from a table to readers. */
class EventFeedTest {
    private static final int RING = 1 << 14;

    private static AnswerStream open(EventFeed feed, String filter, boolean json) {
        return feed.open(EventFilterText.read(filter, EnumSet.allOf(EventType.class)), json);
    }

    @Test
    void readersGetWhatTheirFilterTakes() throws Exception {
        try (TableMaker maker = new TableMaker()) {
            EventFeed feed = new EventFeed(maker.table.events(), maker::clockMs, Optional.empty());
            AnswerStream lines = open(feed, "type=destroy mark=2", false);
            AnswerStream json = open(feed, "type=new,destroy,zone=5,sport=3", true);
            maker.make(1, 4);
            maker.sleep(1500);
            maker.endAll();
            feed.start();
            assertEquals(
                    List.of(
                            "\"[DESTROY] udp,orig=(src=10.0.0.1,dst=192.0.2.1,sport=2,dport=53,"
                                    + "packets=1,bytes=60),reply=(src=192.0.2.1,dst=10.0.0.1,"
                                    + "sport=53,dport=2,packets=0,bytes=0),zone=5,mark=2,"
                                    + "duration=0.000,reason=flush\\n\""),
                    StreamReader.take(lines, 1));
            List<String> objects = StreamReader.take(json, 2);
            assertTrue(objects.get(0).contains("\"type\":\"new\""), objects::toString);
            assertTrue(
                    objects.get(1)
                            .matches(
                                    ".*\"sport\":3,\"dport\":53,\"packets\":1,\"bytes\":60\\}.*"
                                            + "\"type\":\"destroy\",\"time_unix_ms\":\\d+,"
                                            + "\"start_unix_ms\":\\d+,\"duration_ms\":0,"
                                            + "\"reason\":\"flush\"\\}"),
                    objects::toString);
            assertEquals(2, feed.readers());
            lines.close();
            json.close();
            assertEquals(0, feed.readers());
            long before = maker.table.events().written(EventType.NEW);
            maker.make(1, 4);
            assertEquals(before, maker.table.events().written(EventType.NEW), "nobody listens");
            feed.close();
        }
    }

    @Test
    void portBlocksAreToldAmongConnections() throws Exception {
        IpAddress client = IpAddress.parse("10.0.0.1");
        IpAddress outside = IpAddress.parse("203.0.113.1");
        IpAddress ipv6 = IpAddress.parse("fd00::1");
        try (TableMaker maker = new TableMaker()) {
            EventFeed feed = new EventFeed(maker.table.events(), maker::clockMs, Optional.empty());
            AnswerStream lines = open(feed, "", false);
            AnswerStream json = open(feed, "type=block-allocated,block-released,src=fd00::1", true);
            AnswerStream connections = open(feed, "proto=udp", false);
            maker.tellBlock(EventType.BLOCK_ALLOCATED, client, outside, 1024, 512);
            maker.make(7, 1);
            maker.tellBlock(
                    EventType.BLOCK_ALLOCATED, ipv6, IpAddress.parse("2001:db8::1"), 2048, 64);
            maker.tellBlock(
                    EventType.BLOCK_RELEASED, ipv6, IpAddress.parse("2001:db8::1"), 2048, 64);
            maker.tellBlock(EventType.BLOCK_RELEASED, client, outside, 1024, 512);
            feed.start();
            List<String> all = StreamReader.take(lines, 5);
            assertEquals(
                    "\"[BLOCK-ALLOCATED] client=10.0.0.1,outside=203.0.113.1,"
                            + "ports=1024-1535,zone=5\\n\"",
                    all.getFirst());
            assertTrue(all.get(1).startsWith("\"[NEW] udp,"), all::toString);
            assertEquals(
                    "\"[BLOCK-RELEASED] client=fd00::1,outside=2001:db8::1,"
                            + "ports=2048-2111,zone=5\\n\"",
                    all.get(3));
            List<String> objects = StreamReader.take(json, 2);
            assertTrue(
                    objects.getFirst()
                            .matches(
                                    "\\{\"zone\":5,\"client\":\"fd00::1\",\"outside\":\"2001:db8::1\","
                                        + "\"first_port\":2048,\"last_port\":2111,"
                                        + "\"type\":\"block-allocated\",\"time_unix_ms\":\\d+\\}"),
                    objects::toString);
            assertTrue(StreamReader.take(connections, 1).getFirst().startsWith("\"[NEW]"));
            assertEquals(2, maker.table.events().written(EventType.BLOCK_RELEASED));
            feed.close();
        }
    }

    @Test
    void whatARingLosesIsToldByType() throws Exception {
        try (TableMaker maker = new TableMaker()) {
            EventFeed feed = new EventFeed(maker.table.events(), maker::clockMs, Optional.empty());
            AnswerStream all = open(feed, "", true);
            // Is told after the other: when it knows, the other knows.
            AnswerStream lines = open(feed, "mark=1", false);
            maker.make(1, RING + 10);
            maker.endAll();
            feed.start();
            assertEquals(
                    "\"%d events were lost here: 10 new, 0 update, %d destroy\\n\""
                            .formatted(RING + 20, RING + 10),
                    StreamReader.take(lines, 2).getLast());
            // Of 16384 events this reader has room for 8192.
            List<String> objects = StreamReader.takeUntil(all, "\"lost\"");
            assertEquals(8192, objects.size() - 1);
            assertEquals("{\"lost\":%d}".formatted(RING - 8192 + RING + 20), objects.getLast());
            assertEquals(RING, maker.table.events().written(EventType.NEW));
            assertEquals(RING + 10, maker.table.events().lost(EventType.DESTROY));
            feed.close();
        }
    }

    @Test
    void readersAreBounded() throws Exception {
        try (TableMaker maker = new TableMaker()) {
            EventFeed feed = new EventFeed(maker.table.events(), maker::clockMs, Optional.empty());
            List<AnswerStream> readers = new ArrayList<>();
            for (int i = 0; i < EventFeed.MAX_READERS; i++) {
                readers.add(open(feed, "mark=" + i, false));
            }
            IllegalStateException e =
                    assertThrows(IllegalStateException.class, () -> open(feed, "", false));
            assertEquals(
                    "16 clients read ct/events, and no more may: workers ask the filter of each"
                            + " about every event",
                    e.getMessage());
            readers.getFirst().close();
            readers.set(0, open(feed, "mark=7", false));
            maker.make(7, 1);
            feed.start();
            assertTrue(StreamReader.take(readers.get(0), 1).getFirst().contains("mark=7"));
            assertTrue(StreamReader.take(readers.get(7), 1).getFirst().contains("mark=7"));
            feed.close();
        }
    }
}
