package io.sluice.natlb;

import io.sluice.packet.IpAddress;
import io.sluice.packet.Ipv4;
import io.sluice.packet.TupleKey;
import java.lang.foreign.Arena;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;

/** The first choices that this process makes, as text; a program for tests. */
final class FirstChoices {
    private static final int CLIENTS = 20;

    private static final PortMaps MAPS =
            new PortMaps(bytes -> Arena.global().allocate(bytes, 4096).address());

    private FirstChoices() {}

    /** For the connection of each client; clients have three connections each. */
    static Map<NatRange.Pick, List<String>> of(boolean ipv6) {
        Map<NatRange.Pick, List<String>> choices = new EnumMap<>(NatRange.Pick.class);
        for (NatRange.Pick pick : NatRange.Pick.values()) {
            NatRange range =
                    new NatRange(
                            NatRange.Side.SOURCE,
                            IpAddress.parse(ipv6 ? "fc00::" : "198.51.100.0"),
                            IpAddress.parse(ipv6 ? "fc00:0:0:7::" : "198.51.100.255"),
                            1024,
                            65000,
                            pick);
            List<String> ofPick = new ArrayList<>();
            for (int i = 0; i < 3 * CLIENTS; i++) {
                ofPick.add(first(range, i / 3, 4000 + i, 80 + i % 3));
            }
            choices.put(pick, ofPick);
        }
        return choices;
    }

    private static String first(NatRange range, int client, int srcPort, int dstPort) {
        NatSearch search = new NatSearch(MAPS, false);
        long ports = TupleKey.portsAndScope(TupleKey.ports(srcPort, dstPort), 5, Ipv4.PROTO_TCP);
        if (range.isIpv6()) {
            long[] wide = {0xFD00L << 48, client, 0x20010DB8L << 32, dstPort};
            search.begin(range, wide, 0, TupleKey.ofIpv6(ports));
        } else {
            search.begin(range, TupleKey.addresses(client, 0xCB007100 + dstPort), ports);
        }
        search.next();
        IpAddress address =
                range.isIpv6()
                        ? IpAddress.ofIpv6(search.addressHigh(), search.addressLow())
                        : IpAddress.ofIpv4(TupleKey.source(search.addresses()));
        return address + " " + TupleKey.sourcePort(search.ports());
    }

    public static void main(String[] arguments) {
        System.out.println(of(false));
        System.out.println(of(true));
    }
}
