package io.sluice.control.flow;

import io.sluice.control.flow.FieldSyntax.Masked;
import io.sluice.control.text.Numbers;
import io.sluice.control.text.Numbers.Wide;
import io.sluice.control.text.Span;
import io.sluice.control.text.Word;
import io.sluice.fastpath.Action;
import io.sluice.fastpath.Field;
import io.sluice.fastpath.SubField;

/**
 * Reads {@code set_field:VALUE[/MASK]->FIELD}, {@code load:VALUE->FIELD[..]} and {@code
 * move:FIELD[..]->FIELD[..]}.
 */
final class SetField {
    private final Span value;
    private final Span field;

    private SetField(Span value, Span field) {
        this.value = value;
        this.field = field;
    }

    static Action read(Word word, ActionContext context) {
        SetField set = split(word, "VALUE->FIELD");
        NamedField named = set.wholeField();
        FieldUse.requireSettable(set.field, named, context);
        Masked masked = set.masked(named, context.ports());
        boolean isWhole =
                masked.maskHigh() == named.bits().maskHigh()
                        && masked.mask() == named.bits().maskLow();
        if (named.field() == Field.VLAN_TCI && isWhole && !named.bits().isWhole()) {
            int number = (int) ((masked.value() & masked.mask()) >>> named.bits().offset());
            return named.bits().offset() == 0
                    ? new Action.SetVlanVid(number & 0xFFF)
                    : new Action.SetVlanPcp(number);
        }
        return set(named.field(), masked);
    }

    static Action load(Word word, ActionContext context) {
        SetField load = split(word, "VALUE->FIELD");
        return load.loadTo(FieldUse.target(load.field, context));
    }

    static Action move(Word word, ActionContext context) {
        SetField move = split(word, "FIELD->FIELD");
        SubField from = FieldUse.source(move.value, context);
        SubField to = FieldUse.target(move.field, context);
        requireSameSize(move.value, from, to);
        return new Action.Move(from, to);
    }

    /** Within {@code exec(...)}: what sets bits of the mark or the label. */
    static Action readExec(Word word, ActionContext context) {
        return switch (word.key()) {
            case "set_field" -> {
                SetField set = split(word, "VALUE->FIELD");
                NamedField target = set.wholeField();
                requireOfConnection(set.field, target);
                yield set(target.field(), set.masked(target, context.ports()));
            }
            case "load" -> {
                SetField load = split(word, "VALUE->FIELD[..]");
                yield load.loadTo(load.bitsOfConnection());
            }
            case "move" -> {
                SetField move = split(word, "FIELD[..]->FIELD[..]");
                SubField from = FieldUse.source(move.value, context);
                SubField to = move.bitsOfConnection();
                requireSameSize(move.value, from, to);
                yield new Action.Move(from, to);
            }
            default ->
                    throw word.name()
                            .expected(
                                    "set_field:V[/M]->FIELD, load:V->FIELD[..] or"
                                            + " move:FIELD[..]->FIELD[..], to ct_mark or"
                                            + " ct_label, in exec(...)");
        };
    }

    private SubField bitsOfConnection() {
        NamedBits target = NamedBits.readOrWhole(field);
        requireOfConnection(field, target.named());
        return target.bits();
    }

    private static void requireOfConnection(Span text, NamedField field) {
        if (field.field() != Field.CT_MARK && field.field() != Field.CT_LABEL) {
            throw text.expected("ct_mark or ct_label: exec(...) sets nothing else");
        }
    }

    static void requireSameSize(Span text, SubField from, SubField to) {
        if (from.bits() != to.bits()) {
            throw text.error(
                    "%s has %s, but what it goes to has %d"
                            .formatted(text.quoted(), bits(from.bits()), to.bits()));
        }
    }

    private static String bits(int count) {
        return count == 1 ? "1 bit" : count + " bits";
    }

    private static SetField split(Word word, String what) {
        Span text = word.requireValue(what);
        int arrow = text.indexOf("->");
        if (arrow < 0) {
            throw text.expected(what);
        }
        return new SetField(text.part(0, arrow), text.from(arrow + 2));
    }

    private NamedField wholeField() {
        int bracket = field.indexOf("[");
        if (bracket >= 0) {
            throw field.error(
                    "set_field sets whole fields, or bits as VALUE/MASK; load:VALUE->%s sets these"
                            .formatted(field.text()));
        }
        return FieldNames.read(field);
    }

    private Masked masked(NamedField named, PortNames ports) {
        if (named.name().equals(FieldUse.VLAN_VID)) {
            requirePresence(named.syntax().read(value, ports));
        }
        Masked masked = named.readToSet(value, ports);
        long high = masked.high() & named.bits().maskHigh() & ~masked.maskHigh();
        long low = masked.value() & named.bits().maskLow() & ~masked.mask();
        if (high != 0 || low != 0) {
            throw value.error("the value has bits that the mask leaves out");
        }
        return masked;
    }

    private void requirePresence(Masked vid) {
        if ((vid.mask() & ~vid.value() & Field.VLAN_PRESENT) != 0) {
            throw value.error("vlan_vid is set together with the bit 0x1000: 4100 is VLAN 4");
        }
    }

    private Action.Set loadTo(SubField target) {
        Wide number = Numbers.parseBits(value, target.bits(), "a value");
        return new Action.Set(
                target.field(),
                target.shiftedHigh(number.high(), number.low()),
                target.shiftedLow(number.low()),
                target.maskHigh(),
                target.maskLow());
    }

    private static Action set(Field field, Masked masked) {
        return new Action.Set(
                field,
                masked.high() & masked.maskHigh(),
                masked.value() & masked.mask(),
                masked.maskHigh(),
                masked.mask());
    }
}
