package io.sluice.control.socket;

import java.util.ArrayDeque;
import java.util.Deque;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Consumer;
import java.util.function.LongFunction;
import tools.jackson.core.JsonGenerator;

/**
 * Answers that follow each other for as long as the client stays. Whoever has something to tell
 * offers it and goes on at once; what a reader is too slow for is lost, counted, and told to that
 * reader in the place of what it missed.
 */
public final class AnswerStream implements Answer {
    /** Answers that wait for one reader. */
    static final int CAPACITY = 1024;

    private final LongFunction<Answer> lossNotice;
    private final Consumer<AnswerStream> whenClosed;
    private final int capacity;
    private final ReentrantLock lock = new ReentrantLock();
    private final Condition changed = lock.newCondition();
    private final Deque<Answer> waiting = new ArrayDeque<>();
    private long lost;
    private boolean closed;

    /**
     * @param lossNotice says how many were lost
     * @param whenClosed called once when the reader has gone, by any thread
     */
    public AnswerStream(LongFunction<Answer> lossNotice, Consumer<AnswerStream> whenClosed) {
        this(lossNotice, whenClosed, CAPACITY);
    }

    /**
     * @param capacity answers that wait for the reader at most
     */
    public AnswerStream(
            LongFunction<Answer> lossNotice, Consumer<AnswerStream> whenClosed, int capacity) {
        this.capacity = capacity;
        this.lossNotice = lossNotice;
        this.whenClosed = whenClosed;
    }

    /** The first answer, an empty text: from now on nothing is missed. */
    @Override
    public void writeTo(JsonGenerator out) {
        out.writeString("");
    }

    /**
     * Any thread.
     *
     * @return false when it was lost, and counted
     */
    public boolean offer(Answer answer) {
        lock.lock();
        try {
            if (closed) {
                return true;
            }
            // A notice takes one place more, and comes before what was not lost.
            if (waiting.size() >= capacity) {
                lost++;
                return false;
            }
            noteLoss();
            waiting.add(answer);
            changed.signal();
            return true;
        } finally {
            lock.unlock();
        }
    }

    /** Something was lost before it could be offered. Any thread. */
    public void addLost(long count) {
        lock.lock();
        try {
            lost += count;
            changed.signal();
        } finally {
            lock.unlock();
        }
    }

    /** Any thread. */
    public void close() {
        lock.lock();
        try {
            if (closed) {
                return;
            }
            closed = true;
            changed.signal();
        } finally {
            lock.unlock();
        }
        whenClosed.accept(this);
    }

    /** Waits for the next answer; null when the stream is closed. The reader's thread. */
    Answer take() throws InterruptedException {
        lock.lock();
        try {
            while (!closed && waiting.isEmpty() && lost == 0) {
                changed.await();
            }
            if (closed) {
                return null;
            }
            if (waiting.isEmpty()) {
                noteLoss();
            }
            return waiting.poll();
        } finally {
            lock.unlock();
        }
    }

    boolean isIdle() {
        lock.lock();
        try {
            return waiting.isEmpty() && lost == 0;
        } finally {
            lock.unlock();
        }
    }

    private void noteLoss() {
        if (lost > 0) {
            waiting.add(lossNotice.apply(lost));
            lost = 0;
        }
    }
}
