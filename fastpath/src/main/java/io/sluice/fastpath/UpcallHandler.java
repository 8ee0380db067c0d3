package io.sluice.fastpath;

/** Takes what workers send up, on the control thread. */
public interface UpcallHandler {
    /** An action {@code controller} sent a packet up. The upcall is used again after the call. */
    void packetIn(Upcall packet);

    /**
     * An action {@code learn} wants a flow installed. The upcall, which knows whose action it was,
     * is used again after the call.
     */
    void learn(Upcall packet, LearnedFlow flow);
}
