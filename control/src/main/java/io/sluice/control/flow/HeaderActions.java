package io.sluice.control.flow;

import io.sluice.control.flow.ActionTable.ActionReader;
import io.sluice.control.text.Numbers;
import io.sluice.control.text.Span;
import io.sluice.control.text.Word;
import io.sluice.control.text.Words;
import io.sluice.fastpath.Action;
import io.sluice.fastpath.Field;
import java.util.Map;

/** The actions that change one field of the packet's headers each. */
final class HeaderActions {
    private static final int DSCP_BITS = 0xFC;
    private static final int ECN_BITS = 3;

    private HeaderActions() {}

    static void addTo(Map<String, ActionReader> rows) {
        rows.put("mod_dl_src", (word, context) -> Action.Set.whole(Field.ETH_SRC, mac(word)));
        rows.put("mod_dl_dst", (word, context) -> Action.Set.whole(Field.ETH_DST, mac(word)));
        rows.put("mod_nw_src", (word, context) -> address(word, context, Field.NW_SRC));
        rows.put("mod_nw_dst", (word, context) -> address(word, context, Field.NW_DST));
        rows.put("mod_nw_tos", HeaderActions::tos);
        rows.put("mod_nw_ecn", HeaderActions::ecn);
        rows.put("mod_nw_ttl", HeaderActions::ttl);
        rows.put("mod_tp_src", (word, context) -> port(word, context, Field.TP_SRC));
        rows.put("mod_tp_dst", (word, context) -> port(word, context, Field.TP_DST));
        rows.put("dec_ttl", HeaderActions::decTtl);
        rows.put("push_vlan", (word, context) -> pushVlan(word));
        rows.put("pop_vlan", ActionTable.bare(new Action.PopVlan()));
        rows.put("strip_vlan", ActionTable.bare(new Action.PopVlan()));
        rows.put("mod_vlan_vid", (word, context) -> new Action.SetVlanVid(vid(word)));
        rows.put("mod_vlan_pcp", (word, context) -> new Action.SetVlanPcp(pcp(word)));
        rows.put(
                "set_vlan_vid",
                (word, context) -> {
                    context.requireVlanTag(word.name());
                    return new Action.SetVlanVid(vid(word));
                });
        rows.put(
                "set_vlan_pcp",
                (word, context) -> {
                    context.requireVlanTag(word.name());
                    return new Action.SetVlanPcp(pcp(word));
                });
    }

    private static long mac(Word word) {
        return Addresses.mac(word.requireValue("xx:xx:xx:xx:xx:xx"));
    }

    private static Action address(Word word, ActionContext context, Field field) {
        context.require(word.name(), Prerequisite.IPV4);
        int address = Addresses.ipv4(word.requireValue("a.b.c.d"));
        return Action.Set.whole(field, Integer.toUnsignedLong(address));
    }

    private static Action tos(Word word, ActionContext context) {
        context.require(word.name(), Prerequisite.IP);
        Span text = word.requireValue("TOS");
        int tos = Numbers.parse(text, 0, 0xFF, "a type of service");
        if ((tos & ~DSCP_BITS) != 0) {
            throw text.expected(
                    "a type of service that is a multiple of 4 (mod_nw_ecn sets the rest)");
        }
        return new Action.Set(Field.NW_TOS, 0, tos, 0, DSCP_BITS);
    }

    private static Action ecn(Word word, ActionContext context) {
        context.require(word.name(), Prerequisite.IP);
        int ecn = Numbers.parse(word.requireValue("ECN"), 0, ECN_BITS, "an ECN");
        return new Action.Set(Field.NW_TOS, 0, ecn, 0, ECN_BITS);
    }

    private static Action ttl(Word word, ActionContext context) {
        context.require(word.name(), Prerequisite.IP);
        int ttl = Numbers.parse(word.requireValue("TTL"), 0, 0xFF, "a TTL");
        return Action.Set.whole(Field.NW_TTL, ttl);
    }

    private static Action port(Word word, ActionContext context, Field field) {
        context.require(word.name(), Prerequisite.L4_PORTS);
        int port = Numbers.parse(word.requireValue("PORT"), 0, 0xFFFF, "a port");
        return Action.Set.whole(field, port);
    }

    private static Action decTtl(Word word, ActionContext context) {
        context.require(word.name(), Prerequisite.IP);
        if (word.form() != Word.Form.BARE) {
            // Whoever reads packet/in gets the expired ones, so the controllers' numbers only pass.
            Words ids = word.requireList();
            while (ids.hasNext()) {
                Numbers.parse(ids.next().name(), 0, 0xFFFF, "a controller's number");
            }
        }
        return new Action.DecTtl();
    }

    private static Action pushVlan(Word word) {
        Span text = word.requireValue("TPID");
        int tpid = Numbers.parse(text, 0, 0xFFFF, "0x8100 or 0x88a8, an Ethernet type");
        if (tpid != 0x8100 && tpid != 0x88A8) {
            throw text.expected("0x8100 or 0x88a8");
        }
        return new Action.PushVlan(tpid);
    }

    private static int vid(Word word) {
        return Numbers.parse(word.requireValue("VLAN"), 0, 0xFFF, "a VLAN");
    }

    private static int pcp(Word word) {
        return Numbers.parse(word.requireValue("PRIORITY"), 0, 7, "a VLAN priority");
    }
}
