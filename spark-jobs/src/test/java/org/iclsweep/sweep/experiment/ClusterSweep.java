package org.iclsweep.sweep.experiment;

import ai.djl.Device;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.iclsweep.sweep.SweepFiles;
import org.iclsweep.sweep.experiment.grid.GridSpecification;
import org.iclsweep.sweep.experiment.grid.Trial;
import org.iclsweep.sweep.run.Batch;
import org.iclsweep.sweep.run.TrialOutcome;
import org.iclsweep.sweep.run.TrialRunner;
import org.iclsweep.sweep.run.Wave;

/**
 * Sweeps of any kind over Gaussian clusters, of one small random model in float64, run in this process without Spark.
 */
public final class ClusterSweep {
    private ClusterSweep() {}

    /** Two sets of three demonstrations, five queries each, all audited; {@code settings} change that. */
    public static SweepPlan<GridSpecification, Trial> plan(Path directory, String kind, String... settings)
            throws IOException {
        Path file = Files.createTempFile(directory, "sweep", ".conf");
        Files.writeString(file, """
                sweep {
                  name = test
                  kind = %s
                  models = [ { random { model_type = linear_llama, hidden_size = 16, layers = 2, heads = 2, vocab = 3
                                        input_size = 4, conv_size = 2, icl_labels = [0, 1, 2], seed = 2 }
                               dtypes = [float64] } ]
                  tasks = [ { name = gaussian-clusters, classes = 3, dimension = 4, sigma = 0.5 } ]
                  demonstrations { shots = [3], sets-per-task = 2 }
                  evaluation { queries-per-set = 5, audit { fraction = 1 } }
                  output = "%s"
                }
                """.formatted(kind, directory.resolve("out")));
        return SweepFiles.read(file, List.of(settings));
    }

    /** The outcomes of all trials, batch by batch. */
    public static List<TrialOutcome> run(SweepPlan<GridSpecification, Trial> plan) {
        try (TrialRunner<Trial> runner = plan.experiment().runner(plan.sweep(), Device.cpu())) {
            List<TrialOutcome> outcomes = new ArrayList<>();
            for (Batch batch : plan.batches(new Wave(0, 0, plan.size()))) {
                outcomes.addAll(runner.run(plan.trials(batch)));
            }
            return outcomes;
        }
    }
}
