package io.sluice.perf;

/** What happens to the packets that open connections, and how a frame shows that it was done. */
enum Translation {
    /** Many clients behind a few addresses; a port is kept while it is free. */
    SNAT("snat to a range") {
        @Override
        String commit(String send) {
            return """
            table=1,priority=10,udp,ct_state=+trk+new,actions=ct(commit,zone=1,nat(src=%s-%s)),%s
            """
                    .formatted(
                            UdpFrame.dotted(FIRST_OUTSIDE),
                            UdpFrame.dotted(FIRST_OUTSIDE + OUTSIDE_ADDRESSES - 1),
                            send);
        }

        @Override
        boolean allows(byte[] in, byte[] out) {
            int address = UdpFrame.sourceAddress(out) - FIRST_OUTSIDE;
            return address >= 0
                    && address < OUTSIDE_ADDRESSES
                    // A client's port is above 1023, and the class of a port is kept.
                    && UdpFrame.sourcePort(out) >= 1024
                    && UdpFrame.destinationAddress(out) == UdpFrame.destinationAddress(in)
                    && UdpFrame.destinationPort(out) == UdpFrame.destinationPort(in);
        }
    },
    /** Virtual addresses whose backends a group selects. */
    DNAT("dnat by a group") {
        @Override
        String commit(String send) {
            StringBuilder group = new StringBuilder("group_id=1,type=select,selection_method=hash");
            for (int i = 0; i < BACKENDS; i++) {
                group.append(",bucket=actions=ct(commit,zone=1,nat(dst=")
                        .append(UdpFrame.dotted(Workload.FIRST_BACKEND + i))
                        .append(")),")
                        .append(send);
            }
            return group + "\ntable=1,priority=10,udp,ct_state=+trk+new,actions=group:1\n";
        }

        @Override
        boolean allows(byte[] in, byte[] out) {
            int backend = UdpFrame.destinationAddress(out) - Workload.FIRST_BACKEND;
            return backend >= 0
                    && backend < BACKENDS
                    && UdpFrame.destinationPort(out) == UdpFrame.destinationPort(in)
                    && UdpFrame.sourceAddress(out) == UdpFrame.sourceAddress(in)
                    && UdpFrame.sourcePort(out) == UdpFrame.sourcePort(in);
        }
    };

    private static final int FIRST_OUTSIDE = 0xcb007100; // 203.0.113.0, for documents (RFC 5737)
    private static final int OUTSIDE_ADDRESSES = 16;
    private static final int BACKENDS = 4;

    private final String label;

    Translation(String label) {
        this.label = label;
    }

    String label() {
        return label;
    }

    /** Two tables, as those of {@link Workload#rules}. */
    String rules() {
        String send =
                "mod_dl_src:%s,mod_dl_dst:%s,in_port"
                        .formatted(
                                UdpFrame.colons(Workload.MAC_SET_SOURCE),
                                UdpFrame.colons(Workload.MAC_SET_DESTINATION));
        return """
        table=0,priority=10,udp,actions=ct(table=1,zone=1,nat)
        %stable=1,priority=10,udp,ct_state=+trk+est,actions=%s
        """
                .formatted(commit(send), send);
    }

    abstract String commit(String send);

    /** Whether the frame that went in may have come out with these addresses and ports. */
    abstract boolean allows(byte[] in, byte[] out);
}
