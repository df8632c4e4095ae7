package org.iclsweep.sweep.experiment.metaoptimizer;

import java.util.List;
import java.util.stream.IntStream;
import org.iclsweep.datasets.demonstration.Demonstration;
import org.iclsweep.datasets.demonstration.DemonstrationSet;
import org.iclsweep.datasets.demonstration.Episode;
import org.iclsweep.datasets.demonstration.EpisodeSampler;
import org.iclsweep.datasets.reproducible.RandomStream;
import org.iclsweep.datasets.task.Task;
import org.iclsweep.model.prompt.TokenSequence;
import org.iclsweep.sweep.experiment.grid.EncodedTrial;
import org.iclsweep.sweep.experiment.grid.TaskEncoder;
import org.iclsweep.sweep.experiment.grid.TaskSpec;
import org.iclsweep.sweep.experiment.grid.Trial;
import org.iclsweep.sweep.experiment.grid.TrialEncoder;
import org.iclsweep.sweep.run.ModelCache;
import org.jspecify.annotations.Nullable;

/**
 * The demonstrations of a trial's controls, as its model reads them.
 *
 * @param shuffled the same demonstrations with their labels exchanged among them
 * @param otherSet other demonstrations of the same classes, with the same label tokens; null where all are shown
 * @param otherTask a set of another task of the sweep; null where there is none
 */
record ControlDemonstrations(
        List<TokenSequence> shuffled,
        @Nullable List<TokenSequence> otherSet,
        @Nullable List<TokenSequence> otherTask) {
    private static final long EXCHANGE_STREAM = 0x45584348L;

    static ControlDemonstrations of(EncodedTrial encoded, TrialEncoder trials, ModelCache.LoadedModel model) {
        Trial trial = encoded.trial();
        TaskEncoder encoder = trials.of(trial.task(), model);
        DemonstrationSet shown = encoded.shown();
        List<Demonstration> other = EpisodeSampler.others(trials.task(trial), trials.sampling(), shown);
        List<Demonstration> queries = trials.queries(trial);
        @Nullable TaskSpec otherTask = trials.otherTask(trial);
        return new ControlDemonstrations(
                demonstrations(encoder, shown.with(exchanged(shown)), queries),
                other.isEmpty() ? null : demonstrations(encoder, shown.with(other), queries),
                otherTask == null ? null : ofTask(otherTask, trial, trials, model));
    }

    private static List<TokenSequence> ofTask(
            TaskSpec spec, Trial trial, TrialEncoder trials, ModelCache.LoadedModel model) {
        Task task = trials.loaded(spec);
        int shots = (int) Math.min(trial.shots(), task.available());
        Episode episode = EpisodeSampler.episode(task, trials.sampling(), trial.setIndex(), shots);
        return demonstrations(trials.of(spec, model), episode.demonstrations(), episode.queries());
    }

    private static List<TokenSequence> demonstrations(
            TaskEncoder encoder, DemonstrationSet set, List<Demonstration> queries) {
        return encoder.encode(set, queries).demonstrations();
    }

    /** The demonstrations with their answers exchanged among them, by the set's seed. */
    private static List<Demonstration> exchanged(DemonstrationSet set) {
        List<Demonstration> shown = set.demonstrations();
        int[] order = RandomStream.of(set.seed(), EXCHANGE_STREAM).nextPermutation(shown.size());
        return IntStream.range(0, shown.size())
                .mapToObj(i -> shown.get(i).answering(shown.get(order[i]).answer()))
                .toList();
    }
}
