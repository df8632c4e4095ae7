package org.iclsweep.sweep.job;

import java.io.Serializable;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.stream.IntStream;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.types.StructType;
import org.apache.spark.util.AccumulatorV2;
import org.iclsweep.sweep.table.TrialStatus;

/**
 * The batches of a wave that tasks have finished, as Spark tells the driver when a task ends. A batch that is run
 * twice, by a speculative copy or after its executor was lost, counts once.
 */
final class FinishedBatches extends AccumulatorV2<FinishedBatches.Finished, FinishedBatches.Sum> {
    /** The columns that count a trial's tokens, where its table has them. */
    private static final List<String> TOKENS = List.of("context_tokens", "query_tokens");

    private final ConcurrentHashMap<Long, Finished> batches = new ConcurrentHashMap<>();

    /**
     * A finished batch.
     *
     * @param first the index of its first trial
     * @param reasons of the trials that failed: each code with how often it is there and its first message
     * @param tokens of the contexts and queries of its trials; 0 where the table does not count them
     * @param seconds of its slot
     */
    record Finished(long first, long trials, Map<String, Reason> reasons, long tokens, double seconds)
            implements Serializable {
        Finished {
            reasons = Map.copyOf(reasons);
        }

        /**
         * @param type the main table's schema
         * @param rows of the main table, one for each trial
         */
        static Finished of(long first, StructType type, List<Row> rows, double seconds) {
            Map<String, Reason> reasons = new TreeMap<>();
            for (Row row : rows) {
                if (TrialStatus.FAILED.equals(row.get(type.fieldIndex(TrialStatus.COLUMN)))) {
                    String message = String.valueOf(row.get(type.fieldIndex("error_message")));
                    reasons.merge(
                            String.valueOf(row.get(type.fieldIndex("error_code"))),
                            new Reason(1, message),
                            Reason::plus);
                }
            }
            return new Finished(first, rows.size(), reasons, tokens(type, rows), seconds);
        }

        private static long tokens(StructType type, List<Row> rows) {
            int[] columns = TOKENS.stream()
                    .filter(List.of(type.fieldNames())::contains)
                    .mapToInt(type::fieldIndex)
                    .toArray();
            return rows.stream()
                    .flatMapToLong(row -> IntStream.of(columns)
                            .filter(column -> !row.isNullAt(column))
                            .mapToLong(row::getLong))
                    .sum();
        }
    }

    /** The number of trials that failed alike, and the message of one of them. */
    record Reason(long trials, String message) implements Serializable {
        Reason plus(Reason other) {
            return new Reason(trials + other.trials, message);
        }
    }

    /** Finished batches together. */
    record Sum(long trials, Map<String, Reason> reasons, long tokens, double seconds) implements Serializable {
        static final Sum NONE = new Sum(0, Map.of(), 0, 0);

        Sum {
            reasons = Map.copyOf(reasons);
        }

        Sum plus(Finished batch) {
            return plus(new Sum(batch.trials(), batch.reasons(), batch.tokens(), batch.seconds()));
        }

        Sum plus(Sum other) {
            Map<String, Reason> all = new TreeMap<>(reasons);
            other.reasons.forEach((code, reason) -> all.merge(code, reason, Reason::plus));
            return new Sum(trials + other.trials, all, tokens + other.tokens, seconds + other.seconds);
        }

        long failed() {
            return reasons.values().stream().mapToLong(Reason::trials).sum();
        }
    }

    @Override
    public boolean isZero() {
        return batches.isEmpty();
    }

    @Override
    public FinishedBatches copy() {
        FinishedBatches copy = new FinishedBatches();
        copy.batches.putAll(batches);
        return copy;
    }

    @Override
    public void reset() {
        batches.clear();
    }

    @Override
    public void add(Finished batch) {
        batches.put(batch.first(), batch);
    }

    @Override
    public void merge(AccumulatorV2<Finished, Sum> other) {
        if (other instanceof FinishedBatches finished) {
            batches.putAll(finished.batches);
        }
    }

    /** All of them together. */
    @Override
    public Sum value() {
        Sum sum = Sum.NONE;
        for (Finished batch : batches.values()) {
            sum = sum.plus(batch);
        }
        return sum;
    }
}
