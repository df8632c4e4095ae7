package org.iclsweep.model.generalization;

import ai.djl.Device;
import ai.djl.ndarray.NDManager;
import java.util.ArrayList;
import java.util.List;
import org.iclsweep.datasets.reproducible.RandomStream;
import org.iclsweep.datasets.task.PatternPrompts;
import org.iclsweep.datasets.task.PatternPrompts.Drawn;
import org.iclsweep.model.generalization.PromptArrays.Tokens;
import org.iclsweep.model.generalization.RunOutcome.Attended;
import org.iclsweep.model.generalization.RunOutcome.Measured;
import org.iclsweep.model.generalization.RunOutcome.Pruned;
import org.iclsweep.model.generalization.RunSettings.Kind;
import org.iclsweep.model.generalization.RunSettings.Optimization;
import org.jspecify.annotations.Nullable;

/**
 * Many trainings of one shape in one computation: R models side by side, each with settings, a seed and prompts of its
 * own, and none that sees another. A run that has reached its end, or has diverged, stays as it is while others go on.
 */
public final class TrainingRuns {
    private static final long PROMPTS = 2;
    private static final long LENGTHS = 3;

    private final List<RunSettings> settings;
    private final long[] seeds;
    private final List<EvaluationSettings> evaluations;
    private final int every;
    private final List<Tokens> tokens = new ArrayList<>();
    private final List<PatternPrompts> sources = new ArrayList<>();
    private final List<State> states = new ArrayList<>();

    private TrainingRuns(List<RunSettings> settings, long[] seeds, List<EvaluationSettings> evaluations, int every) {
        this.settings = settings;
        this.seeds = seeds;
        this.evaluations = evaluations;
        this.every = every;
        for (int run = 0; run < settings.size(); run++) {
            RunSettings own = settings.get(run);
            tokens.add(new Tokens(own.data().patterns(seeds[run]), own.data()));
            sources.add(own.prompts());
            states.add(new State(own.optimization()));
        }
    }

    /**
     * Trains, and measures along the training and at its end.
     *
     * @param settings of each run; all have one shape
     * @param seeds of each run: of its patterns, its first weights, its prompts
     * @param evaluations the tests of all of them
     * @param every steps between two measurements along the training
     */
    public static List<RunOutcome> run(
            List<RunSettings> settings, long[] seeds, List<EvaluationSettings> evaluations, int every, Device device) {
        if (settings.stream().map(RunSettings::shape).distinct().count() != 1) {
            throw new IllegalArgumentException("runs of several shapes do not fit into one computation");
        }
        try (Learner learner = learner(settings, seeds, evaluations, device)) {
            return new TrainingRuns(settings, seeds, evaluations, every).run(learner);
        }
    }

    private static Learner learner(
            List<RunSettings> settings, long[] seeds, List<EvaluationSettings> evaluations, Device device) {
        if (settings.get(0).architecture().kind() != Kind.MULTI_LAYER) {
            return new OneLayerModels(settings, seeds, device);
        }
        int longest = Math.max(
                settings.get(0).length(),
                evaluations.stream().mapToInt(EvaluationSettings::length).max().orElse(0));
        return new MultiLayerModels(settings, seeds, longest, device);
    }

    /** The progress of a run. */
    private static final class State {
        private final Optimization optimization;
        private final List<Measured> measured = new ArrayList<>();
        private final List<Attended> attended = new ArrayList<>();
        private final List<Pruned> pruned = new ArrayList<>();
        private double smoothed = 1; // the hinge loss of F = 0
        private int updates;
        private boolean learning = true;
        private @Nullable Integer threshold;
        private @Nullable Integer diverged;

        State(Optimization optimization) {
            this.optimization = optimization;
        }

        /** Notes a step that had this loss. */
        void stepped(double loss) {
            if (!learning) {
                return;
            }
            if (!(loss < optimization.diverged())) { // NaN too
                diverged = updates;
                learning = false;
                return;
            }
            updates++;
            smoothed = optimization.smoothing() * smoothed + (1 - optimization.smoothing()) * loss;
            if (threshold == null && smoothed < optimization.threshold()) {
                threshold = updates;
            }
            learning = !(smoothed < optimization.stop());
        }

        RunOutcome outcome() {
            return new RunOutcome(updates, smoothed, threshold, diverged, measured, attended, pruned);
        }
    }

    private List<RunOutcome> run(Learner learner) {
        int iterations = settings.get(0).optimization().iterations();
        for (int step = 0; step < iterations && anyLearns(); step++) {
            if (step % every == 0) {
                measure(learner, true);
            }
            step(learner, step);
        }
        measure(learner, false);
        return states.stream().map(State::outcome).toList();
    }

    private boolean anyLearns() {
        return states.stream().anyMatch(state -> state.learning);
    }

    private void step(Learner learner, int step) {
        RunSettings first = settings.get(0);
        int least = first.shortestLength();
        // One length for all runs of a step, which is a function of the step alone: a run has no neighbours.
        int length = least + RandomStream.of(LENGTHS, step).nextInt(first.length() - least + 1);
        List<Drawn> drawn = new ArrayList<>();
        for (int run = 0; run < settings.size(); run++) {
            RandomStream random = RandomStream.of(seeds[run], PROMPTS, step);
            drawn.add(sources.get(run).draw(random, first.optimization().batch(), length));
        }
        double[] learning =
                states.stream().mapToDouble(state -> state.learning ? 1 : 0).toArray();
        try (NDManager batch = learner.newBatch()) {
            PromptArrays prompts =
                    PromptArrays.of(batch, first.precision().type(), tokens, drawn, learner.readsQueryInContext());
            double[] losses = learner.step(prompts, learning, step);
            for (int run = 0; run < losses.length; run++) {
                states.get(run).stepped(losses[run]);
            }
        }
    }

    /** Evaluates all runs; along the training only the evaluations that go along, of the runs that still learn. */
    private void measure(Learner learner, boolean along) {
        for (int index = 0; index < evaluations.size(); index++) {
            EvaluationSettings evaluation = evaluations.get(index);
            if (along && !evaluation.along()) {
                continue;
            }
            List<EvaluationRun.Result> results =
                    new EvaluationRun(settings, seeds, evaluation, index).results(learner, !along);
            for (int run = 0; run < results.size(); run++) {
                State state = states.get(run);
                boolean wanted = along ? state.learning : state.diverged == null;
                if (wanted) {
                    note(state, results.get(run));
                }
            }
        }
    }

    private static void note(State state, EvaluationRun.Result result) {
        state.measured.addAll(result.tally().measured(state.updates, state.smoothed));
        state.attended.addAll(result.tally().attended(state.updates, result.components()));
        state.pruned.addAll(result.pruned());
    }
}
