package io.sluice.natlb;

/**
 * Whose turn it is among some that have turns in proportion to their weights, each one's spread
 * evenly: the k-th turn of weight w is due at (k + 1/2) / w. So whoever comes or goes changes
 * nothing in the order of the others. Used by one thread.
 */
final class Turns {
    private final int[] weights;
    private final long[] taken;
    private final double[] due;
    // A binary heap: the least is due first; of two at the same time the lower number.
    private final int[] heap;

    /**
     * @param weights each above 0; at least one
     */
    Turns(int[] weights) {
        this.weights = weights.clone();
        int count = weights.length;
        taken = new long[count];
        due = new double[count];
        heap = new int[count];
        for (int i = 0; i < count; i++) {
            due[i] = dueAt(i);
            heap[i] = i;
        }
        for (int at = count / 2 - 1; at >= 0; at--) {
            sink(at);
        }
    }

    private double dueAt(int number) {
        return (2 * taken[number] + 1) / (2.0 * weights[number]);
    }

    /** The number of the one whose turn it is now. */
    int next() {
        int first = heap[0];
        taken[first]++;
        due[first] = dueAt(first);
        sink(0);
        return first;
    }

    private void sink(int from) {
        int moved = heap[from];
        int at = from;
        int child = 2 * at + 1;
        while (child < heap.length) {
            if (child + 1 < heap.length && isBefore(heap[child + 1], heap[child])) {
                child++;
            }
            if (!isBefore(heap[child], moved)) {
                break;
            }
            heap[at] = heap[child];
            at = child;
            child = 2 * at + 1;
        }
        heap[at] = moved;
    }

    private boolean isBefore(int one, int other) {
        return due[one] < due[other] || (due[one] == due[other] && one < other);
    }
}
