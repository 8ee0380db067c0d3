package io.sluice.fastpath;

import io.sluice.natlb.NatRange;
import io.sluice.packet.IpAddress;
import io.sluice.packet.Vlan;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Random;

/**
 * Rules and groups in which {@link RandomTraffic} finds its way: over all fields and with all
 * actions that have an effect on packets, connections and counters only.
 */
final class RandomRules {
    static final int TABLES = 5;
    static final int GROUPS = 4;

    private static final Field[] OFTEN = {
        Field.IN_PORT,
        Field.ETH_SRC,
        Field.ETH_DST,
        Field.ETH_TYPE,
        Field.NW_SRC,
        Field.NW_DST,
        Field.NW_PROTO,
        Field.NW_TOS,
        Field.NW_TTL,
        Field.TCP_FLAGS,
        Field.TP_SRC,
        Field.TP_DST,
        Field.CT_STATE,
        Field.CT_ZONE,
        Field.CT_MARK,
        Field.REG0,
        Field.REG1
    };
    private static final Field[] SETTABLE = {
        Field.ETH_SRC,
        Field.ETH_DST,
        Field.NW_SRC,
        Field.NW_DST,
        Field.TP_SRC,
        Field.TP_DST,
        Field.NW_TOS,
        Field.NW_TTL,
        Field.REG0,
        Field.REG1,
        Field.XREG1,
        Field.XXREG1,
        Field.METADATA,
        Field.PKT_MARK,
        Field.VLAN_TCI,
        Field.IPV6_SRC,
        Field.IPV6_DST,
        Field.IPV6_LABEL,
        Field.ARP_SHA,
        Field.ARP_THA,
        Field.ND_TARGET,
        Field.TCP_FLAGS,
        Field.IN_PORT
    };

    private final Random random;
    private final int portCount;
    // How many of a hundred rules do what no cached way can, about.
    private final int oddPercent;

    RandomRules(Random random, int portCount) {
        this.random = random;
        this.portCount = portCount;
        oddPercent = new int[] {0, 2, 10}[random.nextInt(3)];
    }

    List<Flow> flows() {
        List<Flow> flows = new ArrayList<>();
        for (int table = 0; table < TABLES; table++) {
            for (int i = random.nextInt(9); i > 0; i--) {
                flows.add(flow(table));
            }
            if (random.nextInt(8) != 0) {
                flows.add(new Flow(table, 0, 0, Match.builder().build(), actions(table)));
            }
        }
        return flows;
    }

    Flow flow(int table) {
        Match.Builder match = Match.builder();
        for (int i = 1 + random.nextInt(3); i > 0; i--) {
            Field[] from = random.nextInt(4) == 0 ? Field.values() : OFTEN;
            Field field = from[random.nextInt(from.length)];
            if (field != Field.CONJ_ID) {
                boolean whole = random.nextInt(3) != 0;
                long mask = whole ? field.maxValue() : random.nextLong() & field.maxValue();
                long maskHigh = whole ? field.maxHigh() : random.nextLong() & field.maxHigh();
                match.masked(field, high(field), value(field), maskHigh, mask);
            }
        }
        return new Flow(table, 1 + random.nextInt(5), 0, match.build(), actions(table));
    }

    private static long high(Field field) {
        boolean address =
                field == Field.IPV6_SRC || field == Field.IPV6_DST || field == Field.ND_TARGET;
        return address ? 0xFD00L << 48 : 0;
    }

    private int any(int[] values) {
        return values[random.nextInt(values.length)];
    }

    /** What packets may have there. */
    private long value(Field field) {
        int host = random.nextInt(RandomTraffic.HOSTS);
        return switch (field) {
            case IN_PORT -> port();
            case ETH_SRC, ETH_DST, ARP_SHA, ARP_THA -> RandomTraffic.mac(host);
            case ETH_TYPE -> RandomTraffic.etherType(random);
            case VLAN_TCI -> random.nextBoolean() ? 0 : Field.VLAN_PRESENT | 5 + random.nextInt(2);
            case VLAN_TPID -> random.nextBoolean() ? 0 : Vlan.TPID_CUSTOMER;
            case NW_SRC, NW_DST, CT_NW_SRC, CT_NW_DST -> RandomTraffic.ipv4(host);
            case NW_PROTO, CT_NW_PROTO -> RandomTraffic.protocol(random);
            case TP_SRC, TP_DST, CT_TP_SRC, CT_TP_DST ->
                    random.nextInt(8) == 0
                            ? RandomTraffic.icmpType(random)
                            : any(RandomTraffic.PORTS);
            case NW_TOS -> any(RandomTraffic.TOS);
            case NW_TTL -> any(RandomTraffic.TTL);
            case TCP_FLAGS -> any(RandomTraffic.TCP_FLAGS);
            case CT_STATE -> 0x20 | random.nextInt(0x100);
            case IPV6_SRC, IPV6_DST, ND_TARGET -> 1 + host;
            default -> random.nextInt(4);
        };
    }

    private int port() {
        return 1 + random.nextInt(portCount);
    }

    private boolean odd() {
        return random.nextInt(100) < oddPercent;
    }

    List<Action> actions(int table) {
        List<Action> actions = new ArrayList<>();
        for (int i = Math.max(0, random.nextInt(5) - 2); i > 0; i--) {
            actions.add(edit());
        }
        if (odd()) {
            addOdd(actions, table);
        }
        boolean lastTable = table == TABLES - 1;
        switch (lastTable ? random.nextInt(7) : random.nextInt(15)) {
            case 0, 1, 2 -> actions.add(new Action.Output(port()));
            case 3 -> actions.add(new Action.Normal());
            case 4 -> addGroup(actions, table);
            case 5 -> {
                actions.add(ct(-1));
                actions.add(new Action.Output(port()));
            }
            case 6 -> addEnd(actions);
            case 7, 8, 9 -> actions.add(new Action.GotoTable(after(table)));
            case 10 -> {
                actions.add(Action.Resubmit.to(after(table)));
                if (odd()) {
                    actions.add(new Action.Output(port()));
                }
            }
            default -> actions.add(ct(after(table)));
        }
        return actions;
    }

    /** Groups lead to the last table, which must not lead back to them. */
    private void addGroup(List<Action> actions, int table) {
        if (table < TABLES - 1) {
            actions.add(new Action.Group(1 + random.nextInt(GROUPS)));
        }
    }

    private int after(int table) {
        return table + 1 + random.nextInt(Math.min(2, TABLES - 1 - table));
    }

    private void addEnd(List<Action> actions) {
        switch (random.nextInt(4)) {
            case 0 -> actions.add(new Action.OutputInPort());
            case 1 -> actions.add(new Action.OutputField(new SubField(Field.REG0, 0, 3)));
            case 2 ->
                    actions.add(
                            new Action.WriteActions(
                                    List.of(edit(), edit(), new Action.Output(port()))));
            default -> {}
        }
    }

    private Action edit() {
        return switch (random.nextInt(14)) {
            case 0, 1 -> new Action.DecTtl();
            case 2 -> move();
            case 3 -> load(Field.REG0, random.nextInt(8));
            case 4 -> load(Field.NW_TOS, random.nextInt(256));
            case 5 -> multipath();
            case 6 -> new Action.CtClear();
            case 7 -> load(Field.ETH_DST, RandomTraffic.mac(random.nextInt(RandomTraffic.HOSTS)));
            case 8 -> odd() ? tag() : new Action.ClearActions();
            default -> load(SETTABLE[random.nextInt(SETTABLE.length)]);
        };
    }

    private static Action load(Field field, long value) {
        return Action.Set.whole(field, value);
    }

    private Action load(Field field) {
        boolean whole = random.nextBoolean();
        long mask = whole ? field.maxValue() : random.nextLong() & field.maxValue();
        long maskHigh = whole ? field.maxHigh() : random.nextLong() & field.maxHigh();
        if (field == Field.VLAN_TCI && !odd()) {
            return load(Field.REG1, random.nextInt(4));
        }
        return new Action.Set(field, high(field) & maskHigh, value(field) & mask, maskHigh, mask);
    }

    private Action move() {
        Field from = movable(Field.values());
        Field to = movable(SETTABLE);
        int bits = 1 + random.nextInt(Math.min(from.bits(), to.bits()));
        return new Action.Move(part(from, bits), part(to, bits));
    }

    private Field movable(Field[] fields) {
        Field field = fields[random.nextInt(fields.length)];
        return field == Field.CONJ_ID ? Field.NW_TTL : field;
    }

    private SubField part(Field field, int bits) {
        return new SubField(field, random.nextInt(field.bits() - bits + 1), bits);
    }

    private Action multipath() {
        Action.HashFields[] fields = Action.HashFields.values();
        Action.Multipath.Algorithm[] algorithms = Action.Multipath.Algorithm.values();
        return new Action.Multipath(
                fields[random.nextInt(fields.length)],
                random.nextInt(100),
                algorithms[random.nextInt(algorithms.length)],
                1 + random.nextInt(4),
                1 + random.nextInt(8),
                new SubField(Field.REG0, 0, 4));
    }

    private Action tag() {
        return switch (random.nextInt(4)) {
            case 0 -> new Action.PushVlan(Vlan.TPID_CUSTOMER);
            case 1 -> new Action.PopVlan();
            case 2 -> new Action.SetVlanVid(5 + random.nextInt(2));
            default -> new Action.SetVlanPcp(random.nextInt(8));
        };
    }

    private void addOdd(List<Action> actions, int table) {
        switch (random.nextInt(9)) {
            case 0 -> actions.add(new Action.Flood());
            case 1 ->
                    actions.add(
                            random.nextBoolean()
                                    ? new Action.Output(port())
                                    : new Action.OutputTruncated(port(), 14 + random.nextInt(60)));
            case 2 ->
                    actions.add(
                            new Action.CheckPktLarger(
                                    random.nextBoolean() ? 70 : 500,
                                    new SubField(Field.REG1, 1, 1)));
            case 3 -> actions.add(new Action.Clone(List.of(edit(), new Action.Output(port()))));
            case 4 -> actions.add(new Action.Exit());
            case 5 -> actions.add(tag());
            case 6 ->
                    actions.add(
                            new Action.Controller(
                                    64, Action.PacketInReason.ACTION, 0, Action.Bytes.NONE));
            case 7 -> addGroup(actions, table);
            default -> {
                if (table < TABLES - 1) {
                    actions.add(new Action.Resubmit(port(), after(table), random.nextBoolean()));
                }
            }
        }
    }

    private Action.Ct ct(int table) {
        boolean commit = random.nextInt(5) != 0;
        boolean nat = random.nextInt(5) < 2;
        return new Action.Ct(
                random.nextInt(3),
                commit,
                commit && random.nextInt(20) == 0,
                table,
                nat,
                commit && nat && random.nextInt(4) != 0 ? Optional.of(range()) : Optional.empty(),
                commit && random.nextInt(3) == 0 ? List.of(mark()) : List.of(),
                random.nextInt(10) == 0
                        ? Optional.of(new SubField(Field.REG0, 0, 2))
                        : Optional.empty(),
                random.nextInt(4) == 0 ? Optional.of(zone()) : Optional.empty(),
                false);
    }

    private Action.Ct.Zone zone() {
        return random.nextInt(4) == 0
                ? new Action.Ct.Zone(0, Optional.of(new SubField(Field.REG0, 0, 2)))
                : new Action.Ct.Zone(random.nextInt(3), Optional.empty());
    }

    /** Sets two bits of what a connection has: of its mark, or of its label. */
    private Action mark() {
        SubField to =
                random.nextBoolean()
                        ? new SubField(Field.CT_MARK, 0, 2)
                        : new SubField(Field.CT_LABEL, random.nextBoolean() ? 0 : 96, 2);
        int bits = random.nextInt(4);
        return random.nextBoolean()
                ? new Action.Set(
                        to.field(),
                        to.shiftedHigh(0, bits),
                        to.shiftedLow(bits),
                        to.maskHigh(),
                        to.maskLow())
                : new Action.Move(part(movable(Field.values()), 2), to);
    }

    private NatRange range() {
        boolean source = random.nextBoolean();
        int first = source ? 0xC6336401 : RandomTraffic.ipv4(random.nextInt(4));
        boolean withPorts = random.nextBoolean();
        int port = source ? 2000 : any(RandomTraffic.PORTS);
        NatRange.Pick[] picks = {
            NatRange.Pick.DEFAULT, NatRange.Pick.HASH, NatRange.Pick.PERSISTENT
        };
        NatRange.Side side = source ? NatRange.Side.SOURCE : NatRange.Side.DESTINATION;
        NatRange.Pick pick = picks[random.nextInt(picks.length)];
        if (random.nextInt(3) == 0) {
            boolean isNull = random.nextInt(4) == 0;
            long high = isNull ? 0 : source ? 0xFC00L << 48 : 0xFD00L << 48;
            long low = isNull ? 0 : 1 + random.nextInt(4);
            return new NatRange(
                    side,
                    IpAddress.ofIpv6(high, low),
                    IpAddress.ofIpv6(high, isNull ? 0 : low + random.nextInt(3)),
                    withPorts ? port : 0,
                    withPorts ? port + random.nextInt(50) : 0,
                    pick);
        }
        NatRange range =
                new NatRange(
                        side,
                        first,
                        first + random.nextInt(3),
                        withPorts ? port : 0,
                        withPorts ? port + random.nextInt(50) : 0,
                        pick);
        NatRange.Filtering[] filterings = NatRange.Filtering.values();
        return !source || random.nextBoolean()
                ? range
                : range.with(
                        NatRange.Mapping.ENDPOINT_INDEPENDENT,
                        filterings[random.nextInt(filterings.length)]);
    }

    List<Group> groups() {
        List<Group> groups = new ArrayList<>();
        for (int id = 1; id <= GROUPS; id++) {
            groups.add(group(id));
        }
        return groups;
    }

    private Group group(int id) {
        Group.Type type = Group.Type.values()[(id + random.nextInt(2)) % 4];
        int count = type == Group.Type.INDIRECT ? 1 : 1 + random.nextInt(3);
        List<Group.Bucket> buckets = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            boolean watches = type == Group.Type.FAST_FAILOVER || random.nextInt(4) == 0;
            buckets.add(
                    new Group.Bucket(
                            Group.Bucket.NO_ID,
                            random.nextInt(4),
                            watches ? OptionalInt.of(port()) : OptionalInt.empty(),
                            OptionalInt.empty(),
                            bucketActions(id)));
        }
        return new Group(id, type, selection(), buckets);
    }

    private Selection selection() {
        HashedField ttl = new HashedField("nw_ttl", Field.NW_TTL, 0, 3, 0x0800, HashedField.ANY);
        HashedField tos = new HashedField("nw_tos", Field.NW_TOS, 0, 0xFF, 0x0800, 6);
        HashedField to = new HashedField("ip_dst", Field.NW_DST, 0, 0xFF, 0x0800, HashedField.ANY);
        return switch (random.nextInt(9)) {
            case 0 -> Selection.DEFAULT;
            case 5 -> new Selection(Selection.Method.MAGLEV, 0, List.of());
            case 6 -> new Selection(Selection.Method.ROUND_ROBIN, 0, List.of());
            case 7 -> new Selection(Selection.Method.LEAST_CONNECTIONS, 0, List.of(), 2, 64);
            case 8 -> new Selection(Selection.Method.SOURCE_HASH, 0, List.of(), 1, 8);
            case 1 -> new Selection(Selection.Method.DP_HASH, random.nextInt(9), List.of());
            case 2 -> new Selection(Selection.Method.HASH, random.nextInt(9), List.of());
            case 3 -> new Selection(Selection.Method.HASH, 3, List.of(to, ttl));
            default -> new Selection(Selection.Method.HASH, 4, List.of(tos));
        };
    }

    private List<Action> bucketActions(int id) {
        List<Action> actions = new ArrayList<>();
        if (random.nextBoolean()) {
            actions.add(edit());
        }
        switch (random.nextInt(6)) {
            case 0 -> actions.add(Action.Resubmit.to(TABLES - 1));
            case 1 -> {
                actions.add(ct(-1));
                actions.add(new Action.Output(port()));
            }
            case 2 -> actions.add(id < GROUPS ? new Action.Group(id + 1) : new Action.Normal());
            default -> actions.add(new Action.Output(port()));
        }
        return actions;
    }
}
