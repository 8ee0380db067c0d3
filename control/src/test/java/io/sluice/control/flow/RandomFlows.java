package io.sluice.control.flow;

import io.sluice.conntrack.CtState;
import io.sluice.fastpath.Action;
import io.sluice.fastpath.Field;
import io.sluice.fastpath.Flow;
import io.sluice.fastpath.Match;
import io.sluice.natlb.NatRange;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Random;

/** Makes flows of every kind. */
final class RandomFlows {
    private RandomFlows() {}

    static Flow flow(Random random, boolean withMark) {
        Match.Builder match = Match.builder();
        maybe(random, match, Field.IN_PORT, 1 + random.nextInt(1000));
        maybe(random, match, Field.CT_ZONE, random.nextInt(65536));
        maybeMasked(random, match, Field.CT_MARK);
        maybeMasked(random, match, Field.ETH_SRC);
        maybeMasked(random, match, Field.ETH_DST);
        if (random.nextBoolean()) {
            int mask = random.nextInt(256);
            // Not +inv: nothing could be committed.
            match.masked(Field.CT_STATE, random.nextInt(256) & ~CtState.INVALID, mask);
        }
        boolean ip = addProtocol(random, match);
        return new Flow(
                random.nextInt(255),
                random.nextInt(65536),
                random.nextLong(),
                match.build(),
                actions(random, ip, withMark));
    }

    private static boolean addProtocol(Random random, Match.Builder match) {
        switch (random.nextInt(4)) {
            case 0 -> {
                maybe(random, match, Field.ETH_TYPE, 0x1000 + random.nextInt(0x1000));
                return false;
            }
            case 1 -> {
                match.exact(Field.ETH_TYPE, 0x0806);
                maybe(random, match, Field.NW_PROTO, random.nextInt(256));
            }
            default -> {
                match.exact(Field.ETH_TYPE, 0x0800);
                int proto = new int[] {1, 6, 17, random.nextInt(256)}[random.nextInt(4)];
                maybe(random, match, Field.NW_PROTO, proto);
                if (match.has(Field.NW_PROTO) && (proto == 6 || proto == 17)) {
                    maybeMasked(random, match, Field.TP_SRC);
                    maybeMasked(random, match, Field.TP_DST);
                } else if (match.has(Field.NW_PROTO) && proto == 1) {
                    maybe(random, match, Field.TP_SRC, random.nextInt(256));
                    maybe(random, match, Field.TP_DST, random.nextInt(256));
                }
            }
        }
        maybeMasked(random, match, Field.NW_SRC);
        maybeMasked(random, match, Field.NW_DST);
        return match.build().value(Field.ETH_TYPE) == 0x0800;
    }

    private static void maybe(Random random, Match.Builder match, Field field, long value) {
        if (random.nextBoolean()) {
            match.exact(field, value);
        }
    }

    private static void maybeMasked(Random random, Match.Builder match, Field field) {
        switch (random.nextInt(4)) {
            case 0 -> match.masked(field, random.nextLong(), random.nextLong());
            case 1 -> match.exact(field, random.nextLong());
            case 2 -> match.masked(field, random.nextLong(), -1L << random.nextInt(field.bits()));
            default -> {}
        }
    }

    static List<Action> bucketActions(Random random) {
        return actions(random, true, true);
    }

    private static List<Action> actions(Random random, boolean ip, boolean withMark) {
        List<Action> actions = new ArrayList<>();
        for (int i = random.nextInt(4); i > 0; i--) {
            actions.add(
                    switch (random.nextInt(ip ? 8 : 7)) {
                        case 0 -> new Action.Output(1 + random.nextInt(65279));
                        case 1 -> new Action.OutputInPort();
                        case 2 -> new Action.Normal();
                        case 3 -> Action.Set.whole(Field.ETH_SRC, random.nextLong() >>> 16);
                        case 4 -> Action.Set.whole(Field.ETH_DST, random.nextLong() >>> 16);
                        case 5 -> Action.Resubmit.to(random.nextInt(255));
                        case 6 -> new Action.Group(random.nextInt(1 << 30));
                        default -> ct(random, withMark);
                    });
        }
        return actions;
    }

    private static Action ct(Random random, boolean withMark) {
        boolean commit = random.nextBoolean();
        boolean nat = random.nextBoolean();
        int markMask = withMark && commit && random.nextBoolean() ? random.nextInt() : 0;
        return new Action.Ct(
                random.nextInt(65536),
                commit,
                commit && random.nextBoolean(),
                random.nextInt(256) - 1 == 255 ? -1 : random.nextInt(255),
                nat,
                nat && commit ? Optional.of(range(random)) : Optional.empty(),
                random.nextInt() & markMask,
                markMask);
    }

    private static NatRange range(Random random) {
        int low = random.nextInt(1 << 30);
        int port = random.nextInt(65535);
        return new NatRange(
                pick(random, NatRange.Side.values()),
                low,
                low + random.nextInt(3),
                port,
                port == 0 ? 0 : port + random.nextInt(2),
                pick(random, NatRange.Pick.values()));
    }

    private static <T> T pick(Random random, T[] values) {
        return values[random.nextInt(values.length)];
    }
}
