package org.iclsweep.sweep.cli;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import java.util.stream.LongStream;
import org.iclsweep.sweep.experiment.conversion.TrialResult;
import org.iclsweep.sweep.experiment.grid.FailedTrial;
import org.iclsweep.sweep.experiment.grid.SweepPlan;
import org.iclsweep.sweep.run.AttemptJournal;
import org.iclsweep.sweep.run.Batch;
import org.iclsweep.sweep.run.BatchRun;
import org.iclsweep.sweep.run.TrialOutcome;
import org.iclsweep.sweep.run.TrialRunner;
import org.iclsweep.sweep.run.Wave;
import org.jspecify.annotations.Nullable;

/** One trial of a plan, run again in its whole batch, because the bits of float32 depend on the batch's shape. */
record TrialReplay(SweepPlan plan, TrialRunner runner) {

    /** The index of the trial with this id; empty if the plan has none. */
    static OptionalLong indexOf(SweepPlan plan, String id) {
        return LongStream.range(0, plan.size())
                .filter(index -> plan.id(index).equals(id))
                .findFirst();
    }

    /** The outcome of the trial {@code index}. */
    TrialOutcome of(long index) {
        Wave wave = plan.wave((int) (index / plan.sweep().execution().waveTrials()));
        Batch batch = plan.batches(wave).stream()
                .filter(any -> any.first() <= index && index < any.end())
                .findFirst()
                .orElseThrow();
        List<TrialOutcome> outcomes = new BatchRun(runner, NO_JOURNAL).run("replay", plan.trials(batch));
        return outcomes.get((int) (index - batch.first()));
    }

    /** The measures of an outcome by the names of their columns; null where there is none. */
    static Map<String, @Nullable Object> measures(TrialOutcome outcome) {
        Map<String, @Nullable Object> measures = new LinkedHashMap<>();
        measures.put("status", outcome instanceof TrialResult ? "ok" : "failed");
        if (outcome instanceof FailedTrial failed) {
            measures.put("error_code", failed.code().name());
            return measures;
        }
        TrialResult result = (TrialResult) outcome;
        measures.put("demonstration_set_id", result.set().id());
        measures.put("context_tokens", result.contextTokens());
        measures.put("queries", result.queries());
        TrialResult.Exactness exactness = result.exactness();
        if (exactness != null) {
            measures.put("max_abs_logit_error", exactness.maxAbsolute());
            measures.put("max_rel_logit_error", exactness.maxRelative());
            measures.put("mean_rel_logit_error", exactness.meanRelative());
            measures.put("mean_kl", exactness.meanKl());
            measures.put("max_kl", exactness.maxKl());
            measures.put("top1_agreement", exactness.top1Agreement());
        }
        put(measures, "accuracy", result.accuracy());
        put(measures, "nll", result.nll());
        put(measures, "mse", result.mse());
        measures.put("audit_max_abs_logit_error", result.auditError());
        return measures;
    }

    private static void put(Map<String, @Nullable Object> measures, String measure, TrialResult.ThreeWays ways) {
        measures.put("zero_shot_" + measure, ways.zeroShot());
        measures.put("prompted_" + measure, ways.prompted());
        measures.put("converted_" + measure, ways.converted());
    }

    private static final AttemptJournal NO_JOURNAL = new AttemptJournal() {
        @Override
        public int lost(String unit) {
            return 0;
        }

        @Override
        public Note begin(String unit) {
            return () -> {};
        }
    };
}
