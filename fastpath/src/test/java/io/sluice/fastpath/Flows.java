package io.sluice.fastpath;

import io.sluice.conntrack.CtState;
import io.sluice.natlb.NatRange;
import io.sluice.packet.AddressText;
import io.sluice.packet.Ethernet;
import java.util.List;
import java.util.Optional;

/** Flows and actions in few words, for tests. */
final class Flows {
    private Flows() {}

    static Flow flow(int table, int priority, Match.Builder match, Action... actions) {
        return new Flow(table, priority, 0, match.build(), List.of(actions));
    }

    static Match.Builder any() {
        return Match.builder();
    }

    static Match.Builder ip() {
        return any().exact(Field.ETH_TYPE, Ethernet.TYPE_IPV4);
    }

    static Match.Builder ip(int proto) {
        return ip().exact(Field.NW_PROTO, proto);
    }

    static Match.Builder state(Match.Builder match, int set, int clear) {
        return match.masked(Field.CT_STATE, set, set | clear);
    }

    static Match.Builder isNew(Match.Builder match) {
        return state(match, CtState.TRACKED | CtState.NEW, 0);
    }

    static Match.Builder isEstablished(Match.Builder match) {
        return state(match, CtState.TRACKED | CtState.ESTABLISHED, 0);
    }

    static Action output(int port) {
        return new Action.Output(port);
    }

    static Action ct(int zone, int table) {
        return new Action.Ct(zone, false, false, table, false, Optional.empty(), 0, 0);
    }

    static Action ctNat(int zone, int table) {
        return new Action.Ct(zone, false, false, table, true, Optional.empty(), 0, 0);
    }

    static Action commit(int zone) {
        return new Action.Ct(zone, true, false, -1, false, Optional.empty(), 0, 0);
    }

    static Action commitMark(int zone, int mark) {
        return new Action.Ct(zone, true, false, -1, false, Optional.empty(), mark, -1);
    }

    static Action commit(int zone, NatRange range) {
        return new Action.Ct(zone, true, false, -1, true, Optional.of(range), 0, 0);
    }

    /** Another zone for each direction. */
    static Action commit(int zone, int replyZone, Optional<NatRange> range) {
        return new Action.Ct(
                zone,
                true,
                false,
                -1,
                range.isPresent(),
                range,
                List.of(),
                Optional.empty(),
                Optional.of(new Action.Ct.Zone(replyZone, Optional.empty())),
                false);
    }

    static NatRange dnat(String first, String last, int port) {
        return new NatRange(
                NatRange.Side.DESTINATION,
                AddressText.parseIpv4(first),
                AddressText.parseIpv4(last),
                port,
                port,
                NatRange.Pick.DEFAULT);
    }

    static NatRange snat(String address, int firstPort, int lastPort) {
        return new NatRange(
                NatRange.Side.SOURCE,
                AddressText.parseIpv4(address),
                AddressText.parseIpv4(address),
                firstPort,
                lastPort,
                NatRange.Pick.DEFAULT);
    }
}
