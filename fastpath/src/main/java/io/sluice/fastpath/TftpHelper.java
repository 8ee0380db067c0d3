package io.sluice.fastpath;

import io.sluice.conntrack.ConnTable;
import io.sluice.conntrack.Expectations;
import io.sluice.conntrack.NewExpectation;
import io.sluice.conntrack.RelatedConnections;
import io.sluice.conntrack.Tracker;
import io.sluice.packet.Tftp;

/**
 * The helper of TFTP (RFC 1350): a server answers a read or write request from a port that it
 * chooses for the transfer, to the port that the request came from. As Netfilter's, it does not
 * look further than the request's code.
 */
final class TftpHelper implements PayloadHelper {
    private final Tracker tracker;
    private final RelatedConnections related;
    private final NewExpectation answer = new NewExpectation();

    TftpHelper(Tracker tracker) {
        this.tracker = tracker;
        related = tracker.related();
    }

    @Override
    public DropReason help(SlowPacket packet, Payload payload, int nowMs) {
        if (ConnTable.isReply(packet.connection)
                || !Tftp.isRequest(payload.at, payload.readableBytes)) {
            return null;
        }
        int reply = packet.connection | 1;
        answer.follow(tracker, reply);
        Expectations.Outcome outcome = related.expect(reply, answer, nowMs);
        return outcome == Expectations.Outcome.MADE || outcome == Expectations.Outcome.MASTER_ENDED
                ? null
                : DropReason.EXPECTATION_REFUSED;
    }
}
