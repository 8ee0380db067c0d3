package io.sluice.control.service;

import io.sluice.control.flow.Owner;
import io.sluice.control.text.NearestWord;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** A service and its backends as they are now. Control thread only. */
public final class Service {
    private final int number;
    private final ServiceSpec spec;
    private final List<Backend> backends = new ArrayList<>();
    private Traffic ofFormerBackends = Traffic.NONE;

    Service(int number, ServiceSpec spec) {
        this.number = number;
        this.spec = spec;
    }

    public ServiceSpec spec() {
        return spec;
    }

    /** Whether backends take connections although they are not healthy, because none is. */
    boolean failsOpen() {
        return spec.failOpen() && backends.stream().noneMatch(Backend::isWanted);
    }

    /** In the order they came. */
    public List<Backend> backends() {
        return backends;
    }

    Optional<Backend> backend(BackendSpec wanted) {
        return backends.stream()
                .filter(each ->
                        each.spec().address().equals(wanted.address())
                                && each.spec().port() == wanted.port())
                .findFirst();
    }

    /**
     * The backend of the address and port.
     *
     * @throws IllegalArgumentException when there is none
     */
    public Backend require(BackendSpec wanted) {
        return backend(wanted)
                .orElseThrow(() -> {
                    List<String> names = backends.stream().map(each -> each.spec().name()).toList();
                    String hint = NearestWord.hint(wanted.name(), names);
                    return new IllegalArgumentException(
                            "service %s has no backend %s%s"
                                    .formatted(spec.name(), wanted.name(), hint));
                });
    }

    /** The backend of the number. */
    public Optional<Backend> backend(int wanted) {
        return backends.stream().filter(each -> each.number() == wanted).findFirst();
    }

    /** What backends have carried that are gone. */
    public Traffic ofFormerBackends() {
        return ofFormerBackends;
    }

    void keep(Traffic ofFormerBackend) {
        ofFormerBackends = ofFormerBackends.plus(ofFormerBackend.ended());
    }

    /** How many backends take new connections. */
    public int takers() {
        boolean open = failsOpen();
        return (int)
                backends.stream()
                        .filter(each ->
                                each.state() == BackendState.UP
                                        || (open && each.state() == BackendState.DOWN))
                        .filter(each -> each.spec().weight() > 0)
                        .count();
    }

    /** Of its flows. */
    public long cookie() {
        return Owner.SERVICE_COOKIE | number;
    }

    /** The number of its group. */
    public int group() {
        return Owner.FIRST_SERVICE_GROUP + number;
    }
}
