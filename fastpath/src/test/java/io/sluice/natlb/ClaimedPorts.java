package io.sluice.natlb;

/** Shows how many ports are claimed, which nobody else needs to know. */
public final class ClaimedPorts {
    private ClaimedPorts() {}

    /** Of the peer with this reply tuple, whose second port is searched. */
    public static int of(PortMaps maps, long addresses, long portsAndZone, int zoneEpoch) {
        return maps.claimed(PortMaps.key(addresses, portsAndZone, true, zoneEpoch));
    }
}
