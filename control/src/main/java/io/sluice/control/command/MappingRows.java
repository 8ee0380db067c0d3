package io.sluice.control.command;

import io.sluice.control.connection.ProtocolNames;
import io.sluice.control.flow.RangeText;
import io.sluice.control.text.TextBytes;
import io.sluice.natlb.EndpointMapping;
import io.sluice.natlb.EndpointView;

/** The mappings of endpoints. One thread. */
final class MappingRows implements NatRows {
    private final EndpointView mappings;
    private final NatFilter filter;
    private final EndpointMapping mapping = new EndpointMapping();

    MappingRows(EndpointView mappings, NatFilter filter) {
        this.mappings = mappings;
        this.filter = filter;
    }

    @Override
    public int last() {
        return mappings.lastNumber();
    }

    @Override
    public boolean find(int number, int nowMs) {
        return mappings.show(number, mapping, nowMs)
                && filter.takesZone(mapping.zone)
                && filter.takesClient(mapping.ipv6, mapping.insideHigh, mapping.insideLow)
                && filter.takesOutside(mapping.ipv6, mapping.outsideHigh, mapping.outsideLow)
                && filter.takesPorts(mapping.outsidePort, mapping.outsidePort);
    }

    @Override
    public void line(TextBytes to) {
        to.put(ProtocolNames.show(mapping.protocol)).put(",inside=(src=");
        to.putAddress(mapping.ipv6, mapping.insideHigh, mapping.insideLow);
        to.put(",sport=").put(mapping.insidePort).put("),outside=(src=");
        to.putAddress(mapping.ipv6, mapping.outsideHigh, mapping.outsideLow);
        to.put(",sport=").put(mapping.outsidePort).put(')');
        if (mapping.zone != 0) {
            to.put(",zone=").put(mapping.zone);
        }
        to.put(',').put(RangeText.show(mapping.filtering));
        to.put(",uses=").put(mapping.uses).put(",timeout=").put(mapping.remainingMs / 1000);
    }

    @Override
    public void json(TextBytes to) {
        to.put("{\"proto\":\"").put(ProtocolNames.show(mapping.protocol));
        to.put("\",\"zone\":").put(mapping.zone).put(",\"inside\":{\"src\":\"");
        to.putAddress(mapping.ipv6, mapping.insideHigh, mapping.insideLow);
        to.put("\",\"sport\":").put(mapping.insidePort).put("},\"outside\":{\"src\":\"");
        to.putAddress(mapping.ipv6, mapping.outsideHigh, mapping.outsideLow);
        to.put("\",\"sport\":").put(mapping.outsidePort);
        to.put("},\"filtering\":\"").put(RangeText.show(mapping.filtering));
        to.put("\",\"uses\":").put(mapping.uses);
        to.put(",\"timeout_s\":").put(mapping.remainingMs / 1000).put('}');
    }
}
