package io.sluice.control.flow;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.sluice.control.text.Span;
import io.sluice.control.text.SyntaxException;
import io.sluice.fastpath.BucketConnections;
import io.sluice.fastpath.Field;
import io.sluice.fastpath.Group;
import io.sluice.fastpath.HashedField;
import io.sluice.fastpath.Selection;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class GroupTextTest {
    private static final int ROUNDS = 5_000;
    private static final PortNames PORTS = PortNames.of(Map.of("p1", 1, "uplink", 7));

    private static Group read(String text) {
        return GroupLine.group(Span.of(text), PORTS);
    }

    /** The right sides are what {@code ovs-ofctl -O OpenFlow15 dump-groups} prints for the left. */
    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "group_id=1,type=all,bucket=1,bucket=2|group_id=1,type=all,"
                        + "bucket=bucket_id:0,actions=output:1,bucket=bucket_id:1,actions=output:2",
                "group_id=2,type=select,bucket=weight:3,1,bucket=weight=0,actions=2|"
                        + "group_id=2,type=select,bucket=bucket_id:0,weight:3,actions=output:1,"
                        + "bucket=bucket_id:1,weight:0,actions=output:2",
                "group_id=3,type=select,selection_method=hash,fields(ip_src,ip_dst=255.255.0.0),"
                        + "selection_method_param=7,bucket=bucket_id=5,weight:3,1,bucket=2|"
                        + "group_id=3,type=select,selection_method=hash,selection_method_param=7,"
                        + "fields(ip_src,ip_dst=255.255.0.0),"
                        + "bucket=bucket_id:5,weight:3,actions=output:1,"
                        + "bucket=bucket_id:0,actions=output:2",
                "group_id=4,type=select,selection_method=dp_hash,"
                        + "selection_method_param=0x100000007,bucket=1|"
                        + "group_id=4,type=select,selection_method=dp_hash,"
                        + "selection_method_param=4294967303,bucket=bucket_id:0,actions=output:1",
                "group_id=6,type=fast_failover,bucket=watch_port:p1,1,"
                        + "bucket=watch_group:1,actions=group:1|"
                        + "group_id=6,type=ff,bucket=bucket_id:0,watch_port:1,actions=output:1,"
                        + "bucket=bucket_id:1,watch_group:1,actions=group:1",
                "group_id=8 type=all|group_id=8,type=all",
                "group_id=12,type=select,selection_method=hash,fields=ip_src,bucket=1|"
                        + "group_id=12,type=select,selection_method=hash,fields=ip_src,"
                        + "bucket=bucket_id:0,actions=output:1",
                "group_id=5,type=select,selection_method=hash,fields(ip_src=255.0.0.0),bucket=1|"
                        + "group_id=5,type=select,selection_method=hash,fields=ip_src=255.0.0.0,"
                        + "bucket=bucket_id:0,actions=output:1",
                "group_id=13,type=select,selection_method=hash,fields(ip_src,tcp_src),"
                        + "bucket=1,watch_port:2,weight:3,normal|"
                        + "group_id=13,type=select,selection_method=hash,fields(ip_src,tcp_src),"
                        + "bucket=bucket_id:0,weight:3,watch_port:2,actions=output:1,NORMAL",
                "group_id=20,type=select,bucket=drop|"
                        + "group_id=20,type=select,bucket=bucket_id:0,actions=drop",
                "group_id=7,type=indirect,bucket=actions=|"
                        + "group_id=7,type=indirect,bucket=bucket_id:0,actions=drop",
                "group_id=23,type=all,bucket=bucket_id:9,1,bucket=1,bucket=bucket_id=1,3,bucket=4|"
                        + "group_id=23,type=all,bucket=bucket_id:9,actions=output:1,"
                        + "bucket=bucket_id:0,actions=output:1,"
                        + "bucket=bucket_id:1,actions=output:3,"
                        + "bucket=bucket_id:2,actions=output:4",
                "group_id=27,type=select,selection_method=hash,"
                        + "fields(in_port,eth_src=ff:00:00:00:00:00,tcp_dst=0xff00),bucket=1|"
                        + "group_id=27,type=select,selection_method=hash,"
                        + "fields(in_port,eth_src=ff:00:00:00:00:00,tcp_dst=65280),"
                        + "bucket=bucket_id:0,actions=output:1",
                "group_id=16,type=all,group_id=17,bucket=1|"
                        + "group_id=17,type=all,bucket=bucket_id:0,actions=output:1",
                "group_id=4294967040,type=all,bucket=bucket_id:4294967040,1|"
                        + "group_id=4294967040,type=all,"
                        + "bucket=bucket_id:4294967040,actions=output:1",
            })
    void showsAsOpenVSwitchDoes(String written, String shown) {
        assertEquals(shown, GroupFormat.show(read(written)).strip());
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "type=all,bucket=1|column 1: expected group_id=N,type=TYPE,bucket=...",
                "group_id=1,bucket=1|column 1: expected group_id=N,type=TYPE,bucket=...",
                "group_id=1,type=selekt,bucket=1|column 17: unknown type 'selekt', expected one of"
                        + " all select indirect ff fast_failover; did you mean 'select'?",
                "group_id=1,type=all,buckets=1|column 21: unknown word 'buckets', expected one of"
                        + " group_id type selection_method selection_method_param fields"
                        + " affinity_timeout affinity_clients bucket; did you mean 'bucket'?",
                "group_id=4294967041,type=all|column 10: expected a group number from 0 to"
                        + " 4294967040, found '4294967041'",
                "group_id=1,type=indirect|column 1: a group of type indirect has exactly one"
                        + " bucket, found 0",
                "group_id=1,type=indirect,bucket=1,bucket=2|column 1: a group of type indirect has"
                        + " exactly one bucket, found 2",
                "group_id=1,type=ff,bucket=1|column 27: a bucket of a fast_failover group needs"
                        + " watch_port:PORT or watch_group:GROUP",
                "group_id=1,type=all,bucket=weight:3,1|column 28: only buckets of groups of type"
                        + " select have a weight",
                "group_id=1,type=all,bucket=watch_port:1,1|column 28: only buckets of groups of"
                        + " type select or fast_failover have a watch_port",
                "group_id=1,type=ff,bucket=watch_port:uplnk,1|column 38: no port is called"
                        + " 'uplnk'; did you mean 'uplink'?",
                "group_id=1,type=select,bucket=weight:70000,1|column 38: expected a weight from 0"
                        + " to 65535, found '70000'",
                "group_id=1,type=select,bucket=weight:1|column 39: expected the bucket's actions",
                "group_id=1,type=all,bucket=bucket_id:4,1,bucket=bucket_id:4,2|column 49: two"
                        + " buckets have bucket_id 4",
                "group_id=1,type=all,bucket=1,outptu:2|column 30: unknown action 'outptu',"
                        + " expected an action or a port; did you mean 'output'?",
                "group_id=1,type=all,bucket=goto_table:3|column 28: a bucket cannot have"
                        + " goto_table; resubmit(,TABLE) can",
                "group_id=1,type=select,selection_method=hsh|column 41: unknown selection method"
                        + " 'hsh', expected one of hash dp_hash maglev source_hash round_robin"
                        + " least_connections; did you mean"
                        + " 'hash'?",
                "group_id=1,type=all,bucket=learn(result_dst=reg0[0])|column 34: result_dst has a"
                        + " meaning in flows only",
                "group_id=1,type=all,selection_method=hash|column 21: only groups of type select"
                        + " have a selection_method",
                "group_id=1,type=select,selection_method_param=3|column 24: selection_method_param"
                        + " needs a selection_method",
                "group_id=1,type=select,selection_method=dp_hash,fields(ip_src)|column 49: fields"
                        + " needs selection_method=hash",
                "group_id=1,type=select,affinity_timeout=5,bucket=1|column 24: affinity_timeout"
                        + " needs a selection_method of maglev, source_hash, round_robin or"
                        + " least_connections",
                "group_id=1,type=select,selection_method=maglev,affinity_clients=5|column 48:"
                        + " affinity_clients needs affinity_timeout",
                "group_id=1,type=select,selection_method=maglev,affinity_timeout=0|column 65:"
                        + " expected a number of seconds from 1 to 1000000, found '0'",
                "group_id=1,type=select,selection_method=round_robin,selection_method_param=3|column"
                    + " 53: round_robin hashes nothing, and has no selection_method_param",
                "group_id=1,type=select,bucket=name:a,1,bucket=name:a,2|column 47: two buckets have"
                        + " the name a",
                "group_id=1,type=all,bucket=name:a,1|column 28: only buckets of groups of type"
                        + " select have a name",
                "group_id=1,type=select,bucket=name:a*b,1|column 36: expected a name of at most 63"
                        + " letters, digits and .:-_[]/, found 'a*b'",
                "group_id=1,type=select,fields=ip_src|column 24: fields needs"
                        + " selection_method=hash",
                "group_id=1,type=select,selection_method=dp_hash,selection_method_param=0x200000000|column"
                    + " 72: expected an algorithm in the upper 32 bits: 0 (five-tuple) or 1"
                    + " (symmetric), found '0x200000000'",
                "group_id=1,type=select,selection_method=hash,fields(ip_scr)|column 53: unknown"
                        + " field 'ip_scr', expected a field's name; did you mean 'ip_src'?",
                "group_id=1,type=select,selection_method=hash,fields(tcp)|column 53: unknown field"
                        + " 'tcp', expected a field's name",
                "group_id=1,type=select,selection_method=hash,fields(ip_src,ip_src)|column 60:"
                        + " field 'ip_src' is given twice",
                "group_id=1,type=select,selection_method=hash,fields(ip_src=1.2.3.4/8)|column 67:"
                        + " the value is the mask, and has none itself",
            })
    void namesTheWordThePlaceAndWhatWasExpected(String line, String expected) {
        SyntaxException e = assertThrows(SyntaxException.class, () -> read(line), line);
        assertEquals(expected, e.getMessage());
    }

    /** What Open vSwitch lacks. */
    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "group_id=1,type=select,selection_method=maglev,selection_method_param=7,"
                        + "bucket=name:10.0.0.11:8080,weight:2,1,"
                        + "bucket=name=[2001:db8::1]:80,bucket_id:5,2|"
                        + "group_id=1,type=select,selection_method=maglev,selection_method_param=7,"
                        + "bucket=bucket_id:0,name:10.0.0.11:8080,weight:2,actions=output:1,"
                        + "bucket=bucket_id:5,name:[2001:db8::1]:80,actions=output:2",
                "group_id=1,type=select,selection_method=source_hash,bucket=actions=2,name:b_2/x-y|"
                        + "group_id=1,type=select,selection_method=source_hash,"
                        + "bucket=bucket_id:0,name:b_2/x-y,actions=output:2",
                "group_id=1,type=select,affinity_clients=65536,affinity_timeout=300,"
                        + "selection_method=round_robin,bucket=1|"
                        + "group_id=1,type=select,selection_method=round_robin,"
                        + "affinity_timeout=300,bucket=bucket_id:0,actions=output:1",
                "group_id=1,type=select,selection_method=least_connections,affinity_timeout=5,"
                        + "affinity_clients=9,bucket=1|"
                        + "group_id=1,type=select,selection_method=least_connections,"
                        + "affinity_timeout=5,affinity_clients=9,"
                        + "bucket=bucket_id:0,actions=output:1",
            })
    void showsOtherChoicesAsTheyAreWritten(String written, String shown) {
        assertEquals(shown, GroupFormat.show(read(written)).strip());
        assertTrue(read(shown).saysTheSame(read(written)));
    }

    @Test
    void knowsWhichPacketsHaveAHashedField() {
        List<HashedField> fields =
                read("group_id=1,type=select,selection_method=hash,"
                                + "fields(nw_src=255.0.0.0,udp_dst,dl_dst),bucket=1")
                        .selection()
                        .fields();
        assertEquals(
                List.of(
                        new HashedField(
                                "nw_src", Field.NW_SRC, 0, 0xFF000000L, 0x0800, HashedField.ANY),
                        new HashedField("udp_dst", Field.TP_DST, 0, 0xFFFF, HashedField.ANY, 17),
                        new HashedField(
                                "dl_dst",
                                Field.ETH_DST,
                                0,
                                0xFFFFFFFFFFFFL,
                                HashedField.ANY,
                                HashedField.ANY)),
                fields);
    }

    @Test
    void showsStatisticsAsOpenVSwitchDoes() {
        Group group = read("group_id=18,type=all,bucket=1,bucket=bucket_id:9,2");
        assertEquals(
                " group_id=18,duration=1.500s,ref_count=3,packet_count=0,byte_count=0,"
                        + "bucket0:packet_count=0,byte_count=0,bucket1:packet_count=0,byte_count=0",
                showStats(group));
    }

    private static String showStats(Group group) {
        return GroupFormat.showStats(
                group,
                3,
                bucket -> new BucketConnections(bucket, 10L + bucket),
                group.createdNs() + 1_500_000_000L);
    }

    @Test
    void showsConnectionsWhereTheyAreCounted() {
        Group group = read("group_id=18,type=select,selection_method=maglev,bucket=bucket_id:9,2");
        assertEquals(
                " group_id=18,duration=1.500s,ref_count=3,packet_count=0,byte_count=0,"
                        + "bucket0:packet_count=0,byte_count=0,connections=9,connections_made=19",
                showStats(group));
    }

    @Test
    void groupsSurviveBeingShownAndRead() {
        long seed = System.nanoTime();
        Random random = new Random(seed);
        for (int round = 0; round < ROUNDS; round++) {
            Group group = random(random);
            Group read = read(GroupFormat.show(group));
            String where = "seed " + seed + ", round " + round + ":" + GroupFormat.show(group);
            assertTrue(group.saysTheSame(read), where);
        }
    }

    @Test
    void damagedGroupsAreReadOrRefused() {
        long seed = System.nanoTime();
        Random random = new Random(seed);
        for (int round = 0; round < ROUNDS; round++) {
            StringBuilder text = new StringBuilder(GroupFormat.show(random(random)));
            for (int i = 1 + random.nextInt(3); i > 0; i--) {
                char c = "(),:=/-+>0x9aZ# \t".charAt(random.nextInt(17));
                text.setCharAt(random.nextInt(text.length()), c);
            }
            String where = "seed " + seed + ", round " + round + ":" + text;
            try {
                read(text.toString());
            } catch (SyntaxException e) {
                assertTrue(e.column() >= 1 && e.column() <= text.length() + 1, where);
            } catch (RuntimeException e) {
                throw new AssertionError(where, e);
            }
        }
    }

    private static Group random(Random random) {
        Group.Type type = Group.Type.values()[random.nextInt(4)];
        List<Group.Bucket> buckets = new ArrayList<>();
        int count = type == Group.Type.INDIRECT ? 1 : random.nextInt(4);
        for (int i = 0; i < count; i++) {
            boolean watches =
                    type == Group.Type.FAST_FAILOVER
                            || (type == Group.Type.SELECT && random.nextBoolean());
            buckets.add(
                    new Group.Bucket(
                            random.nextBoolean() ? Group.Bucket.NO_ID : 100 + i,
                            type == Group.Type.SELECT && random.nextBoolean()
                                    ? "b" + i + ":80"
                                    : "",
                            type == Group.Type.SELECT ? random.nextInt(65536) : 1,
                            watches
                                    ? OptionalInt.of(1 + random.nextInt(65279))
                                    : OptionalInt.empty(),
                            watches && random.nextBoolean()
                                    ? OptionalInt.of(random.nextInt(1 << 30))
                                    : OptionalInt.empty(),
                            RandomFlows.bucketActions(random)));
        }
        Selection selection =
                type == Group.Type.SELECT ? randomSelection(random) : Selection.DEFAULT;
        return new Group(random.nextInt(1 << 30), type, selection, buckets);
    }

    private static Selection randomSelection(Random random) {
        return switch (random.nextInt(6)) {
            case 0 -> Selection.DEFAULT;
            case 1 ->
                    new Selection(
                            Selection.Method.DP_HASH, random.nextLong() & 0x1FFFFFFFFL, List.of());
            case 2 -> new Selection(Selection.Method.HASH, random.nextLong(), List.of());
            case 3 ->
                    new Selection(
                            random.nextBoolean()
                                    ? Selection.Method.MAGLEV
                                    : Selection.Method.SOURCE_HASH,
                            random.nextInt(3),
                            List.of(),
                            random.nextInt(3),
                            Selection.DEFAULT_AFFINITY_CLIENTS);
            case 4 ->
                    new Selection(
                            random.nextBoolean()
                                    ? Selection.Method.ROUND_ROBIN
                                    : Selection.Method.LEAST_CONNECTIONS,
                            0,
                            List.of(),
                            1 + random.nextInt(1_000_000),
                            1 + random.nextInt(1 << 20));
            default ->
                    new Selection(
                            Selection.Method.HASH,
                            0,
                            List.of(
                                    new HashedField(
                                            "ip_src",
                                            Field.NW_SRC,
                                            0,
                                            random.nextInt(1 << 30),
                                            0x0800,
                                            HashedField.ANY),
                                    new HashedField(
                                            "udp_src",
                                            Field.TP_SRC,
                                            0,
                                            random.nextInt(65536),
                                            HashedField.ANY,
                                            17)));
        };
    }
}
