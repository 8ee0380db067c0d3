package io.sluice.control.flow;

import java.util.Map;
import java.util.OptionalInt;
import java.util.Set;

/** The names that flows may call ports by. */
public interface PortNames {
    OptionalInt number(String name);

    Set<String> names();

    static PortNames of(Map<String, Integer> numbers) {
        return new PortNames() {
            @Override
            public OptionalInt number(String name) {
                Integer number = numbers.get(name);
                return number == null ? OptionalInt.empty() : OptionalInt.of(number);
            }

            @Override
            public Set<String> names() {
                return numbers.keySet();
            }
        };
    }
}
