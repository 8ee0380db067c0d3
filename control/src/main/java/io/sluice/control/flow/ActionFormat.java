package io.sluice.control.flow;

import io.sluice.fastpath.Action;
import io.sluice.fastpath.Action.Controller;
import io.sluice.fastpath.Action.PacketInReason;
import io.sluice.fastpath.Action.Resubmit;
import io.sluice.fastpath.Field;
import io.sluice.fastpath.Flow;
import io.sluice.fastpath.Match;
import java.util.ArrayList;
import java.util.List;

/** Writes actions as Open vSwitch does; {@link ActionListReader} reads that back. */
public final class ActionFormat {
    /** What names mean where nothing is known about the packets. */
    private static final Match UNKNOWN =
            Match.builder()
                    .exact(Field.ETH_TYPE, Prerequisite.ETH_TYPE_IPV4)
                    .exact(Field.NW_PROTO, Prerequisite.PROTO_TCP)
                    .build();

    /** What is known about the packets, because some bits have a name for each protocol. */
    private final Match packets;

    private ActionFormat(Match packets) {
        this.packets = packets;
    }

    /** What stands after {@code actions=} of a group's bucket, or of a packet-out. */
    public static String show(List<Action> actions) {
        return new ActionFormat(UNKNOWN).showList(actions);
    }

    /** One action of flows with this match. */
    public static String show(Action action, Match packets) {
        return new ActionFormat(packets).show(action);
    }

    /** What stands after {@code actions=} of a flow. */
    public static String show(Flow flow) {
        return new ActionFormat(flow.match()).showFlow(flow.actions());
    }

    private String showList(List<Action> actions) {
        return actions.isEmpty() ? "drop" : String.join(",", words(actions));
    }

    private String showFlow(List<Action> actions) {
        int metadata = actions.size() - 1;
        if (metadata >= 0 && actions.get(metadata) instanceof Action.GotoTable) {
            metadata--;
        }
        boolean isInstruction =
                metadata >= 0
                        && actions.get(metadata) instanceof Action.Set set
                        && set.field() == Field.METADATA;
        if (!isInstruction) {
            return showList(actions);
        }
        List<String> words = words(actions);
        words.set(metadata, SetFormat.writeMetadata((Action.Set) actions.get(metadata)));
        return String.join(",", words);
    }

    private List<String> words(List<Action> actions) {
        List<String> words = new ArrayList<>();
        actions.forEach(action -> words.add(show(action)));
        return words;
    }

    private String show(Action action) {
        return switch (action) {
            case Action.Output output -> "output:" + output.port();
            case Action.OutputTruncated output ->
                    "output(port=%s,max_len=%d)"
                            .formatted(
                                    output.port() == Action.OutputTruncated.IN_PORT
                                            ? "IN_PORT"
                                            : output.port(),
                                    output.maxBytes());
            case Action.OutputField output -> "output:" + FieldNames.show(output.port(), packets);
            case Action.OutputInPort inPort -> "IN_PORT";
            case Action.Normal normal -> "NORMAL";
            case Action.Flood flood -> "FLOOD";
            case Action.All all -> "ALL";
            case Action.Controller controller -> show(controller);
            case Action.Set set -> SetFormat.show(set, packets);
            case Action.Move move ->
                    "move:"
                            + FieldNames.show(move.from(), packets)
                            + "->"
                            + FieldNames.show(move.to(), packets);
            case Action.PushVlan push -> "push_vlan:0x%04x".formatted(push.tpid());
            case Action.PopVlan pop -> "strip_vlan";
            case Action.SetVlanVid vid -> "mod_vlan_vid:" + vid.vid();
            case Action.SetVlanPcp pcp -> "mod_vlan_pcp:" + pcp.pcp();
            case Action.DecTtl ttl -> "dec_ttl";
            case Action.Group group -> "group:" + Integer.toUnsignedString(group.id());
            case Action.Resubmit resubmit -> show(resubmit);
            case Action.GotoTable go -> "goto_table:" + go.table();
            case Action.Ct ct -> CtFormat.show(ct, packets);
            case Action.CtClear clear -> "ct_clear";
            default -> showMore(action);
        };
    }

    private String showMore(Action action) {
        return switch (action) {
            case Action.Clone clone -> "clone(" + showList(clone.actions()) + ")";
            case Action.Learn learn -> LearnFormat.show(learn.flow(), packets);
            case Action.FinTimeout fin -> show(fin);
            case Action.Conjunction conjunction ->
                    "conjunction(%s,%d/%d)"
                            .formatted(
                                    Integer.toUnsignedString(conjunction.id()),
                                    conjunction.dimension() + 1,
                                    conjunction.dimensions());
            case Action.Note note -> "note:" + HexText.show(note.bytes());
            case Action.Multipath multipath -> show(multipath);
            case Action.CheckPktLarger check ->
                    "check_pkt_larger(%d)->%s"
                            .formatted(check.bytes(), FieldNames.show(check.to(), packets));
            case Action.Meter meter -> "meter:" + Integer.toUnsignedString(meter.id());
            case Action.WriteActions write -> "write_actions(" + showList(write.actions()) + ")";
            case Action.ClearActions clear -> "clear_actions";
            case Action.Exit exit -> "exit";
            default -> throw new IllegalArgumentException("cannot write " + action);
        };
    }

    private static String show(Controller controller) {
        if (ControllerReader.isOutput(controller)) {
            return "CONTROLLER:" + controller.maxBytes();
        }
        List<String> words = new ArrayList<>();
        if (controller.reason() != PacketInReason.ACTION) {
            words.add("reason=" + ControllerReader.text(controller.reason()));
        }
        if (controller.maxBytes() != ControllerReader.ALL_BYTES) {
            words.add("max_len=" + controller.maxBytes());
        }
        if (controller.id() != 0) {
            words.add("id=" + controller.id());
        }
        if (!controller.userdata().hex().isEmpty()) {
            words.add("userdata=" + HexText.show(controller.userdata()));
        }
        return "controller(" + String.join(",", words) + ")";
    }

    private static String show(Action.FinTimeout fin) {
        List<String> words = new ArrayList<>();
        if (fin.idleSeconds() != 0) {
            words.add("idle_timeout=" + fin.idleSeconds());
        }
        if (fin.hardSeconds() != 0) {
            words.add("hard_timeout=" + fin.hardSeconds());
        }
        return "fin_timeout(" + String.join(",", words) + ")";
    }

    private static String show(Resubmit resubmit) {
        String port = resubmit.inPort() == Resubmit.SAME ? "" : "" + resubmit.inPort();
        String table = resubmit.table() == Resubmit.SAME ? "" : "" + resubmit.table();
        if (resubmit.swapConnection()) {
            return "resubmit(%s,%s,ct)".formatted(port, table);
        }
        return table.isEmpty() ? "resubmit:" + port : "resubmit(%s,%s)".formatted(port, table);
    }

    private String show(Action.Multipath multipath) {
        return "multipath(%s,%d,%s,%d,%s,%s)"
                .formatted(
                        PositionalReaders.text(multipath.fields()),
                        multipath.basis(),
                        PositionalReaders.lower(multipath.algorithm()),
                        multipath.links(),
                        Integer.toUnsignedString(multipath.argument()),
                        FieldNames.show(multipath.to(), packets));
    }
}
