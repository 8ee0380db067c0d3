package io.sluice.control.service;

import io.sluice.fastpath.BucketConnections;

/**
 * What a backend or a service has carried. Bytes are those of frames, without checksum.
 *
 * @param connections that have not ended, as {@code group/stats} counts them
 * @param connectionsMade ever
 * @param connectionsPerSecond made in the last seconds
 * @param fromClients handed to backends
 * @param toClients that came back from backends
 */
public record Traffic(
        long connections,
        long connectionsMade,
        long connectionsPerSecond,
        Amount fromClients,
        Amount toClients) {
    static final Traffic NONE = new Traffic(0, 0, 0, Amount.NONE, Amount.NONE);

    /** In one direction. */
    public record Amount(long packets, long bytes) {
        static final Amount NONE = new Amount(0, 0);

        Amount plus(Amount other) {
            return new Amount(packets + other.packets, bytes + other.bytes);
        }
    }

    static Traffic of(BucketConnections made, Rate rate, Amount fromClients, Amount toClients) {
        return new Traffic(made.live(), made.made(), rate.perSecond(), fromClients, toClients);
    }

    /** Of both together. */
    public Traffic plus(Traffic other) {
        return new Traffic(
                connections + other.connections,
                connectionsMade + other.connectionsMade,
                connectionsPerSecond + other.connectionsPerSecond,
                fromClients.plus(other.fromClients),
                toClients.plus(other.toClients));
    }

    /** What stays of it when all its connections are gone. */
    Traffic ended() {
        return new Traffic(0, connectionsMade, 0, fromClients, toClients);
    }
}
