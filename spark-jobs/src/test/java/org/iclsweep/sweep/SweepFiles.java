package org.iclsweep.sweep;

import java.io.IOException;
import java.io.Serializable;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.iclsweep.sweep.config.Environment;
import org.iclsweep.sweep.experiment.Experiments;
import org.iclsweep.sweep.experiment.SweepPlan;
import org.iclsweep.sweep.experiment.grid.GridSpecification;
import org.iclsweep.sweep.experiment.grid.Trial;
import org.iclsweep.sweep.run.PlannedTrial;

/** A small sweep over two synthetic tasks with one random model in two precisions, written to a directory. */
public record SweepFiles(Path directory) {
    private static final String SWEEP = """
            sweep {
              name = test
              models = [ { random { model_type = linear_llama, hidden_size = 16, layers = 2, heads = 2, vocab = 64, seed = 1,
                                    input_size = 8, icl_labels = [1, 2, 3, 4] }
                           dtypes = [float32, float64] } ]
              tasks = [ { name = gaussian-clusters }, { name = linear-classification } ]
              demonstrations { shots = [0, 1, 2, 4, 8, 16] }
            }
            """;

    public static SweepFiles in(Path directory) {
        return new SweepFiles(directory);
    }

    /** Where the tables go. */
    public Path output() {
        return directory.resolve("out");
    }

    public Path configuration() throws IOException {
        return Files.writeString(directory.resolve("sweep.conf"), SWEEP);
    }

    public SweepPlan<GridSpecification, Trial> plan(String... settings) throws IOException {
        return SweepFiles.read(configuration(), settings(settings));
    }

    /** The plan of a file, of the kind that the caller knows it to be. */
    @SuppressWarnings("unchecked")
    public static <S extends Serializable, T extends PlannedTrial> SweepPlan<S, T> read(
            Path file, List<String> settings) {
        return (SweepPlan<S, T>) Experiments.read(file, settings);
    }

    /** The same with the environment's variables and files given. */
    @SuppressWarnings("unchecked")
    public static <S extends Serializable, T extends PlannedTrial> SweepPlan<S, T> read(
            Path file, List<String> settings, Environment environment) {
        return (SweepPlan<S, T>) Experiments.read(file, settings, environment);
    }

    public List<String> settings(String... settings) {
        List<String> all = new ArrayList<>(List.of("sweep.output=" + output()));
        all.addAll(Arrays.asList(settings));
        return all;
    }
}
