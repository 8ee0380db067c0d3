package io.sluice.control.flow;

import io.sluice.control.text.Span;
import io.sluice.fastpath.Field;
import io.sluice.fastpath.SubField;
import java.util.List;
import java.util.stream.Stream;

/** Reads the fields that actions take values from or set, and checks that they may. */
final class FieldUse {
    /** Can be matched on packets without a tag, but not be set. */
    static final String VLAN_VID = "vlan_vid";

    /** Every field, by the names that matches are shown with before others. */
    static final List<NamedField> ALL =
            Stream.of(FieldTable.OF_STATE, FieldTable.OF_PACKET, FieldTable.OTHER_NAMES)
                    .flatMap(List::stream)
                    .toList();

    private FieldUse() {}

    /** Whether the text names a field, with or without brackets, and is no value. */
    static boolean isField(Span text) {
        return text.text().matches("\\w+\\[.*") || FieldNames.find(text.text()).isPresent();
    }

    /** Bits that a value is taken from. */
    static SubField source(Span text, ActionContext context) {
        NamedBits source = NamedBits.readOrWhole(text);
        requirePackets(text, source.named(), context);
        return source.bits();
    }

    /** Bits that a value is written to. */
    static SubField target(Span text, ActionContext context) {
        NamedBits target = NamedBits.readOrWhole(text);
        requireSettable(text, target.named(), context);
        return target.bits();
    }

    /** Refuses the field unless it may be set, and on the packets here. */
    static void requireSettable(Span text, NamedField field, ActionContext context) {
        requireWritable(text, field);
        if (field.name().equals(VLAN_VID)) {
            context.requireVlanTag(text);
        }
        requirePackets(text, field, context);
    }

    static void requireWritable(Span text, NamedField field) {
        if (!field.writable()) {
            throw text.error("'%s' cannot be set: it is read-only".formatted(text.text()));
        }
        if (field.field() == Field.CT_MARK || field.field() == Field.CT_LABEL) {
            throw text.error(
                    "%s can only be set when a connection is committed:"
                                    .formatted(field.field().text())
                            + " ct(commit,exec(set_field:V->%s))".formatted(field.field().text()));
        }
    }

    /** Words of a match that say more than some bits, as dl_vlan=0xffff does. */
    static void requireBits(Span text, NamedField field) {
        if (field.field() == Field.VLAN_TCI && field.wireName().isEmpty()) {
            throw text.error(
                    "'%s' has a meaning in matches only, expected vlan_vid, vlan_pcp or vlan_tci"
                            .formatted(text.text()));
        }
    }

    /** Refuses the field unless the packets here have it. */
    private static void requirePackets(Span text, NamedField field, ActionContext context) {
        requireBits(text, field);
        if (field.needs().equals(Prerequisite.TAG)) {
            context.requireVlanTag(text);
        } else {
            context.require(text, field.needs());
        }
    }
}
