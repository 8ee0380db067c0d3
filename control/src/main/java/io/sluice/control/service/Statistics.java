package io.sluice.control.service;

import io.sluice.control.flow.FlowFilter;
import io.sluice.control.flow.FlowStore;
import io.sluice.fastpath.BucketConnections;
import io.sluice.fastpath.Counters;
import io.sluice.fastpath.Datapath;
import io.sluice.fastpath.Field;
import io.sluice.fastpath.Flow;
import io.sluice.fastpath.Group;
import java.util.HashMap;
import java.util.Map;

/**
 * What services' flows and groups have counted, by the numbers of backends. A connection's first
 * packet goes through its backend's bucket, later ones by its backend's flows, which stay as long
 * as the backend. Control thread only.
 */
final class Statistics {
    private final Datapath datapath;
    private final FlowStore flows;
    private long sampledNs = System.nanoTime();

    Statistics(Datapath datapath, FlowStore flows) {
        this.datapath = datapath;
        this.flows = flows;
    }

    /** Of each backend that there is, exact as of now. */
    Map<Integer, Traffic> byBackend(Catalog catalog) {
        datapath.foldCounters();
        Map<Integer, Traffic.Amount> fromClients = byMark(ServiceRules.TO_BACKENDS);
        Map<Integer, Traffic.Amount> toClients = byMark(ServiceRules.TO_CLIENTS);
        Map<Integer, Traffic.Amount> first = new HashMap<>();
        for (Group group : flows.groups()) {
            group.buckets().forEach(bucket -> first.put(bucket.id(), amount(bucket.counters())));
        }
        Map<Integer, Traffic> traffic = new HashMap<>();
        for (Service service : catalog.services()) {
            Map<Integer, BucketConnections> made = datapath.bucketConnections(service.group());
            for (Backend backend : service.backends()) {
                int number = backend.number();
                traffic.put(
                        number,
                        Traffic.of(
                                made.getOrDefault(number, BucketConnections.NONE),
                                backend.rate(),
                                of(fromClients, number).plus(of(first, number)),
                                of(toClients, number)));
            }
        }
        return traffic;
    }

    private static Traffic.Amount of(Map<Integer, Traffic.Amount> amounts, int number) {
        return amounts.getOrDefault(number, Traffic.Amount.NONE);
    }

    /** What the table's flows for backends' connections have counted. */
    private Map<Integer, Traffic.Amount> byMark(int table) {
        Map<Integer, Traffic.Amount> amounts = new HashMap<>();
        for (Flow flow : flows.flows(FlowFilter.ofTable(table))) {
            if (flow.match().has(Field.CT_MARK)) {
                int number = (int) flow.match().value(Field.CT_MARK);
                amounts.merge(number, amount(flow.counters()), Traffic.Amount::plus);
            }
        }
        return amounts;
    }

    private static Traffic.Amount amount(Counters counters) {
        return new Traffic.Amount(counters.packets(), counters.bytes());
    }

    /** Notes once a second how many connections were made. */
    void sample(Catalog catalog, long nowNs) {
        if (nowNs - sampledNs < Rate.SAMPLE_NS) {
            return;
        }
        sampledNs = nowNs;
        for (Service service : catalog.services()) {
            Map<Integer, BucketConnections> made = datapath.bucketConnections(service.group());
            service.backends()
                    .forEach(backend ->
                            backend.rate()
                                    .sample(
                                            made.getOrDefault(
                                                            backend.number(),
                                                            BucketConnections.NONE)
                                                    .made(),
                                            nowNs));
        }
    }
}
