package io.sluice.control.flow;

import io.sluice.control.flow.FieldSyntax.Masked;
import io.sluice.control.text.Span;
import io.sluice.fastpath.Field;
import io.sluice.fastpath.SubField;
import java.util.List;
import java.util.Optional;

/**
 * A name, or several, for bits of a field, and how their values are written.
 *
 * @param names the short ones before those of NXM and OXM; the first is for display in a match
 * @param bits which bits {@code NAME[]} means
 * @param syntax of the value in a match or behind {@code set_field:}
 * @param needs what must be known about the packet for the field to have a meaning
 * @param needsInMatch the same for old matches, which may use the name in a wider meaning
 * @param writable whether actions may set it
 */
record NamedField(
        List<String> names,
        SubField bits,
        FieldSyntax syntax,
        Prerequisite needs,
        Prerequisite needsInMatch,
        boolean writable) {
    Field field() {
        return bits.field();
    }

    /** For display in a match. */
    String name() {
        return names.getFirst();
    }

    /**
     * The name of NXM or OXM, as actions show it; empty for those that Open vSwitch has none for.
     */
    Optional<String> wireName() {
        return names.stream().filter(name -> Character.isUpperCase(name.charAt(0))).findFirst();
    }

    boolean maskable() {
        return syntax.isMaskable();
    }

    /** Value and mask to set, without bits that are not this field's own. */
    Masked readToSet(Span text, PortNames ports) {
        Masked read = syntax.read(text, ports);
        return new Masked(
                read.high() & bits.maskHigh(),
                read.value() & bits.maskLow(),
                read.maskHigh() & bits.maskHigh(),
                read.mask() & bits.maskLow());
    }

    /** Some of this field's bits, counted from its own lowest one. */
    SubField part(int first, int last) {
        return new SubField(field(), bits.offset() + first, last - first + 1);
    }

    NamedField readOnly() {
        return new NamedField(names, bits, syntax, needs, needsInMatch, false);
    }

    /** The same name for some bits only. */
    NamedField ofBits(int offset, int count) {
        SubField some = new SubField(field(), offset, count);
        return new NamedField(names, some, syntax, needs, needsInMatch, writable);
    }

    NamedField neededInMatch(Prerequisite wider) {
        return new NamedField(names, bits, syntax, needs, wider, writable);
    }
}
