package io.sluice.control.flow;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotSame;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.sluice.control.text.Span;
import io.sluice.fastpath.Action;
import io.sluice.fastpath.Flow;
import io.sluice.fastpath.Group;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class FlowStoreTest {
    private static final PortNames PORTS = PortNames.of(Map.of());

    private final List<List<Flow>> published = new ArrayList<>(List.of(List.of()));
    private final List<List<Group>> publishedGroups = new ArrayList<>();
    private final FlowStore store =
            new FlowStore(change -> {
                List<Flow> flows = new ArrayList<>(published.getLast());
                assertTrue(flows.containsAll(change.removed()));
                flows.removeAll(change.removed());
                flows.addAll(change.added());
                published.add(flows);
                publishedGroups.add(change.groups());
            });

    private String apply(ChangeReader.Verb verb, String text) {
        return store.apply(changes(verb, text)).sentence();
    }

    private static List<Change.Placed> changes(ChangeReader.Verb verb, String text) {
        return new ChangeReader(PORTS, verb, Optional.empty()).read(text);
    }

    private String add(String text) {
        return apply(ChangeReader.Verb.ADD, text);
    }

    private List<String> shown(String filter) {
        return store.flows(FlowLine.filter(Span.of(filter), PORTS, false)).stream()
                .map(flow ->
                        "table="
                                + flow.table()
                                + ",priority="
                                + flow.priority()
                                + ","
                                + MatchFormat.show(flow.match())
                                + " "
                                + ActionFormat.show(flow.actions()))
                .toList();
    }

    @Test
    void aFlowOfTheSameTablePriorityAndMatchIsReplaced() {
        assertEquals(
                "3 flows added", add("tcp,actions=1\ntcp,priority=5,actions=2\ntcp,actions=3"));
        assertEquals(
                List.of("table=0,priority=32768,tcp output:3", "table=0,priority=5,tcp output:2"),
                shown(""));
        assertEquals(2, published.size());
        assertEquals(2, published.getLast().size());
    }

    @Test
    void manyLinesApplyAllOrNothing() {
        add("ip,actions=1");
        RulesException e =
                assertThrows(
                        RulesException.class,
                        () -> add("udp,actions=2\ntcp,actions=group:7\ngroup_id=8,type=select"));
        assertEquals("line 2: group 7 does not exist", e.getMessage());
        assertEquals(List.of("table=0,priority=32768,ip output:1"), shown(""));
        assertEquals(2, published.size());
        assertEquals(0, store.groups().size());
    }

    @Test
    void modificationKeepsWhatTheFlowCounted() {
        add("tcp,tp_dst=80,actions=1\ntcp,tp_dst=81,actions=1\nudp,actions=1");
        Flow before = published.getLast().getFirst();
        assertEquals("2 flows modified", apply(ChangeReader.Verb.MODIFY, "tcp,actions=2"));
        Flow after = published.getLast().get(1);
        assertNotSame(before, after);
        assertSame(before.counters(), after.counters());
        assertEquals(
                List.of(
                        "table=0,priority=32768,tcp,tp_dst=80 output:2",
                        "table=0,priority=32768,tcp,tp_dst=81 output:2"),
                shown("tcp"));
        assertEquals("nothing changed", apply(ChangeReader.Verb.MODIFY_STRICT, "tcp,actions=3"));
    }

    @Test
    void deletionIsLooseUnlessStrict() {
        String flows =
                """
                cookie=0x12,tcp,tp_dst=80,actions=1
                cookie=0x22,tcp,actions=2
                table=1,tcp,priority=7,actions=3
                udp,actions=3
                """;
        add(flows);
        assertEquals("1 flow deleted", apply(ChangeReader.Verb.DELETE_STRICT, "tcp"));
        assertEquals("nothing changed", apply(ChangeReader.Verb.DELETE_STRICT, "table=1,tcp"));
        assertEquals(
                "1 flow deleted", apply(ChangeReader.Verb.DELETE_STRICT, "table=1,priority=7,tcp"));
        add(flows);
        assertEquals("2 flows deleted", apply(ChangeReader.Verb.DELETE, "cookie=0x2/0xf"));
        assertEquals("2 flows deleted", apply(ChangeReader.Verb.DELETE, "out_port=3"));
        add(flows);
        assertEquals("3 flows deleted", apply(ChangeReader.Verb.DELETE, "tcp"));
        assertEquals("1 flow deleted", add("delete"));
        assertEquals(0, store.flowCount());
    }

    @Test
    void deletingAGroupDeletesTheFlowsThatNameIt() {
        add("group_id=1,type=select,bucket=1\ngroup_id=2,type=select,bucket=weight:3,actions=2");
        add("tcp,actions=group:1\nudp,actions=mod_dl_src:00:00:00:00:00:01,group:2\narp,actions=1");
        assertEquals(
                "1 flow deleted, 1 group deleted", apply(ChangeReader.Verb.DELETE, "group_id=2"));
        assertEquals(List.of(1), publishedGroups.getLast().stream().map(Group::id).toList());
        assertEquals(2, store.flowCount());
        assertThrows(RulesException.class, () -> add("group_id=1,type=select,bucket=1"));
        assertEquals(
                "1 group modified",
                apply(ChangeReader.Verb.MODIFY, "group_id=1,type=select,bucket=2"));
        assertEquals(
                List.of(" group_id=1,type=select,bucket=weight:1,actions=output:2"),
                store.groups().stream().map(GroupFormat::show).toList());
    }

    @Test
    void replacementKeepsFlowsThatStayTheSame() {
        add("group_id=1,type=select,bucket=1\ntcp,actions=group:1\nudp,actions=1\nicmp,actions=1");
        Flow tcp = published.getLast().getFirst();
        Group group = publishedGroups.getLast().getFirst();
        ChangeCount count =
                store.replace(
                        changes(
                                ChangeReader.Verb.ADD,
                                """
                                udp,actions=2
                                tcp,actions=group:1
                                arp,actions=1
                                group_id=1,type=select,bucket=1
                                """));
        assertEquals("1 flow added, 1 flow modified, 1 flow deleted", count.sentence());
        assertEquals(3, store.flowCount());
        assertTrue(published.getLast().stream().anyMatch(flow -> flow == tcp));
        assertSame(group, publishedGroups.getLast().getFirst());
        assertEquals(List.of("table=0,priority=32768,udp output:2"), shown("udp"));
    }

    @Test
    void modificationCanSetTheCookieAndResetCounters() {
        add("cookie=1,tcp,actions=1\ncookie=2,udp,actions=1");
        Flow before = published.getLast().getFirst();
        assertEquals(
                "1 flow modified",
                apply(ChangeReader.Verb.MODIFY, "cookie=1/-1,cookie=7,reset_counts,actions=2"));
        Flow after = store.flows(FlowFilter.ofCookie(0, 7)).getFirst();
        assertEquals("tcp", MatchFormat.show(after.match()));
        assertNotSame(before.counters(), after.counters());
        assertSame(before.clock(), after.clock());
        assertEquals("2 flows modified", apply(ChangeReader.Verb.MODIFY, "cookie=3,actions=2"));
        assertEquals(2, store.flows(FlowFilter.ofCookie(0, 3)).size());
    }

    @Test
    void allTablesAreMeantByTheirNumber() {
        add("table=1,tcp,actions=1\ntable=2,tcp,actions=1\ntable=2,udp,actions=1");
        assertEquals(3, shown("table=255").size());
        assertEquals(3, shown("table=all").size());
        assertEquals(2, shown("table=2").size());
        assertEquals("2 flows deleted", apply(ChangeReader.Verb.DELETE_STRICT, "table=255,tcp"));
    }

    @Test
    void flowsThatOverlapAreRefusedIfTheySaySo() {
        add("priority=5,tcp,tp_dst=80,actions=1");
        RulesException e =
                assertThrows(
                        RulesException.class,
                        () -> add("priority=5,tcp,nw_src=10.0.0.1,check_overlap,actions=2"));
        assertEquals(
                "the flow overlaps with 'tcp,tp_dst=80' of the same priority, and says"
                        + " check_overlap",
                e.getMessage());
        add("priority=6,tcp,check_overlap,actions=2");
        add("priority=5,tcp,tp_dst=81,check_overlap,actions=2");
        add("table=1,priority=5,tcp,check_overlap,actions=2");
        add("priority=5,tcp,tp_dst=80,check_overlap,actions=2");
        assertEquals(4, store.flowCount());
    }

    @Test
    void portsAndGroupsAreFoundWithinOtherActions() {
        store.apply(
                List.of(
                        placed("tcp", new Action.Clone(List.of(new Action.Output(3)))),
                        placed(
                                "udp",
                                new Action.WriteActions(
                                        List.of(
                                                new Action.Clone(
                                                        List.of(new Action.Output(4))))))));
        assertEquals("1 flow deleted", apply(ChangeReader.Verb.DELETE, "out_port=4"));
        assertEquals("1 flow deleted", apply(ChangeReader.Verb.DELETE, "out_port=3"));
    }

    private static Change.Placed placed(String match, Action... actions) {
        Flow flow = FlowLine.flow(Span.of(match + ",actions=drop"), PORTS);
        return new Change.Placed(new Change.AddFlow(flow.withActions(List.of(actions))), "");
    }
}
