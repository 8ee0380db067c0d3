package io.sluice.control.flow;

import io.sluice.conntrack.CtState;
import io.sluice.conntrack.Helper;
import io.sluice.control.text.NearestWord;
import io.sluice.control.text.Numbers;
import io.sluice.control.text.Span;
import io.sluice.control.text.Word;
import io.sluice.control.text.Words;
import io.sluice.fastpath.Action;
import io.sluice.fastpath.Action.Ct.Zone;
import io.sluice.fastpath.Field;
import io.sluice.fastpath.Match;
import io.sluice.fastpath.SubField;
import io.sluice.natlb.NatRange;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** Reads {@code ct(...)}. A new argument is a row of {@link #ARGUMENTS}. */
final class CtReader {
    private interface ArgumentReader {
        void read(Word word, CtReader ct);
    }

    private static final int ZONE_BITS = 16;
    private static final int ZONE_MAX = 0xFFFF;

    private static final List<String> HELPERS = List.of(Helper.FTP.text(), Helper.TFTP.text());

    private static final Map<String, ArgumentReader> ARGUMENTS = arguments();

    private final Map<String, Word> given = new HashMap<>();
    private final ActionContext context;
    private Zone zone = new Zone(0, Optional.empty());
    private Optional<Zone> originalZone = Optional.empty();
    private Optional<Zone> replyZone = Optional.empty();
    private boolean commit;
    private boolean force;
    private boolean log;
    private Helper helper = Helper.NONE;
    private boolean untied;
    private int table = -1;
    private boolean nat;
    private Optional<NatRange> range = Optional.empty();
    private final List<Action> exec = new ArrayList<>();

    private CtReader(ActionContext context) {
        this.context = context;
    }

    static Action read(Word word, ActionContext context) {
        context.require(word.name(), Prerequisite.IP);
        CtReader ct = new CtReader(context);
        if (word.form() != Word.Form.BARE) {
            ct.readArguments(word.requireList());
        }
        ct.checkCommit();
        ct.checkZones();
        ct.requireOneZone();
        context.match()
                .filter(match -> ct.commit && isInvalid(match))
                .ifPresent(match -> {
                    throw ct.given
                            .get("commit")
                            .name()
                            .error("packets that are +inv have no connection to commit");
                });
        Zone original = ct.originalZone.orElse(ct.zone);
        Action.Ct action =
                new Action.Ct(
                        original.number(),
                        ct.commit,
                        ct.force,
                        ct.table,
                        ct.nat,
                        ct.range,
                        ct.exec,
                        original.field(),
                        Optional.of(ct.replyZone.orElse(ct.zone)),
                        ct.log);
        return action.with(ct.helper, ct.untied);
    }

    private static boolean isInvalid(Match match) {
        return (match.value(Field.CT_STATE) & CtState.INVALID) != 0;
    }

    private static Map<String, ArgumentReader> arguments() {
        Map<String, ArgumentReader> rows = new LinkedHashMap<>();
        rows.put(
                "commit",
                (word, ct) -> {
                    word.requireBare();
                    ct.commit = true;
                });
        rows.put(
                "force",
                (word, ct) -> {
                    word.requireBare();
                    ct.force = true;
                });
        rows.put(
                "log",
                (word, ct) -> {
                    word.requireBare();
                    ct.log = true;
                });
        rows.put("zone", (word, ct) -> ct.zone = ct.readZone(word));
        rows.put("zone_orig", (word, ct) -> ct.originalZone = Optional.of(ct.readZone(word)));
        rows.put("zone_reply", (word, ct) -> ct.replyZone = Optional.of(ct.readZone(word)));
        rows.put("table", (word, ct) -> ct.table = ActionTable.table(word.requireValue("N")));
        rows.put(
                "nat",
                (word, ct) -> {
                    ct.nat = true;
                    ct.range = NatReader.read(word);
                    ct.range.ifPresent(range -> ct.requireKind(word, range));
                });
        rows.put("exec", (word, ct) -> ct.readExec(word.requireList()));
        rows.put("alg", (word, ct) -> ct.helper = ct.readHelper(word.requireValue("HELPER")));
        rows.put(
                "untied",
                (word, ct) -> {
                    word.requireBare();
                    ct.untied = true;
                });
        return rows;
    }

    private Helper readHelper(Span text) {
        if (text.text().equals(Helper.FTP.text())) {
            context.require(text, Prerequisite.TCP);
            return Helper.FTP;
        }
        if (text.text().equals(Helper.TFTP.text())) {
            context.require(text, Prerequisite.UDP);
            return Helper.TFTP;
        }
        throw text.error(
                "unknown helper %s, expected one of %s%s"
                        .formatted(
                                text.quoted(),
                                String.join(" ", HELPERS),
                                NearestWord.hint(text.text(), HELPERS)));
    }

    private void requireKind(Word nat, NatRange range) {
        // The null translation is for both.
        if (!range.isNull()) {
            context.require(nat.name(), range.isIpv6() ? Prerequisite.IPV6 : Prerequisite.IPV4);
        }
    }

    private void readArguments(Words words) {
        while (words.hasNext()) {
            Word word = words.next();
            ArgumentReader reader = ARGUMENTS.get(word.key());
            if (reader == null) {
                throw word.name()
                        .error(
                                "unknown word %s in ct(...), expected one of %s%s"
                                        .formatted(
                                                word.name().quoted(),
                                                String.join(" ", ARGUMENTS.keySet()),
                                                NearestWord.hint(word.key(), ARGUMENTS.keySet())));
            }
            if (given.put(word.key(), word) != null) {
                throw word.name().error("'" + word.key() + "' is given twice in ct(...)");
            }
            reader.read(word, this);
        }
    }

    private Zone readZone(Word word) {
        Span text = word.requireValue("N");
        if (Numbers.isNumber(text.text()) || !FieldUse.isField(text)) {
            return new Zone(Numbers.parse(text, 0, ZONE_MAX, "a zone"), Optional.empty());
        }
        SubField bits = FieldUse.source(text, context);
        if (bits.bits() != ZONE_BITS) {
            throw text.expected("16 bits of a field for the zone");
        }
        return new Zone(0, Optional.of(bits));
    }

    private void checkZones() {
        if (originalZone.isPresent() && replyZone.isPresent() && given.containsKey("zone")) {
            throw given.get("zone")
                    .name()
                    .error("'zone' says nothing beside zone_orig and zone_reply");
        }
    }

    private void requireOneZone() {
        boolean two = originalZone.isPresent() || replyZone.isPresent();
        if (two && range.filter(NatRange::mapsEndpoints).isPresent()) {
            throw given.get("nat")
                    .name()
                    .error("endpoint-independent-mapping needs one zone for both directions");
        }
    }

    private void readExec(Words actions) {
        while (actions.hasNext()) {
            Action step = SetField.readExec(actions.next(), context);
            // Bits that are none need not be set.
            if (!(step instanceof Action.Set set) || (set.maskLow() | set.maskHigh()) != 0) {
                exec.add(step);
            }
        }
    }

    /** What only makes sense when the connection is made, as in Open vSwitch. */
    private void checkCommit() {
        if (untied && helper == Helper.NONE) {
            throw given.get("untied").name().error("'untied' needs alg in the same ct()");
        }
        if (commit) {
            return;
        }
        for (String name : new String[] {"force", "log", "exec"}) {
            if (given.containsKey(name)) {
                throw given.get(name).name().error("'" + name + "' needs commit in the same ct()");
            }
        }
        if (range.isPresent()) {
            throw given.get("nat")
                    .name()
                    .error("nat with src or dst needs commit in the same ct()");
        }
    }
}
