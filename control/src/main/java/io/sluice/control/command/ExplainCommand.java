package io.sluice.control.command;

import io.sluice.control.flow.TraceLine;
import io.sluice.control.service.Backend;
import io.sluice.control.service.Client;
import io.sluice.control.service.Service;
import io.sluice.control.socket.Answer;
import io.sluice.control.text.Span;
import io.sluice.fastpath.BucketReason;
import io.sluice.fastpath.TraceEvent;
import io.sluice.fastpath.TraceResult;
import java.util.List;
import java.util.Optional;
import tools.jackson.databind.node.ObjectNode;

/** {@code service/explain}: traces a client's first packet and looks which backend it comes to. */
final class ExplainCommand {
    private ExplainCommand() {}

    /**
     * What became of the packet.
     *
     * @param why {@code new}, {@code affinity}, {@code connection}, or why it is dropped
     */
    private record Outcome(Optional<Backend> backend, String why) {}

    static Answer run(Running running, Parameters parameters) {
        Client client = Client.read(parameters.words());
        Service service = running.engine().services().catalog().require(client.service());
        String packet = client.firstPacket(service.spec());
        TraceResult result =
                running.engine()
                        .datapath()
                        .trace(
                                TraceLine.read(Span.of(packet), running.engine().portNames()),
                                List.of());
        Outcome outcome = outcome(service, result.events()).orElse(new Outcome(none(), "no-match"));
        return parameters.answer(() -> text(service, outcome), () -> json(service, outcome));
    }

    private static Optional<Backend> none() {
        return Optional.empty();
    }

    /** The first event that decides. */
    private static Optional<Outcome> outcome(Service service, List<TraceEvent.Node> nodes) {
        for (TraceEvent.Node node : nodes) {
            Optional<Outcome> outcome =
                    of(service, node.event()).or(() -> outcome(service, node.within()));
            if (outcome.isPresent()) {
                return outcome;
            }
        }
        return Optional.empty();
    }

    private static Optional<Outcome> of(Service service, TraceEvent event) {
        return switch (event) {
            case TraceEvent.InBucket bucket when bucket.group() == service.group() ->
                    Optional.of(
                            new Outcome(
                                    service.backend(bucket.bucketId()),
                                    bucket.reason() == BucketReason.CLIENT ? "affinity" : "new"));
            case TraceEvent.Tracked tracked
                    when tracked.connection().isPresent() && !tracked.made() ->
                    service.backend(tracked.connection().get().mark())
                            .map(backend -> new Outcome(Optional.of(backend), "connection"));
            case TraceEvent.Lost lost -> Optional.of(new Outcome(none(), lost.reason().label()));
            case TraceEvent.Dropped dropped ->
                    Optional.of(new Outcome(none(), dropped.reason().label()));
            default -> Optional.empty();
        };
    }

    private static String text(Service service, Outcome outcome) {
        String name = service.spec().name();
        if (outcome.backend().isEmpty()) {
            return "no backend of service %s: dropped as %s".formatted(name, outcome.why());
        }
        String backend =
                "backend %s of service %s: ".formatted(outcome.backend().get().spec().name(), name);
        return backend
                + switch (outcome.why()) {
                    case "new" ->
                            "a new connection, chosen by %s among %d of %d backends"
                                    .formatted(
                                            service.spec().algorithm(),
                                            service.takers(),
                                            service.backends().size());
                    case "affinity" ->
                            "a new connection of a client whose last one, less than %d s ago, went there"
                                    .formatted(service.spec().affinitySeconds());
                    default -> "it has the connection already";
                };
    }

    private static ObjectNode json(Service service, Outcome outcome) {
        return Json.object()
                .put("service", service.spec().name())
                .put("backend", outcome.backend().map(each -> each.spec().name()).orElse(null))
                .put("why", outcome.why())
                .put("algorithm", service.spec().algorithm())
                .put("backends", service.backends().size())
                .put("backends_taking", service.takers());
    }
}
