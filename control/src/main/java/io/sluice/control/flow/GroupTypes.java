package io.sluice.control.flow;

import io.sluice.control.text.NearestWord;
import io.sluice.control.text.Span;
import io.sluice.fastpath.Group;
import java.util.List;

/** The names of the types of groups. */
public final class GroupTypes {
    private static final List<String> NAMES =
            List.of("all", "select", "indirect", "ff", "fast_failover");

    private GroupTypes() {}

    static Group.Type read(Span text) {
        return switch (text.text()) {
            case "all" -> Group.Type.ALL;
            case "select" -> Group.Type.SELECT;
            case "indirect" -> Group.Type.INDIRECT;
            case "ff", "fast_failover" -> Group.Type.FAST_FAILOVER;
            default ->
                    throw text.error(
                            "unknown type %s, expected one of %s%s"
                                    .formatted(
                                            text.quoted(),
                                            String.join(" ", NAMES),
                                            NearestWord.hint(text.text(), NAMES)));
        };
    }

    public static String show(Group.Type type) {
        return switch (type) {
            case ALL -> "all";
            case SELECT -> "select";
            case INDIRECT -> "indirect";
            case FAST_FAILOVER -> "ff";
        };
    }
}
