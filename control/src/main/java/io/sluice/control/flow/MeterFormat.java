package io.sluice.control.flow;

import io.sluice.fastpath.Counters;
import io.sluice.fastpath.Meter;
import io.sluice.fastpath.MeterConfig;
import java.util.List;
import java.util.Locale;

/** Writes meters as {@code ovs-ofctl} does. */
public final class MeterFormat {
    private MeterFormat() {}

    /** As {@code dump-meters}, a line for each band; {@link ChangeReader} reads that back. */
    public static String show(MeterConfig meter) {
        StringBuilder text = new StringBuilder();
        text.append("meter=").append(Integer.toUnsignedString(meter.id()));
        text.append(' ').append(unit(meter));
        text.append(meter.burst() ? " burst" : "").append(meter.stats() ? " stats" : "");
        text.append(" bands=");
        for (MeterConfig.Band band : meter.bands()) {
            text.append("\ntype=drop rate=").append(Integer.toUnsignedString(band.rate()));
            if (meter.burst()) {
                text.append(" burst_size=").append(Integer.toUnsignedString(band.burstSize()));
            }
        }
        return text.toString();
    }

    /** {@code kbps} or {@code pktps}. */
    public static String unit(MeterConfig meter) {
        return meter.unit() == MeterConfig.Unit.KBPS ? "kbps" : "pktps";
    }

    /**
     * As {@code meter-stats}.
     *
     * @param flowCount how many flows name the meter
     * @param nowNs {@code System.nanoTime()}
     */
    public static String stats(Meter meter, long flowCount, long nowNs) {
        StringBuilder text = new StringBuilder();
        text.append(
                String.format(
                        Locale.ROOT,
                        "meter:%s flow_count:%d packet_in_count:%d byte_in_count:%d"
                                + " duration:%.3fs bands:",
                        Integer.toUnsignedString(meter.id()),
                        flowCount,
                        meter.counters().packets(),
                        meter.counters().bytes(),
                        (nowNs - meter.createdNs()) / 1e9));
        List<Counters> dropped = meter.dropped();
        for (int i = 0; i < dropped.size(); i++) {
            Counters band = dropped.get(i);
            text.append(
                    "\n%d: packet_count:%d byte_count:%d"
                            .formatted(i, band.packets(), band.bytes()));
        }
        return text.toString();
    }
}
