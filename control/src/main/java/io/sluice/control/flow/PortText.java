package io.sluice.control.flow;

import io.sluice.control.text.NearestWord;
import io.sluice.control.text.Numbers;
import io.sluice.control.text.Span;
import java.util.OptionalInt;

/** A port in flow text: its number, or its name. */
final class PortText {
    /** OpenFlow keeps the numbers from here on for ports with a meaning. */
    static final int MAX = 0xFEFF;

    private PortText() {}

    static int read(Span text, PortNames ports) {
        if (Numbers.isNumber(text.text())) {
            return Numbers.parse(text, 1, MAX, "a port number");
        }
        OptionalInt number = ports.number(text.text());
        if (number.isEmpty()) {
            throw text.error(
                    "no port is called "
                            + text.quoted()
                            + NearestWord.hint(text.text(), ports.names()));
        }
        return number.getAsInt();
    }
}
