package org.iclsweep.model.generalization;

import ai.djl.ndarray.NDManager;
import java.util.ArrayList;
import java.util.List;
import org.iclsweep.datasets.reproducible.RandomStream;
import org.iclsweep.datasets.task.PatternPrompts.Drawn;
import org.iclsweep.model.generalization.EvaluationSettings.Irrelevant;
import org.iclsweep.model.generalization.EvaluationSettings.Relevant;
import org.iclsweep.model.generalization.EvaluationSettings.Tasks;
import org.iclsweep.model.generalization.PromptArrays.Tokens;
import org.iclsweep.model.generalization.RunSettings.Architecture;
import org.iclsweep.model.generalization.RunSettings.Kind;
import org.iclsweep.model.generalization.RunSettings.Optimization;
import org.iclsweep.model.generalization.RunSettings.Precision;

/** Small trainings for the tests. */
final class Runs {
    static final DataModel DATA = new DataModel(10, 2, 4, 5, 2, 1, 0.5, 1);
    static final TaskCoverage CYCLIC = new TaskCoverage(TaskCoverage.Kind.CYCLIC, List.of(1));

    private Runs() {}

    static RunSettings of(Kind kind, double alpha, double rate, int iterations, Precision precision) {
        boolean deep = kind == Kind.MULTI_LAYER;
        return new RunSettings(
                DATA,
                CYCLIC,
                alpha,
                6,
                deep ? 4 : 6,
                new Architecture(kind, 12, 0.4, 0.3, 2, 2, 8),
                new Optimization(rate, 7, iterations, 2, 1, 0.9, 0.9, 0, 1e4),
                precision);
    }

    /** The setting of the paper's experiments, as the sweeps have it. */
    static RunSettings ofPaper(Kind kind, double rate, int iterations) {
        return new RunSettings(
                new DataModel(30, 30, 6, 24, 2, 1, 0.5, 1),
                new TaskCoverage(TaskCoverage.Kind.CYCLIC, List.of(1, 2)),
                0.8,
                20,
                20,
                new Architecture(kind, 200, 0.2, 0.02, 1, 1, 1),
                new Optimization(rate, 100, iterations, 0, 1, 0.9, 0.2, 0, 1e4),
                Precision.FLOAT32);
    }

    static EvaluationSettings evaluation(String name, Relevant relevant, int length, int prompts) {
        return new EvaluationSettings(
                name,
                Tasks.UNSEEN,
                relevant == Relevant.IN_DOMAIN ? 0.8 : 1,
                length,
                prompts,
                false,
                relevant,
                Irrelevant.IN_SPAN,
                1.1,
                true,
                1,
                true,
                List.of(0.0, 0.5),
                10,
                true);
    }

    /** A batch of each run's own prompts. */
    static PromptArrays prompts(NDManager scope, List<RunSettings> runs, long[] seeds, boolean queryInContext) {
        List<Tokens> tokens = new ArrayList<>();
        List<Drawn> drawn = new ArrayList<>();
        for (int run = 0; run < seeds.length; run++) {
            RunSettings own = runs.get(run);
            tokens.add(new Tokens(own.data().patterns(seeds[run]), own.data()));
            drawn.add(own.prompts()
                    .draw(RandomStream.of(seeds[run], 99), own.optimization().batch(), own.length()));
        }
        return PromptArrays.of(scope, runs.get(0).precision().type(), tokens, drawn, queryInContext);
    }
}
