package org.iclsweep.sweep.job;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.LongToDoubleFunction;
import java.util.function.LongUnaryOperator;
import org.iclsweep.sweep.run.Wave;
import org.iclsweep.sweep.table.TrialRange;

/**
 * Cuts waves from the trials that no manifest covers, each a range of whole batches. A wave has as much estimated work
 * as the slots of this run do in a given time, by the rate that this run has been measured at; at least a batch for
 * each slot, and no more than that as long as nothing is measured. Batches follow the plan's index alone, so that no
 * row depends on the cuts.
 */
final class WaveCutter {
    /**
     * The most that a wave may be larger than the one before it, in work: a rate that was measured on little may be
     * wrong.
     */
    private static final double GROWTH = 8;
    /** The part of the earlier measurements that still counts once another is there. */
    private static final double MEMORY = 0.5;

    private final LongUnaryOperator batchEnd;
    private final LongToDoubleFunction work;
    private final List<TrialRange> left;
    private final List<TrialRange> all;
    private int number;
    private double workDone;
    private double secondsTaken;
    private double lastWork;

    /**
     * @param left the trials to cut, in order
     * @param number that of the first wave
     * @param batchEnd the index behind the batch that a trial is in
     * @param work the estimated work of a trial, in any unit
     */
    WaveCutter(List<TrialRange> left, int number, LongUnaryOperator batchEnd, LongToDoubleFunction work) {
        this.left = new ArrayList<>(left);
        this.all = List.copyOf(left);
        this.number = number;
        this.batchEnd = batchEnd;
        this.work = work;
    }

    /**
     * The next wave; empty if there are no trials left.
     *
     * @param slots the task slots of this run
     * @param least the batches that it has in any case, where there are as many
     * @param seconds the time that a wave is to take
     */
    synchronized Optional<Wave> next(int slots, int least, double seconds) {
        if (left.isEmpty()) {
            return Optional.empty();
        }
        TrialRange range = left.remove(0);
        double most = Math.min(slots * seconds * rate(), lastWork == 0 ? 0 : GROWTH * lastWork);
        double cut = 0;
        int batches = 0;
        long end = range.first();
        while (end < range.end() && (batches < least || cut < most)) {
            long next = Math.min(range.end(), batchEnd.applyAsLong(end));
            double more = work(end, next);
            if (batches >= least && cut + more > most) {
                break;
            }
            cut += more;
            end = next;
            batches++;
        }
        if (end < range.end()) {
            left.add(0, new TrialRange(end, range.end()));
        }
        lastWork = Math.max(cut, lastWork);
        return Optional.of(new Wave(number++, range.first(), end));
    }

    /** Takes a measurement: trials of this much work took this many seconds of one slot. */
    synchronized void measured(double ofWork, double seconds) {
        workDone = MEMORY * workDone + ofWork;
        secondsTaken = MEMORY * secondsTaken + seconds;
    }

    /** The estimated work of some trials. */
    double work(long first, long end) {
        double sum = 0;
        for (long trial = first; trial < end; trial++) {
            sum += work.applyAsDouble(trial);
        }
        return sum;
    }

    /**
     * The seconds of one slot that all trials are to take, by the measurements so far, of which there is one at least.
     */
    synchronized double secondsOfAll() {
        return all.stream()
                        .mapToDouble(range -> work(range.first(), range.end()))
                        .sum()
                / rate();
    }

    /** Work per second of one slot; 0 as long as nothing is measured. */
    private double rate() {
        return secondsTaken > 0 ? workDone / secondsTaken : 0;
    }
}
