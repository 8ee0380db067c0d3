package io.sluice.control.flow;

import io.sluice.control.text.Numbers;
import io.sluice.control.text.Span;
import io.sluice.fastpath.Field;
import java.util.Locale;
import java.util.Optional;

/** The words for parts of a VLAN tag's 16 bits; bit 0x1000 says that there is a tag. */
enum VlanSyntax implements FieldSyntax {
    /** A tag with this VLAN, or 0xffff: no tag. */
    DL_VLAN {
        @Override
        public Masked read(Span text, PortNames ports) {
            if (Numbers.find(text.text(), NO_TAG, NO_TAG).isPresent()) {
                return new Masked(0, ALL);
            }
            int vlan = Numbers.parse(text, 0, VLAN, "a VLAN (or 0xffff: no tag)");
            return new Masked(vlan | Field.VLAN_PRESENT, VLAN | Field.VLAN_PRESENT);
        }

        @Override
        public Optional<String> show(Masked masked) {
            return isByParts(masked) && (masked.mask() & VLAN) != 0
                    ? Optional.of(Long.toString(masked.value() & VLAN))
                    : Optional.empty();
        }
    },
    /** A tag with this priority. */
    PCP {
        @Override
        public Masked read(Span text, PortNames ports) {
            long pcp = Numbers.parse(text, 0, 7, "a VLAN priority");
            return new Masked(
                    pcp << PCP_SHIFT | Field.VLAN_PRESENT, 7L << PCP_SHIFT | Field.VLAN_PRESENT);
        }

        @Override
        public Optional<String> show(Masked masked) {
            return isByParts(masked) && (masked.mask() >>> PCP_SHIFT) != 0
                    ? Optional.of(Long.toString(masked.value() >>> PCP_SHIFT))
                    : Optional.empty();
        }
    },
    /** The VLAN and the bit that says that there is a tag. */
    VID {
        @Override
        public Masked read(Span text, PortNames ports) {
            return VID_BITS.read(text, ports);
        }

        @Override
        public Optional<String> show(Masked masked) {
            return VID_BITS.show(masked);
        }

        @Override
        public boolean isMaskable() {
            return true;
        }
    },
    TCI {
        @Override
        public Masked read(Span text, PortNames ports) {
            return TCI_BITS.read(text, ports);
        }

        @Override
        public Optional<String> show(Masked masked) {
            return isByParts(masked) ? Optional.empty() : TCI_BITS.show(masked);
        }

        @Override
        public boolean isMaskable() {
            return true;
        }
    };

    private static final int NO_TAG = 0xFFFF;
    private static final int ALL = 0xFFFF;
    private static final int VLAN = 0xFFF;
    private static final int PCP_SHIFT = 13;
    private static final FieldSyntax VID_BITS =
            FieldSyntaxes.masked("a VLAN with 0x1000 added", 13, VlanSyntax::hex4);
    private static final FieldSyntax TCI_BITS =
            FieldSyntaxes.masked("a VLAN tag", 16, VlanSyntax::hex4);

    @Override
    public boolean isMaskable() {
        return false;
    }

    /** Whether dl_vlan, dl_vlan_pcp or both say all. */
    private static boolean isByParts(Masked masked) {
        long vlan = masked.mask() & VLAN;
        long pcp = masked.mask() >>> PCP_SHIFT;
        return (masked.mask() & masked.value() & Field.VLAN_PRESENT) != 0
                && (vlan == 0 || vlan == VLAN)
                && (pcp == 0 || pcp == 7)
                && (vlan != 0 || pcp != 0);
    }

    private static String hex4(Numbers.Wide value) {
        return String.format(Locale.ROOT, "0x%04x", value.low());
    }
}
