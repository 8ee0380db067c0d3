package io.sluice.control.flow;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotSame;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.sluice.control.flow.ChangeReader.Verb;
import io.sluice.control.text.Span;
import io.sluice.fastpath.Action;
import io.sluice.fastpath.Flow;
import io.sluice.fastpath.Group;
import io.sluice.fastpath.Match;
import io.sluice.fastpath.Meter;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class FlowStoreTest {
    private static final PortNames PORTS = PortNames.of(Map.of());

    private final List<List<Flow>> published = new ArrayList<>(List.of(List.of()));
    private final List<List<Group>> publishedGroups = new ArrayList<>();
    private final List<List<Meter>> publishedMeters = new ArrayList<>();
    private final FlowStore store =
            new FlowStore(change -> {
                List<Flow> flows = new ArrayList<>(published.getLast());
                assertTrue(flows.containsAll(change.removed()));
                flows.removeAll(change.removed());
                flows.addAll(change.added());
                published.add(flows);
                publishedGroups.add(change.groups());
                publishedMeters.add(change.meters());
            });

    private String apply(Verb verb, String text) {
        return store.apply(changes(verb, text)).sentence();
    }

    private static List<Change.Placed> changes(Verb verb, String text) {
        return new ChangeReader(PORTS, verb, Optional.empty()).read(text);
    }

    private String add(String text) {
        return apply(Verb.ADD, text);
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
                                + ActionFormat.show(flow))
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

    private static final String SERVICE_FLOWS =
            """
            cookie=0x5e4e000000000001,table=0,priority=65000,tcp,actions=group:4261412865
            group_id=4261412865,type=select,bucket=bucket_id:1,actions=1
            """;

    @Test
    void whatServicesMakeIsTheirsAlone() {
        store.replace(changes(Verb.ADD, SERVICE_FLOWS), Owner.SERVICES);
        add("ip,actions=2\ngroup_id=1,type=all,bucket=1");
        assertEquals(2, shown("").size());
        store.replace(changes(Verb.ADD, "arp,actions=3\n" + SERVICE_FLOWS));
        assertEquals(
                List.of(
                        "table=0,priority=65000,tcp group:4261412865",
                        "table=0,priority=32768,arp output:3"),
                shown(""),
                "a dump with services' flows that is fed back");
        apply(Verb.DELETE, "tcp");
        apply(Verb.DELETE, "group_id=all");
        apply(Verb.MODIFY, "tcp,actions=9");
        assertTrue(shown("").contains("table=0,priority=65000,tcp group:4261412865"));
        assertEquals(1, store.groups().size());
        assertEquals(
                List.of(
                        "a flow of cookie 0x5e4e000000000002 is made by services: service/... and"
                                + " backend/... change it"),
                refusals("cookie=0x5e4e000000000002,udp,actions=1"));
        assertEquals(
                List.of(
                        "the flow in this place is made by services: service/... and backend/..."
                                + " change it"),
                refusals("priority=65000,tcp,actions=1"));
        assertEquals(
                List.of(
                        "group 4261412865 is made by services: service/... and backend/... change"
                                + " it"),
                refusals("group_id=4261412865,type=all,bucket=1"));
        store.replace(List.of(), Owner.SERVICES);
        assertEquals(
                List.of("table=0,priority=32768,arp output:3"),
                shown("").stream().filter(each -> !each.contains("output:9")).toList());
    }

    @Test
    void metersOfServicesAreTheirsAlone() {
        String meter = "meter=4261412864,pktps,bands=type=drop,rate=1000\n";
        String flow = "cookie=0x5e4e000000000000,arp,actions=meter:4261412864,controller\n";
        store.replace(changes(Verb.ADD, meter + flow), Owner.SERVICES);
        add("meter=1,kbps,bands=type=drop,rate=5");
        assertEquals(
                List.of(
                        "meter 4261412865 is made by services: service/... and backend/... change"
                                + " it"),
                refusals("meter=4261412865,pktps,bands=type=drop,rate=1000"));
        apply(Verb.DELETE, "meter=all");
        assertEquals(1, store.meters().size());
        Meter before = store.meters().iterator().next();
        store.replace(changes(Verb.ADD, meter + "meter=2,kbps,bands=type=drop,rate=5"));
        assertEquals(2, store.meters().size(), "a dump with services' meters that is fed back");
        store.replace(changes(Verb.ADD, meter + flow), Owner.SERVICES);
        assertTrue(store.meters().contains(before), "it goes on counting");
        store.replace(List.of(), Owner.SERVICES);
        assertEquals(List.of(2), store.meters().stream().map(each -> each.config().id()).toList());
        assertEquals(List.of(), shown(""));
    }

    @Test
    void whatServicesMakeAnewKeepsItsCounters() {
        store.replace(changes(Verb.ADD, SERVICE_FLOWS), Owner.SERVICES);
        Flow before = published.getLast().getFirst();
        Group.Bucket bucket = store.groups().iterator().next().buckets().getFirst();
        String changed =
                SERVICE_FLOWS
                        .replace("actions=group", "actions=dec_ttl,group")
                        .replace("actions=1", "weight:0,actions=drop");
        store.replace(changes(Verb.ADD, changed), Owner.SERVICES);
        Flow after = published.getLast().getFirst();
        assertNotSame(before, after);
        assertSame(before.counters(), after.counters());
        Group.Bucket bucketAfter = store.groups().iterator().next().buckets().getFirst();
        assertEquals(0, bucketAfter.weight());
        assertSame(bucket.counters(), bucketAfter.counters());
        store.replace(changes(Verb.ADD, changed.replace("1,table", "2,table")), Owner.SERVICES);
        assertNotSame(before.counters(), published.getLast().getFirst().counters());
    }

    private List<String> refusals(String text) {
        return assertThrows(RulesException.class, () -> add(text)).mistakes();
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
        assertEquals("2 flows modified", apply(Verb.MODIFY, "tcp,actions=2"));
        Flow after = published.getLast().get(1);
        assertNotSame(before, after);
        assertSame(before.counters(), after.counters());
        assertEquals(
                List.of(
                        "table=0,priority=32768,tcp,tp_dst=80 output:2",
                        "table=0,priority=32768,tcp,tp_dst=81 output:2"),
                shown("tcp"));
    }

    @Test
    void modificationAddsWhatIsNotThere() {
        String line = "priority=7,tcp,idle_timeout=60,send_flow_rem,cookie=5,actions=1";
        assertEquals("1 flow added", apply(Verb.MODIFY, line));
        Flow added = published.getLast().getFirst();
        assertEquals(FlowLine.flow(Span.of(line), PORTS).options(), added.options());
        assertEquals(5, added.cookie());
        // Neither priority nor timeouts are of interest where the flow is there.
        assertEquals(
                "1 flow modified", apply(Verb.MODIFY, "priority=9,tcp,hard_timeout=30,actions=2"));
        Flow modified = published.getLast().getFirst();
        assertEquals(7, modified.priority());
        assertEquals(added.options(), modified.options());
        assertEquals("1 flow added", apply(Verb.MODIFY_STRICT, "table=all,tcp,actions=3"));
        assertEquals(
                List.of("table=0,priority=32768,tcp output:3", "table=0,priority=7,tcp output:2"),
                shown(""));
    }

    @Test
    void modificationOfFlowsThatAreLookedForByCookieOrOutputAddsNothing() {
        for (String line : List.of("cookie=9/-1", "out_port=3", "out_group=4")) {
            assertEquals("nothing changed", apply(Verb.MODIFY, line + ",udp,cookie=1,actions=3"));
        }
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
        assertEquals("1 flow deleted", apply(Verb.DELETE_STRICT, "tcp"));
        assertEquals("nothing changed", apply(Verb.DELETE_STRICT, "table=1,tcp"));
        assertEquals("1 flow deleted", apply(Verb.DELETE_STRICT, "table=1,priority=7,tcp"));
        add(flows);
        assertEquals("2 flows deleted", apply(Verb.DELETE, "cookie=0x2/0xf"));
        assertEquals("2 flows deleted", apply(Verb.DELETE, "out_port=3"));
        add(flows);
        assertEquals("3 flows deleted", apply(Verb.DELETE, "tcp"));
        assertEquals("1 flow deleted", add("delete"));
        assertEquals(0, store.flowCount());
    }

    @Test
    void deletingAGroupDeletesTheFlowsThatNameIt() {
        add("group_id=1,type=select,bucket=1\ngroup_id=2,type=select,bucket=weight:3,actions=2");
        add("tcp,actions=group:1\nudp,actions=mod_dl_src:00:00:00:00:00:01,group:2\narp,actions=1");
        assertEquals("1 flow deleted, 1 group deleted", apply(Verb.DELETE, "group_id=2"));
        assertEquals(List.of(1), publishedGroups.getLast().stream().map(Group::id).toList());
        assertEquals(2, store.flowCount());
        assertThrows(RulesException.class, () -> add("group_id=1,type=select,bucket=1"));
        assertEquals("1 group modified", apply(Verb.MODIFY, "group_id=1,type=select,bucket=2"));
        assertEquals(
                List.of(" group_id=1,type=select,bucket=bucket_id:0,actions=output:2"),
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
                                Verb.ADD,
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
                apply(Verb.MODIFY, "cookie=1/-1,cookie=7,reset_counts,actions=2"));
        Flow after = store.flows(FlowFilter.ofCookie(0, 7)).getFirst();
        assertEquals("tcp", MatchFormat.show(after.match()));
        assertNotSame(before.counters(), after.counters());
        assertSame(before.clock(), after.clock());
        assertEquals("2 flows modified", apply(Verb.MODIFY, "cookie=3,actions=2"));
        assertEquals(2, store.flows(FlowFilter.ofCookie(0, 3)).size());
    }

    @Test
    void allTablesAreMeantByTheirNumber() {
        add("table=1,tcp,actions=1\ntable=2,tcp,actions=1\ntable=2,udp,actions=1");
        assertEquals(3, shown("table=255").size());
        assertEquals(3, shown("table=all").size());
        assertEquals(2, shown("table=2").size());
        assertEquals("2 flows deleted", apply(Verb.DELETE_STRICT, "table=255,tcp"));
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
        assertEquals("1 flow deleted", apply(Verb.DELETE, "out_port=4"));
        assertEquals("1 flow deleted", apply(Verb.DELETE, "out_port=3"));
    }

    private static Change.Placed placed(String match, Action... actions) {
        Flow flow = FlowLine.flow(Span.of(match + ",actions=drop"), PORTS);
        return new Change.Placed(new Change.AddFlow(flow.withActions(List.of(actions))), "");
    }

    private String refusal(String text) {
        return assertThrows(RulesException.class, () -> add(text)).getMessage();
    }

    private List<String> shownGroups() {
        return store.groups().stream().map(GroupFormat::show).toList();
    }

    @Test
    void groupsThatGoRoundAreRefused() {
        assertEquals("groups go round: 1 -> 1", refusal("group_id=1,type=all,bucket=group:1"));
        add("group_id=1,type=all,bucket=2\ngroup_id=2,type=all,bucket=group:1");
        assertEquals(
                "line 1: groups go round: 3 -> 2 -> 1 -> 3\n"
                        + "line 2: groups go round: 1 -> 3 -> 2 -> 1",
                refusal(
                        """
                        group_id=3,type=indirect,bucket=1,group:2
                        modify group_id=1,type=ff,bucket=watch_group:3,1
                        """));
        assertEquals(
                List.of(
                        " group_id=1,type=all,bucket=bucket_id:0,actions=output:2",
                        " group_id=2,type=all,bucket=bucket_id:0,actions=group:1"),
                shownGroups());
        assertEquals(
                "2 groups added",
                add(
                        "group_id=4,type=all,bucket=group:2,bucket=group:5\n"
                                + "group_id=5,type=all,bucket=group:2,bucket=group:1"));
    }

    @Test
    void aBucketMayNameAGroupThatComesLater() {
        add("group_id=1,type=all,bucket=group:2");
        assertEquals("group 2 does not exist", refusal("actions=group:2"));
        assertEquals("groups go round: 2 -> 1 -> 2", refusal("group_id=2,type=all,bucket=group:1"));
    }

    @Test
    void bucketsKeepTheirNumbersAndCounters() {
        add("group_id=1,type=select,bucket=1,bucket=2,bucket=3");
        Group before = publishedGroups.getLast().getFirst();
        apply(Verb.MODIFY, "group_id=1,type=select,bucket=4,bucket=3,bucket=weight:7,1");
        Group after = publishedGroups.getLast().getFirst();
        assertEquals(
                List.of(
                        " group_id=1,type=select,bucket=bucket_id:1,actions=output:4"
                                + ",bucket=bucket_id:2,actions=output:3"
                                + ",bucket=bucket_id:0,weight:7,actions=output:1"),
                shownGroups());
        assertSame(before.counters(), after.counters());
        assertSame(before.buckets().get(2).counters(), after.buckets().get(1).counters());
        assertSame(before.buckets().get(0).counters(), after.buckets().get(2).counters());
        assertEquals(before.createdNs(), after.createdNs());
    }

    @Test
    void bucketsAreInsertedWhereTheyAreWanted() {
        add("group_id=1,type=select,bucket=bucket_id:5,weight:2,actions=1,bucket=2");
        Group before = publishedGroups.getLast().getFirst();
        Verb insert = Verb.INSERT_BUCKETS;
        assertEquals(
                "1 group modified",
                apply(insert, "group_id=1,command_bucket_id=5,bucket=3,bucket=bucket_id:9,4"));
        apply(insert, "group_id=1,command_bucket_id=first,bucket=weight:7,actions=5");
        add("insert_bucket group_id=1,command_bucket_id=last,bucket=6");
        Group after = publishedGroups.getLast().getFirst();
        assertEquals(
                List.of(
                        " group_id=1,type=select"
                                + ",bucket=bucket_id:2,weight:7,actions=output:5"
                                + ",bucket=bucket_id:1,actions=output:3"
                                + ",bucket=bucket_id:9,actions=output:4"
                                + ",bucket=bucket_id:5,weight:2,actions=output:1"
                                + ",bucket=bucket_id:0,actions=output:2"
                                + ",bucket=bucket_id:3,actions=output:6"),
                shownGroups());
        assertSame(before.counters(), after.counters());
        assertSame(before.buckets().get(0).counters(), after.buckets().get(3).counters());
        assertSame(before.buckets().get(1).counters(), after.buckets().get(4).counters());
    }

    @Test
    void bucketsAreRemoved() {
        add("group_id=1,type=all,bucket=1,bucket=2,bucket=3,bucket=4\nactions=group:1");
        Verb remove = Verb.REMOVE_BUCKETS;
        apply(remove, "group_id=1,command_bucket_id=first");
        apply(remove, "group_id=1,command_bucket_id=last");
        assertEquals(
                List.of(
                        " group_id=1,type=all,bucket=bucket_id:1,actions=output:2"
                                + ",bucket=bucket_id:2,actions=output:3"),
                shownGroups());
        apply(remove, "group_id=1,command_bucket_id=2");
        assertEquals("1 group modified", add("remove_bucket group_id=1"));
        assertEquals(List.of(" group_id=1,type=all"), shownGroups());
        assertEquals("nothing changed", apply(remove, "group_id=1,command_bucket_id=last"));
        assertEquals(1, store.flowCount());
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "insert|group_id=3,command_bucket_id=last,bucket=1|group 3 does not exist",
                "insert|group_id=1,command_bucket_id=7,bucket=1|the group has no bucket 7",
                "insert|group_id=1,command_bucket_id=last,bucket=bucket_id:4,1"
                        + "|two buckets would have bucket_id 4",
                "insert|group_id=2,command_bucket_id=last,bucket=1"
                        + "|a group of type indirect has exactly one bucket, it would have 2",
                "insert|group_id=1,command_bucket_id=last,bucket=weight:3,1"
                        + "|column 42: only buckets of groups of type select have a weight",
                "insert|group_id=1,command_bucket_id=last,bucket=group:1"
                        + "|groups go round: 1 -> 1",
                "insert|group_id=1,bucket=1"
                        + "|column 1: expected command_bucket_id=first, last or a bucket number",
                "insert|group_id=1,command_bucket_id=all,bucket=1"
                        + "|column 1: expected command_bucket_id=first, last or a bucket number",
                "insert|group_id=1,command_bucket_id=last|column 34: expected bucket=...",
                "insert|group_id=1,type=all,command_bucket_id=last,bucket=1|column 12: unknown"
                        + " word 'type', expected one of group_id command_bucket_id bucket",
                "insert|tcp,actions=1|column 1: only groups have buckets; expected group_id=N",
                "remove|group_id=1,command_bucket_id=fist|column 30: expected first, last, all or"
                        + " a bucket number, found 'fist'",
                "remove|group_id=1,command_bucket_id=4294967041|column 30: expected a bucket"
                        + " number from 0 to 4294967040, found '4294967041'",
                "remove|group_id=1,command_bucket_id=8|the group has no bucket 8",
                "remove|group_id=2|a group of type indirect has exactly one bucket, it would have"
                        + " 0",
                "remove|meter=1|column 1: only groups have buckets; expected group_id=N",
            })
    void saysWhyBucketsCannotComeOrGo(String what, String line, String expected) {
        add("group_id=1,type=all,bucket=bucket_id:4,actions=1\ngroup_id=2,type=indirect,bucket=1");
        Verb verb = what.equals("insert") ? Verb.INSERT_BUCKETS : Verb.REMOVE_BUCKETS;
        RulesException e = assertThrows(RulesException.class, () -> apply(verb, line));
        assertEquals(expected, e.getMessage());
    }

    @Test
    void replacementKeepsGroupsWhoseDumpIsFedBack() {
        add("group_id=1,type=select,bucket=weight:3,1,bucket=2\ngroup_id=2,type=all,bucket=1");
        Group group = publishedGroups.getLast().getFirst();
        String dump = String.join("\n", shownGroups());
        assertEquals("nothing changed", store.replace(changes(Verb.ADD, dump)).sentence());
        assertSame(group, publishedGroups.getLast().getFirst());
        assertEquals(
                "1 group modified",
                store.replace(changes(Verb.ADD, dump.replace("weight:3", "weight:4"))).sentence());
        assertSame(group.counters(), publishedGroups.getLast().getFirst().counters());
    }

    /** What is named must be there when all is done, whatever comes and goes before. */
    @Test
    void groupsAndMetersThatAreNamedAreLookedForAfterAllChanges() {
        add("group_id=1,type=all,bucket=1\nmeter=1 kbps bands=type=drop rate=1");
        add("tcp,actions=group:1\nudp,actions=meter:1,2");
        assertEquals(
                "3 flows added, 2 flows deleted, 1 group added, 1 group deleted",
                add(
                        """
                        arp,actions=group:2
                        ip,actions=group:1
                        delete group_id=1
                        group_id=2,type=all,bucket=2
                        ipv6,actions=group:2
                        """));
        assertEquals(
                "1 flow added, 2 flows modified, 2 flows deleted, 1 meter deleted",
                add(
                        """
                        priority=1,udp,actions=meter:1,2
                        modify udp,actions=meter:1,3
                        delete meter=1
                        """));
        assertEquals(
                "line 2: group 2 does not exist",
                refusal("delete group_id=2\nmodify arp,actions=group:2"));
        assertEquals(
                "line 1: group 3 does not exist\nline 3: meter 4 does not exist",
                refusal("tcp,actions=clone(group:3)\ntcp6,actions=1\nudp,actions=meter:4,1"));
        assertEquals(2, store.flowCount());
    }

    @Test
    void packetsThatNameAMissingGroupAreNotSent() {
        String packet = "packet-out in_port=none,packet=" + "00".repeat(14) + ",actions=";
        int before = published.size();
        assertEquals("group 5 does not exist", refusal(packet + "group:5"));
        assertEquals(
                "line 3: group 1 does not exist",
                refusal("group_id=1,type=all,bucket=1\ndelete group_id=1\n" + packet + "group:1"));
        assertEquals(before, published.size());
        assertEquals("1 group added", add(packet + "clone(group:1)\ngroup_id=1,type=all,bucket=1"));
    }

    @Test
    void flowsAreFoundByTheGroupsTheyName() {
        add("group_id=1,type=all,bucket=1\ngroup_id=2,type=all,bucket=1");
        add("tcp,actions=group:1\nudp,actions=group:1,group:2\narp,actions=1");
        assertEquals(Map.of(1, 2L, 2, 1L), store.flowsByGroup());
        assertEquals(1, shown("out_group=2").size());
    }

    private static Change.Placed flowWithMeter(int id, int priority) {
        Flow flow =
                new Flow(0, priority, 0, Match.builder().build(), List.of(new Action.Meter(id)));
        return new Change.Placed(new Change.AddFlow(flow), "here: ");
    }

    @Test
    void deletingAMeterDeletesTheFlowsThatNameIt() {
        assertEquals(
                "2 meters added",
                add("meter=1 kbps bands=type=drop rate=1\nmeter=2 pktps bands=type=drop rate=1"));
        store.apply(List.of(flowWithMeter(1, 1), flowWithMeter(2, 2), flowWithMeter(2, 3)));
        assertEquals(Map.of(1, 1L, 2, 2L), store.flowsByMeter());
        RulesException e =
                assertThrows(RulesException.class, () -> store.apply(List.of(flowWithMeter(3, 4))));
        assertEquals("here: meter 3 does not exist", e.getMessage());
        assertEquals("nothing changed", apply(Verb.DELETE, "meter=3"));
        assertEquals("2 flows deleted, 1 meter deleted", apply(Verb.DELETE, "meter=2"));
        assertEquals(List.of(1), publishedMeters.getLast().stream().map(Meter::id).toList());
        assertEquals(1, store.flowCount());
        assertEquals("1 flow deleted, 1 meter deleted", apply(Verb.DELETE, "meter=all"));
    }

    @Test
    void aMeterIsAddedOnceAndKeepsCountingWhenItIsChanged() {
        String meter = "meter=1 kbps bands=type=drop rate=1";
        add(meter);
        Meter before = publishedMeters.getLast().getFirst();
        assertEquals(
                "meter 1 exists already; meter/mod changes it",
                assertThrows(RulesException.class, () -> add(meter)).getMessage());
        assertEquals(
                "meter 2 does not exist",
                assertThrows(
                                RulesException.class,
                                () -> apply(Verb.MODIFY, "meter=2 kbps bands=type=drop rate=1"))
                        .getMessage());
        assertEquals("1 meter modified", apply(Verb.MODIFY, "meter=1 kbps bands=type=drop rate=2"));
        Meter after = publishedMeters.getLast().getFirst();
        assertEquals(2, after.config().bands().getFirst().rate());
        assertSame(before.counters(), after.counters());
    }

    @Test
    void replacementKeepsMetersThatStayTheSame() {
        add(
                """
                meter=1 kbps bands=type=drop rate=1
                meter=2 kbps bands=type=drop rate=1
                meter=3 kbps bands=type=drop rate=1
                """);
        Meter first = publishedMeters.getLast().getFirst();
        String next =
                """
                meter=4 kbps bands=type=drop rate=1
                meter=2 kbps bands=type=drop rate=2
                meter=1 kbps bands=type=drop rate=1
                """;
        assertEquals(
                "1 meter added, 1 meter modified, 1 meter deleted",
                store.replace(changes(Verb.ADD, next)).sentence());
        assertSame(first, publishedMeters.getLast().getLast());
    }
}
