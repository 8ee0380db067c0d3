package io.sluice.perf;

/** Which packets of a connection the pcap holds. */
enum Traffic {
    /** Only the client's: the connection stays {@code new}, so every packet meets the commit. */
    ONE_WAY("one-way", 4),
    /** The client's and the backend's answers: the connection is established. */
    TWO_WAY("two-way", 1);

    private final String label;
    private final int backends;

    Traffic(String label, int backends) {
        this.label = label;
        this.backends = backends;
    }

    String label() {
        return label;
    }

    /**
     * How many addresses the flows translate to. Answers in a pcap must know their backend
     * beforehand, so there is one for two-way traffic.
     */
    int backends() {
        return backends;
    }

    static Traffic of(String label) {
        for (Traffic traffic : values()) {
            if (traffic.label.equals(label)) {
                return traffic;
            }
        }
        throw new IllegalArgumentException("'" + label + "' is neither one-way nor two-way");
    }
}
