package io.sluice.fastpath;

import io.sluice.conntrack.ConnTable;
import io.sluice.conntrack.Zones;
import io.sluice.dpdk.Port;
import io.sluice.dpdk.WorkerThread;
import io.sluice.natlb.NatCounters;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicIntegerArray;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.atomic.AtomicReferenceArray;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Consumer;
import java.util.function.IntPredicate;

/**
 * The workers and what they share. Everything here is called by the control thread unless it says
 * otherwise: control publishes a {@link Snapshot}, workers take it over between two bursts.
 */
public final class Datapath implements AutoCloseable {
    private static final long WAIT_NS = 5_000_000_000L;
    private static final long POLL_NS = 50_000;
    private static final long PREPARE_NS = 10_000_000;

    /**
     * For the stack of a thread that takes packets through the tables: a lookup happens within the
     * action that asks for it, 4096 deep at most.
     */
    public static final long STACK_BYTES = 64L << 20;

    private final DatapathSettings settings;
    private final ConnTable connections;
    private final Translations translations;
    private final MacTable macs = new MacTable();
    private final Tracer tracer;
    private final long startNs = System.nanoTime();
    private final List<Worker> workers = new ArrayList<>();
    private final List<Thread> threads = new ArrayList<>();

    // Published by control with release, taken by workers with acquire.
    private final AtomicReference<Snapshot> snapshot;
    private final AtomicReferenceArray<Snapshot> adopted;
    private volatile int foldsWanted;
    private final AtomicIntegerArray foldsDone;
    private final AtomicLong lessonsRefused = new AtomicLong();
    private volatile boolean running;

    public Datapath(DatapathSettings settings) {
        this.settings = settings;
        int count = settings.workerCores().size();
        connections = new ConnTable(settings.maxConnections(), settings.memory());
        // Fragments that wait shall leave the ports buffers to receive into.
        int buffers = settings.pool().availableCount() + settings.pool().inUseCount();
        connections.fragments().limitBuffers(buffers / 4);
        translations = new Translations(connections, settings.memory());
        snapshot = new AtomicReference<>(new Snapshot(new BucketNumbers(translations.buckets())));
        tracer = new Tracer(settings, connections, translations, macs);
        adopted = new AtomicReferenceArray<>(count);
        foldsDone = new AtomicIntegerArray(count);
        for (int worker = 0; worker < count; worker++) {
            workers.add(new Worker(worker, settings.workerCores().get(worker), this, settings));
        }
    }

    /**
     * Has the packet path compiled, with packets that go nowhere, before real ones come.
     *
     * @param discard a configured and started port that discards what it is sent; nobody else uses
     *     it meanwhile
     */
    public void warmUp(Port discard) {
        WarmUp.run(settings, discard);
    }

    /**
     * Starts the workers, each pinned to its core and registered with DPDK.
     *
     * @param onFailure called by a worker that ends by an error, which it never should: its ports
     *     are not served any more
     * @throws RuntimeException what the first worker that could not start has to say
     */
    public void start(Consumer<Throwable> onFailure) throws InterruptedException {
        running = true;
        // The compiler's and the collector's threads would take a worker's core from it.
        WorkerThread.keepProcessOff(settings.workerCores());
        Thread preparer = new Thread(this::prepareMemory, "memory");
        threads.add(preparer);
        preparer.start();
        CountDownLatch started = new CountDownLatch(workers.size());
        AtomicReference<RuntimeException> failure = new AtomicReference<>();
        for (Worker worker : workers) {
            Thread thread =
                    new Thread(
                            null,
                            () -> run(worker, started, failure, onFailure),
                            "worker-" + worker.core(),
                            STACK_BYTES);
            threads.add(thread);
            thread.start();
        }
        started.await();
        if (failure.get() != null) {
            close();
            throw failure.get();
        }
    }

    private void run(
            Worker worker,
            CountDownLatch started,
            AtomicReference<RuntimeException> failure,
            Consumer<Throwable> onFailure) {
        try {
            WorkerThread.pinTo(worker.core());
            WorkerThread.register();
        } catch (RuntimeException cannotStart) {
            failure.compareAndSet(null, cannotStart);
            started.countDown();
            return;
        }
        started.countDown();
        try {
            while (running) {
                worker.poll();
            }
            worker.leave();
        } catch (RuntimeException | Error e) {
            onFailure.accept(e);
        } finally {
            WorkerThread.unregister();
        }
    }

    /** Clears memory before workers come to it, for they would have to wait for that. */
    private void prepareMemory() {
        while (running) {
            boolean busy = connections.prepareAhead();
            for (Worker worker : workers) {
                busy |= worker.prepareAhead();
            }
            if (!busy) {
                LockSupport.parkNanos(PREPARE_NS);
            }
        }
    }

    /** Makes all of the change at once: no packet meets some old and some new rules. */
    public void publish(RuleChange change) {
        snapshot.setRelease(snapshot.getPlain().with(change));
    }

    /**
     * Begins to receive from a port that is configured and started.
     *
     * @throws IllegalArgumentException when the number or the name is taken
     */
    public DatapathPort addPort(int number, String name, Port port, int rxQueues, int txQueues) {
        List<DatapathPort> ports = new ArrayList<>(ports());
        for (DatapathPort other : ports) {
            if (other.number() == number) {
                throw new IllegalArgumentException(
                        "port number " + number + " is taken by " + other.name());
            }
            if (other.name().equals(name)) {
                throw new IllegalArgumentException("there is a port named " + name + " already");
            }
        }
        DatapathPort added = DatapathPort.of(number, name, port, rxQueues, txQueues);
        ports.add(added);
        snapshot.setRelease(snapshot.getPlain().withPorts(ports));
        return added;
    }

    /**
     * Takes a port out; when this returns no worker uses it any more, and it may be closed.
     *
     * @throws IllegalArgumentException when there is no such port
     */
    public DatapathPort removePort(String name) {
        List<DatapathPort> ports = new ArrayList<>(ports());
        DatapathPort removed =
                ports.stream()
                        .filter(port -> port.name().equals(name))
                        .findFirst()
                        .orElseThrow(
                                () -> new IllegalArgumentException("there is no port " + name));
        ports.remove(removed);
        snapshot.setRelease(snapshot.getPlain().withPorts(ports));
        awaitPublished();
        macs.forgetPort(removed.number());
        return removed;
    }

    /**
     * Looks at the links of all ports. Buckets that watch one which went down take no packet that
     * comes from now on, and none takes a cached way through them.
     */
    public void lookAtLinks() {
        List<DatapathPort> before = ports();
        List<DatapathPort> now = before.stream().map(DatapathPort::lookedAtAgain).toList();
        if (!now.equals(before)) {
            snapshot.setRelease(snapshot.getPlain().withPorts(now));
        }
    }

    public List<DatapathPort> ports() {
        return snapshot.getAcquire().ports();
    }

    /** Returns when no worker does anything by older rules than are published now. */
    public void awaitPublished() {
        Snapshot published = snapshot.getPlain();
        awaitWorkers(worker -> adopted.getAcquire(worker) == published);
    }

    /** Makes the counters of flows, groups and zones exact as of now. */
    public void foldCounters() {
        int wanted = foldsWanted + 1;
        foldsWanted = wanted;
        awaitWorkers(worker -> foldsDone.getAcquire(worker) == wanted);
    }

    /**
     * Hands over what workers have sent up since the last call; to be called about every
     * millisecond.
     */
    public void drainUpcalls(UpcallHandler handler) {
        for (Worker worker : workers) {
            worker.upcalls().drain(handler);
        }
    }

    /**
     * Checks that packets can be sent; it stays true until some are.
     *
     * @throws IllegalStateException when there is no room for all of them now
     * @throws IllegalArgumentException when one is too long
     */
    public void requireSendable(List<PacketOut> packets) {
        int maxBytes = settings.pool().segmentBytes();
        for (PacketOut packet : packets) {
            if (packet.frameBytes() > maxBytes) {
                throw new IllegalArgumentException(
                        "a packet of %d bytes cannot be sent: a buffer takes %d (mbufs.data-room)"
                                .formatted(packet.frameBytes(), maxBytes));
            }
        }
        if (!workers.getFirst().packetOuts().hasRoomFor(packets.size())) {
            throw new IllegalStateException(
                    "%d packets cannot be sent now: at most %d wait for a worker"
                            .formatted(packets.size(), PacketOuts.CAPACITY));
        }
    }

    /**
     * Has packets sent by one worker, in their order, by the rules published so far or newer ones.
     * Throws as {@link #requireSendable} does; then none is sent.
     */
    public void send(List<PacketOut> packets) {
        requireSendable(packets);
        workers.getFirst().packetOuts().sendAll(packets);
    }

    /**
     * What would happen to the packet now: by its own actions or, when it has none, from table 0
     * on. Nothing is sent or changed.
     *
     * @param states what the packet's {@code ct()} are to find instead, in order; bits of {@link
     *     io.sluice.conntrack.CtState}
     * @throws IllegalArgumentException when the packet is too long for a buffer
     * @throws IllegalStateException when no buffer is free
     */
    public TraceResult trace(PacketOut packet, List<Integer> states) {
        return tracer.trace(snapshot(), packet, states, nowMs());
    }

    /** Waits for what each worker does within a burst or two; not for ever, should one be stuck. */
    private void awaitWorkers(IntPredicate done) {
        long deadline = System.nanoTime() + WAIT_NS;
        for (int worker = 0; running && worker < workers.size(); worker++) {
            while (!done.test(worker)) {
                if (System.nanoTime() > deadline) {
                    throw new IllegalStateException(
                            "worker " + worker + " does not answer; is its core taken away?");
                }
                LockSupport.parkNanos(POLL_NS);
            }
        }
    }

    /** Any thread. */
    public ConnTable connections() {
        return connections;
    }

    /** The clock of connections, for {@link ConnTable}; any thread. */
    public int nowMs() {
        return milliseconds(System.nanoTime());
    }

    /** The clock of {@link ConnTable#events}, which does not go round; any thread. */
    public long clockMs() {
        return (System.nanoTime() - startNs) / 1_000_000;
    }

    int milliseconds(long nanoTime) {
        return (int) ((nanoTime - startNs) / 1_000_000);
    }

    /** What translations hold; any thread. */
    public Translations translations() {
        return translations;
    }

    MacTable macs() {
        return macs;
    }

    Snapshot snapshot() {
        return snapshot.getAcquire();
    }

    int workerCount() {
        return workers.size();
    }

    /** Pairs with the acquire in {@link #awaitPublished}. */
    void adopted(int worker, Snapshot taken) {
        adopted.setRelease(worker, taken);
    }

    int foldsWanted() {
        return foldsWanted;
    }

    /** Pairs with the acquire in {@link #foldCounters}. */
    void folded(int worker, int count) {
        foldsDone.setRelease(worker, count);
    }

    /** Any thread. */
    public List<WorkerStats> workerStats() {
        return workers.stream().map(Worker::stats).toList();
    }

    /** Packets by reason; reasons that never happened are there with 0. Any thread. */
    public Map<DropReason, Long> drops() {
        Map<DropReason, Long> drops = new EnumMap<>(DropReason.class);
        for (DropReason reason : DropReason.values()) {
            drops.put(reason, drops(reason));
        }
        return drops;
    }

    /** Packets of one reason. Any thread. */
    public long drops(DropReason reason) {
        long byWorkers = workers.stream().mapToLong(worker -> worker.drops(reason)).sum();
        return reason == DropReason.LEARN_LIMIT ? lessonsRefused.get() : byWorkers;
    }

    /** Counts flows that were not learned because of a limit. Any thread. */
    public void countRefusedLessons(int count) {
        lessonsRefused.addAndGet(count);
    }

    /** The zones that were ever used. Call {@link #foldCounters} first. Any thread. */
    public List<Zones.Stats> zoneStats() {
        List<Zones.Stats> used = new ArrayList<>();
        for (int zone = 0; zone < Zones.COUNT; zone++) {
            Zones.Stats stats = connections.zones().stats(zone);
            if (stats.packets() != 0 || stats.created() != 0 || stats.refused() != 0) {
                used.add(stats);
            }
        }
        return used;
    }

    /**
     * The connections made in each bucket of a select group whose method binds them, by the
     * bucket's number; without those that are not counted. Any thread.
     */
    public Map<Integer, BucketConnections> bucketConnections(int groupId) {
        return snapshot().connections(groupId);
    }

    /** What searches for translations came to, by zone and range; sorted by zone. Any thread. */
    public List<NatCounters.Row> natStats() {
        return translations.rows();
    }

    /** Stops the workers; ports and memory stay. */
    @Override
    public void close() {
        running = false;
        boolean interrupted = false;
        for (Thread thread : threads) {
            while (thread.isAlive()) {
                try {
                    thread.join();
                } catch (InterruptedException e) {
                    interrupted = true;
                }
            }
        }
        threads.clear();
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
    }
}
