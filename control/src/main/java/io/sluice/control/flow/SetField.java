package io.sluice.control.flow;

import io.sluice.control.text.NearestWord;
import io.sluice.control.text.Span;
import io.sluice.control.text.Word;
import io.sluice.fastpath.Action;
import io.sluice.fastpath.Field;
import java.util.List;

/** {@code set_field:VALUE[/MASK]->FIELD}. */
final class SetField {
    private static final List<String> NAMES =
            List.of("eth_src", "eth_dst", "dl_src", "dl_dst", "ct_mark");

    private final Span value;
    private final Span field;

    private SetField(Span value, Span field) {
        this.value = value;
        this.field = field;
    }

    /** Among a flow's actions. */
    static Action read(Word word) {
        SetField set = split(word);
        return switch (set.field.text()) {
            case "eth_src", "dl_src" -> Action.Set.whole(Field.ETH_SRC, Addresses.mac(set.value));
            case "eth_dst", "dl_dst" -> Action.Set.whole(Field.ETH_DST, Addresses.mac(set.value));
            case "ct_mark" ->
                    throw set.field.error(
                            "ct_mark can only be set when a connection is committed:"
                                    + " ct(commit,exec(set_field:V->ct_mark))");
            default -> throw set.unknown();
        };
    }

    /** Within {@code exec(...)}: the bits of the mark and which of them are set. */
    static FieldSyntax.Masked readMark(Word word) {
        SetField set = split(word);
        if (!set.field.text().equals("ct_mark")) {
            throw NAMES.contains(set.field.text())
                    ? set.field.expected("ct_mark: exec(...) sets nothing else")
                    : set.unknown();
        }
        FieldSyntax.Masked mark = FieldSyntaxes.MARK.read(set.value, null);
        if ((mark.value() & ~mark.mask()) != 0) {
            throw set.value.error("the value has bits that the mask leaves out");
        }
        return mark;
    }

    private static SetField split(Word word) {
        Span text = word.requireValue("VALUE->FIELD");
        int arrow = text.indexOf("->");
        if (arrow < 0) {
            throw text.expected("VALUE->FIELD");
        }
        return new SetField(text.part(0, arrow), text.from(arrow + 2));
    }

    private RuntimeException unknown() {
        return field.error(
                "field %s cannot be set, expected one of %s%s"
                        .formatted(
                                field.quoted(),
                                String.join(" ", NAMES),
                                NearestWord.hint(field.text(), NAMES)));
    }
}
