package io.sluice.control.flow;

import io.sluice.fastpath.Field;
import io.sluice.fastpath.Match;
import io.sluice.fastpath.SubField;
import java.util.List;
import java.util.Random;

/** Makes matches over every field, with what each field needs. */
final class RandomMatches {
    private static final int[] ETH_TYPES = {0x0800, 0x0800, 0x86DD, 0x86DD, 0x0806, 0x8035};
    private static final int[] PROTOCOLS = {1, 6, 17, 58, 132};

    /** Value and mask of what the words for fragments say, or nothing. */
    private static final int[][] FRAGMENTS = {{0, 0}, {0, 3}, {1, 1}, {1, 3}, {2, 2}, {0, 2}};

    private RandomMatches() {}

    static Match match(Random random) {
        Match.Builder match = Match.builder();
        int ethType = ETH_TYPES[random.nextInt(ETH_TYPES.length)];
        if (random.nextInt(8) == 0) {
            match.exact(Field.ETH_TYPE, random.nextInt(65536));
        } else {
            match.exact(Field.ETH_TYPE, ethType);
            addNetwork(random, match, ethType);
        }
        if (random.nextInt(3) == 0) {
            addTag(random, match);
        }
        for (List<NamedField> rows : List.of(FieldTable.OF_STATE, FieldTable.OF_PACKET)) {
            for (NamedField row : rows) {
                boolean wanted = random.nextInt(3) == 0 && !match.has(row.field());
                if (wanted && row.needs().holds(match.build())) {
                    add(random, match, row);
                }
            }
        }
        return match.build();
    }

    private static void addNetwork(Random random, Match.Builder match, int ethType) {
        boolean isIp = ethType == 0x0800 || ethType == 0x86DD;
        if (random.nextInt(8) != 0) {
            match.exact(
                    Field.NW_PROTO,
                    isIp && random.nextInt(8) != 0
                            ? PROTOCOLS[random.nextInt(PROTOCOLS.length)]
                            : random.nextInt(256));
        }
        if (isIp) {
            match.masked(
                    Field.NW_TOS,
                    random.nextInt(256),
                    (random.nextBoolean() ? 0xFC : 0) | (random.nextBoolean() ? 3 : 0));
            int[] fragment = FRAGMENTS[random.nextInt(FRAGMENTS.length)];
            match.masked(Field.NW_FRAG, fragment[0], fragment[1]);
        }
    }

    private static void addTag(Random random, Match.Builder match) {
        int mask =
                switch (random.nextInt(4)) {
                    case 0 -> 0x1FFF;
                    case 1 -> 0xF000;
                    case 2 -> 0xFFFF;
                    default -> random.nextInt(65536);
                };
        match.masked(Field.VLAN_TCI, random.nextInt(65536), mask);
    }

    private static void add(Random random, Match.Builder match, NamedField row) {
        Field field = row.field();
        SubField bits = row.bits();
        if (row.maskable()) {
            long[] mask = mask(random, bits);
            match.masked(field, random.nextLong(), random.nextLong(), mask[0], mask[1]);
        } else if (row.name().equals("icmp_type")) {
            match.exact(
                    field, random.nextBoolean() ? 135 + random.nextInt(2) : random.nextInt(256));
        } else if (row.name().equals("icmp_code")) {
            match.exact(field, random.nextBoolean() ? 0 : random.nextInt(256));
        } else if (field == Field.IN_PORT) {
            match.exact(field, 1 + random.nextInt(PortText.MAX));
        } else if (field == Field.CT_NW_PROTO) {
            match.exact(field, PROTOCOLS[random.nextInt(PROTOCOLS.length)]);
        } else if (field != Field.NW_FRAG) {
            match.exact(field, random.nextLong());
        }
    }

    /** Everything, a prefix or anything, within the bits. */
    private static long[] mask(Random random, SubField bits) {
        long[] mask = {bits.maskHigh(), bits.maskLow()};
        switch (random.nextInt(3)) {
            case 0 -> {
                // Open vSwitch takes an IPv6 mask that begins with a digit for a prefix's length.
                mask[0] &= random.nextLong() | 0xFL << 60;
                mask[1] &= random.nextLong();
            }
            case 1 -> {
                boolean high = bits.bits() > Long.SIZE && random.nextBoolean();
                mask[0] &= high ? -1L << random.nextInt(Long.SIZE) : -1L;
                mask[1] &= high ? 0 : -1L << random.nextInt(Math.min(bits.bits(), Long.SIZE));
            }
            default -> {}
        }
        return mask;
    }
}
