package io.sluice.fastpath;

import io.sluice.control.flow.ChangeReader;
import io.sluice.control.flow.FlowStore;
import io.sluice.control.flow.PortNames;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * As {@link TrackingRouter}, in zone 0: the ct_state goes into DSCP. Connections of the match begin
 * with a translation, and the TTL is one less.
 */
public final class TranslatingRouter implements AutoCloseable {
    private static final PortNames PORTS = PortNames.of(Map.of("in", 1, "out", 2));

    /** The action that notes ct_state. */
    public static final String ANSWER = "move:NXM_NX_CT_STATE[0..5]->NXM_OF_IP_TOS[2..7]";

    private final Lab lab;

    /**
     * @param translations each a match and the argument of {@code nat()}, from the last on
     */
    public TranslatingRouter(boolean flowCache, Map<String, String> translations) {
        this(flowCache, flows(translations));
    }

    /** With flows of any kind, one a line, between the ports "in" and "out". */
    public TranslatingRouter(boolean flowCache, String flows) {
        lab = new Lab(2, flowCache, 1 << 13);
        FlowStore store = new FlowStore(lab::publish);
        store.apply(new ChangeReader(PORTS, ChangeReader.Verb.ADD, Optional.empty()).read(flows));
    }

    private static String flows(Map<String, String> translations) {
        StringBuilder flows = new StringBuilder();
        for (String ip : List.of("ip", "ipv6")) {
            flows.append("table=0,%s,actions=ct(table=1,zone=0,nat)%n".formatted(ip));
            flows.append("table=1,priority=0,%s,actions=%s,dec_ttl,out%n".formatted(ip, ANSWER));
        }
        translations.forEach((match, nat) ->
                flows.append(
                        "table=1,%s,ct_state=+new,actions=%s,ct(commit,zone=0,nat(%s)),dec_ttl,out%n"
                                .formatted(match, ANSWER, nat)));
        return flows.toString();
    }

    /** The frame as it leaves; empty when it does not. */
    public Optional<byte[]> forward(byte[] frame) {
        lab.receive(1, frame);
        return lab.sent(2).stream().findFirst();
    }

    public void forgetAll() {
        lab.forgetAll();
    }

    @Override
    public void close() {
        lab.close();
    }
}
