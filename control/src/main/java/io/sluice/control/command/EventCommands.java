package io.sluice.control.command;

import io.sluice.conntrack.ConnEvents;
import io.sluice.conntrack.EventFilter;
import io.sluice.conntrack.EventType;
import io.sluice.control.connection.EventFilterText;
import io.sluice.control.event.EventFeed;
import io.sluice.control.socket.Answer;
import java.util.EnumSet;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ArrayNode;

/** {@code ct/events} and {@code stats/events}. */
final class EventCommands {
    static final String FILTER =
            "[type=new,update,destroy,block-allocated,block-released] " + ConnCommands.FILTER;

    private EventCommands() {}

    static Answer stream(Running running, Parameters parameters) {
        EventFilter filter =
                EventFilterText.read(parameters.text(), EnumSet.allOf(EventType.class));
        return running.engine().events().open(filter, parameters.json());
    }

    static Answer stats(Running running, Parameters parameters) {
        parameters.requireCount(0, 0, "");
        ConnEvents events = running.engine().datapath().connections().events();
        EventFeed feed = running.engine().events();
        return parameters.answer(() -> text(events, feed), () -> json(events, feed));
    }

    private static String text(ConnEvents events, EventFeed feed) {
        TextTable table = new TextTable("type", "events", "lost");
        for (EventType type : EventType.values()) {
            table.add(type.text(), events.written(type), events.lost(type));
        }
        feed.log().ifPresent(log -> table.add("logged", log.written(), log.lost()));
        return table.text();
    }

    private static JsonNode json(ConnEvents events, EventFeed feed) {
        ArrayNode all = Json.array();
        for (EventType type : EventType.values()) {
            all.addObject()
                    .put("type", type.text())
                    .put("events", events.written(type))
                    .put("lost", events.lost(type));
        }
        feed.log()
                .ifPresent(log ->
                        all.addObject()
                                .put("type", "logged")
                                .put("events", log.written())
                                .put("lost", log.lost()));
        return all;
    }
}
