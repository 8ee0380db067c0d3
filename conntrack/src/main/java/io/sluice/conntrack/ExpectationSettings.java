package io.sluice.conntrack;

/**
 * Bounds of expectations, and how long they wait.
 *
 * @param max in all
 * @param perMaster of one connection; the oldest gives way to one more, as in Netfilter
 * @param perZone in each zone; 0: no limit
 * @param ftpSeconds until one of FTP is given up
 * @param tftpSeconds of TFTP
 * @param tiedFate whether expected connections end with their master
 */
public record ExpectationSettings(
        int max, int perMaster, int perZone, int ftpSeconds, int tftpSeconds, boolean tiedFate) {
    public static final int MAX = 1 << 16;

    public static final int MAX_PER_MASTER = 64;

    /** Netfilter's, but for tied fate, which it has not. */
    public static final ExpectationSettings DEFAULT =
            new ExpectationSettings(4096, 1, 0, 300, 300, true);

    public ExpectationSettings {
        if (max < 1 || max > MAX) {
            throw new IllegalArgumentException(
                    "%d expectations at most, not within 1-%d".formatted(max, MAX));
        }
    }

    /** The same with another say about children. */
    public ExpectationSettings withTiedFate(boolean tied) {
        return new ExpectationSettings(max, perMaster, perZone, ftpSeconds, tftpSeconds, tied);
    }

    int timeoutMs(Helper helper) {
        return (helper == Helper.FTP ? ftpSeconds : tftpSeconds) * 1000;
    }
}
