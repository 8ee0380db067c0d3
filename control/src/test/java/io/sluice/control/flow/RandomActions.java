package io.sluice.control.flow;

import io.sluice.control.text.Span;
import io.sluice.fastpath.Action;
import io.sluice.fastpath.Action.Bytes;
import io.sluice.fastpath.Action.HashFields;
import io.sluice.fastpath.Action.Multipath.Algorithm;
import io.sluice.fastpath.Action.PacketInReason;
import io.sluice.fastpath.Action.Resubmit;
import io.sluice.fastpath.Field;
import io.sluice.fastpath.Flow;
import io.sluice.fastpath.LearnedFlow;
import io.sluice.fastpath.LearnedFlow.Part;
import io.sluice.fastpath.Match;
import io.sluice.fastpath.SubField;
import io.sluice.natlb.NatRange;
import io.sluice.packet.IpAddress;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import java.util.stream.Stream;

/** Makes actions of every kind that a flow of some match may have. */
final class RandomActions {
    private static final List<String> MATCHES =
            List.of(
                    "",
                    "ip",
                    "ipv6",
                    "tcp",
                    "udp6",
                    "sctp",
                    "icmp",
                    "icmp6,icmpv6_type=135",
                    "icmp6,icmpv6_type=136",
                    "arp",
                    "dl_vlan=5,tcp",
                    "ct_state=+trk+est,udp");
    private static final Set<Field> NOT_SET = Set.of(Field.CT_MARK, Field.CT_LABEL);
    private static final int ANYWHERE = 28;
    private static final int FOR_ACTION_SETS = 18;

    private final Random random;
    private Match match = Match.builder().build();
    private boolean hasConnection;
    private boolean isIp;
    private boolean inBucket;

    RandomActions(Random random) {
        this.random = random;
    }

    Flow flow() {
        String text = MATCHES.get(random.nextInt(MATCHES.size()));
        PortNames none = PortNames.of(Map.of());
        match = FlowLine.flow(Span.of(text + ",actions=drop"), none).match();
        hasConnection = text.contains("+est");
        isIp = Prerequisite.IP.holds(match);
        inBucket = false;
        int table = random.nextInt(200);
        return new Flow(table, 32768, 0, match, actions(table));
    }

    List<Action> bucket() {
        match = Match.builder().build();
        hasConnection = true;
        isIp = true;
        inBucket = true;
        return some(ANYWHERE, 2);
    }

    private List<Action> actions(int table) {
        if (random.nextInt(10) == 0) {
            return Stream.generate(() -> random.nextBoolean() ? conjunction() : note())
                    .limit(1 + random.nextInt(3))
                    .toList();
        }
        List<Action> actions = new ArrayList<>();
        addSometimes(actions, new Action.Meter(1 + random.nextInt(1000)));
        actions.addAll(some(ANYWHERE, 2));
        addSometimes(actions, new Action.ClearActions());
        addSometimes(actions, new Action.WriteActions(some(FOR_ACTION_SETS, 0)));
        long mask = random.nextBoolean() ? -1 : random.nextLong();
        addSometimes(actions, new Action.Set(Field.METADATA, 0, random.nextLong() & mask, 0, mask));
        addSometimes(actions, new Action.GotoTable(table + 1 + random.nextInt(50)));
        return actions;
    }

    private void addSometimes(List<Action> actions, Action action) {
        if (random.nextInt(4) == 0) {
            actions.add(action);
        }
    }

    private List<Action> some(int kinds, int depth) {
        return Stream.generate(() -> any(kinds, depth)).limit(random.nextInt(4)).toList();
    }

    private Action any(int kinds, int depth) {
        return switch (random.nextInt(kinds)) {
            case 0 -> new Action.Output(1 + random.nextInt(65279));
            case 1 -> new Action.OutputInPort();
            case 2 -> new Action.Normal();
            case 3 -> new Action.Flood();
            case 4 -> new Action.All();
            case 5 -> kinds == FOR_ACTION_SETS ? ControllerReader.WHOLE : controller();
            case 6, 7, 8 -> set();
            case 9 -> move();
            case 10 -> new Action.PushVlan(random.nextBoolean() ? 0x8100 : 0x88A8);
            case 11 -> new Action.PopVlan();
            case 12 -> new Action.SetVlanVid(random.nextInt(4096));
            case 13 -> new Action.SetVlanPcp(random.nextInt(8));
            case 14 -> isIp ? new Action.DecTtl() : new Action.CtClear();
            case 15 -> new Action.Group(random.nextInt(1 << 30));
            case 16 -> resubmit();
            case 17 -> isIp ? ct() : new Action.CtClear();
            case 18 -> note();
            case 19 -> new Action.Clone(depth == 0 ? List.of() : some(ANYWHERE, depth - 1));
            case 20, 21 -> new Action.Learn(learned());
            case 22 -> multipath();
            case 23 -> new Action.CheckPktLarger(random.nextInt(65536), bits(1));
            case 24 -> new Action.OutputField(source());
            case 26 ->
                    new Action.OutputTruncated(random.nextInt(1, 65280), random.nextInt(14, 9000));
            case 25 -> Prerequisite.TCP.holds(match) ? finTimeout() : new Action.Exit();
            default -> new Action.Exit();
        };
    }

    private Action finTimeout() {
        return new Action.FinTimeout(random.nextInt(65536), random.nextInt(3));
    }

    private Action controller() {
        return new Action.Controller(
                random.nextBoolean() ? 65535 : random.nextInt(65536),
                pick(PacketInReason.values()),
                random.nextInt(3),
                bytes(random.nextInt(3)));
    }

    private Bytes bytes(int count) {
        byte[] bytes = new byte[count];
        random.nextBytes(bytes);
        return Bytes.of(bytes);
    }

    /** As long as Open vSwitch makes them. */
    private Action note() {
        return new Action.Note(bytes(6 + 8 * random.nextInt(3)));
    }

    private Action conjunction() {
        int dimensions = 2 + random.nextInt(63);
        return new Action.Conjunction(random.nextInt(), random.nextInt(dimensions), dimensions);
    }

    private Action set() {
        NamedField named = pick(fields(match, true));
        boolean isScattered = named.maskable() && random.nextInt(3) == 0;
        SubField bits = part(named.bits(), isScattered ? named.bits().bits() : 0);
        long maskHigh = bits.maskHigh() & (isScattered ? random.nextLong() : -1L);
        long maskLow = bits.maskLow() & (isScattered ? random.nextLong() : -1L);
        return new Action.Set(
                named.field(),
                random.nextLong() & maskHigh,
                random.nextLong() & maskLow,
                maskHigh,
                maskLow);
    }

    private Action move() {
        SubField from = source();
        SubField to = part(pick(fields(match, true)).bits(), 0);
        int bits = Math.min(from.bits(), to.bits());
        return new Action.Move(
                new SubField(from.field(), from.offset(), bits),
                new SubField(to.field(), to.offset(), bits));
    }

    /** Fields that the packets have and that bits can be taken of. */
    private static List<NamedField> fields(Match packets, boolean toBeSet) {
        return FieldUse.ALL.stream()
                .filter(named -> named.wireName().isPresent())
                .filter(named -> named.needs().holds(packets))
                .filter(named -> !toBeSet || named.writable())
                .filter(named -> !toBeSet || !NOT_SET.contains(named.field()))
                .filter(named -> !named.names().contains("vlan_vid"))
                .toList();
    }

    private SubField source() {
        return part(pick(fields(match, false)).bits(), 0);
    }

    private SubField bits(int count) {
        return part(SubField.whole(Field.REG0), count);
    }

    /** Some of the bits; all of them now and then. */
    private SubField part(SubField whole, int wanted) {
        if (wanted == 0 && random.nextBoolean()) {
            return whole;
        }
        int count = wanted == 0 ? 1 + random.nextInt(whole.bits()) : wanted;
        int offset = random.nextInt(whole.bits() - count + 1);
        return new SubField(whole.field(), whole.offset() + offset, count);
    }

    private Action resubmit() {
        int port = random.nextBoolean() ? Resubmit.SAME : 1 + random.nextInt(65279);
        boolean hasTable = port == Resubmit.SAME || random.nextBoolean();
        return new Resubmit(
                port,
                hasTable ? random.nextInt(255) : Resubmit.SAME,
                hasTable && hasConnection && random.nextBoolean());
    }

    private Action ct() {
        boolean commit = random.nextBoolean();
        boolean nat = random.nextBoolean();
        boolean fromField = random.nextInt(3) == 0;
        Optional<NatRange> range = nat && commit ? Optional.of(range()) : Optional.empty();
        boolean oneZone = range.filter(NatRange::mapsEndpoints).isPresent();
        return new Action.Ct(
                fromField ? 0 : random.nextInt(65536),
                commit,
                commit && random.nextBoolean(),
                random.nextInt(256) - 1 == 255 ? -1 : random.nextInt(255),
                nat,
                range,
                commit && random.nextBoolean() ? List.of(mark(), mark()) : List.of(),
                fromField ? Optional.of(bits(16)) : Optional.empty(),
                !oneZone && random.nextBoolean() ? Optional.of(replyZone()) : Optional.empty(),
                commit && random.nextBoolean());
    }

    private Action.Ct.Zone replyZone() {
        return random.nextBoolean()
                ? new Action.Ct.Zone(0, Optional.of(bits(16)))
                : new Action.Ct.Zone(random.nextInt(65536), Optional.empty());
    }

    private Action mark() {
        if (random.nextBoolean()) {
            long mask = random.nextInt(1, Integer.MAX_VALUE);
            return new Action.Set(Field.CT_MARK, 0, random.nextInt() & mask, 0, mask);
        }
        SubField from = source();
        int count = Math.min(from.bits(), Field.CT_MARK.bits());
        return new Action.Move(
                new SubField(from.field(), from.offset(), count),
                part(SubField.whole(Field.CT_MARK), count));
    }

    private boolean isIpv4() {
        return isIp && !Prerequisite.IPV6.holds(match);
    }

    private NatRange range() {
        int low = random.nextInt(1 << 30);
        int port = random.nextInt(3) == 0 ? 0 : 1 + random.nextInt(65534);
        IpAddress first = isIpv4() ? IpAddress.ofIpv4(low + 1) : ipv6(low + 1);
        IpAddress last = isIpv4() ? IpAddress.ofIpv4(low + random.nextInt(1, 4)) : ipv6(low + 5);
        boolean isNull = random.nextInt(5) == 0;
        NatRange range =
                new NatRange(
                        pick(NatRange.Side.values()),
                        isNull ? IpAddress.ofIpv4(0) : first,
                        isNull ? IpAddress.ofIpv4(0) : random.nextBoolean() ? first : last,
                        port,
                        port == 0 ? 0 : port + random.nextInt(2),
                        pick(NatRange.Pick.values()));
        if (isNull || range.side() != NatRange.Side.SOURCE || random.nextBoolean()) {
            return range;
        }
        return (random.nextBoolean() ? withBlocks(range) : range)
                .with(NatRange.Mapping.ENDPOINT_INDEPENDENT, pick(NatRange.Filtering.values()));
    }

    private NatRange withBlocks(NatRange range) {
        int size = NatRange.Blocks.MIN_SIZE << random.nextInt(9);
        int first = size * random.nextInt(1, 65_536 / size);
        return new NatRange(
                        range.side(),
                        range.first(),
                        range.last(),
                        first,
                        first + size - 1,
                        range.pick())
                .with(new NatRange.Blocks(size, random.nextInt(1, 65), random.nextInt(3) * 60));
    }

    private static IpAddress ipv6(int low) {
        return IpAddress.ofIpv6(0xFC00L << 48 | low, low);
    }

    private Action multipath() {
        SubField to = bits(1 + random.nextInt(32));
        return new Action.Multipath(
                pick(HashFields.values()),
                random.nextInt(65536),
                pick(Algorithm.values()),
                1 + random.nextInt(Math.min(65536, 1 << Math.min(to.bits(), 16))),
                random.nextInt(),
                to);
    }

    private LearnedFlow learned() {
        LearnedMatch learned = new LearnedMatch();
        List<Part> parts = new ArrayList<>();
        if (random.nextBoolean()) {
            parts.add(exactly(Field.ETH_TYPE, random.nextBoolean() ? 0x0800 : 0x86DD));
            parts.add(exactly(Field.NW_PROTO, random.nextBoolean() ? 6 : 17));
            parts.forEach(learned::add);
        }
        for (int i = random.nextInt(4); i > 0; i--) {
            Part part = part(learned.soFar());
            parts.add(part);
            learned.add(part);
        }
        return new LearnedFlow(
                random.nextInt(255),
                random.nextBoolean() ? 32768 : random.nextInt(65536),
                random.nextBoolean() ? 0 : random.nextLong(),
                random.nextInt(2) * random.nextInt(65536),
                random.nextInt(2) * random.nextInt(65536),
                random.nextInt(2) * random.nextInt(65536),
                random.nextInt(2) * random.nextInt(65536),
                random.nextBoolean(),
                random.nextInt(2) * random.nextInt(1 << 30),
                !inBucket && random.nextBoolean() ? Optional.of(bits(1)) : Optional.empty(),
                parts);
    }

    private static Part exactly(Field field, int value) {
        return new Part.MatchValue(SubField.whole(field), 0, value);
    }

    private Part part(Match learned) {
        SubField from = source();
        int kind = random.nextInt(5);
        SubField to = part(pick(fields(learned, kind > 1)).bits(), 0);
        if (kind == 0 || kind == 2) {
            int count = Math.min(from.bits(), to.bits());
            from = new SubField(from.field(), from.offset(), count);
            to = new SubField(to.field(), to.offset(), count);
        }
        long low = random.nextLong() & (to.bits() >= Long.SIZE ? -1L : (1L << to.bits()) - 1);
        long high = to.bits() <= Long.SIZE ? 0 : random.nextLong() >>> (2 * Long.SIZE - to.bits());
        return switch (kind) {
            case 0 -> new Part.MatchField(to, from);
            case 1 -> new Part.MatchValue(to, high, low);
            case 2 -> new Part.LoadField(to, from);
            case 3 -> new Part.LoadValue(to, high, low);
            default -> new Part.Output(from);
        };
    }

    private <T> T pick(T[] values) {
        return pick(Arrays.asList(values));
    }

    private <T> T pick(List<T> values) {
        return values.get(random.nextInt(values.size()));
    }
}
