package org.iclsweep.sweep.cli;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import org.iclsweep.model.training.ResolvedTraining;
import org.iclsweep.model.training.Training;
import org.iclsweep.model.training.TrainingException;
import org.iclsweep.model.training.TrainingLog;
import org.iclsweep.sweep.config.TrainingConfigurationReader;
import org.iclsweep.sweep.job.ConfigurationOptions;
import org.iclsweep.sweep.job.ExitCode;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** The command {@code train}: a small model, from its configuration to a checkpoint. */
@Command(
        name = "train",
        description =
                "Trains a small model and writes its checkpoint, training log and accuracies. An interrupted training"
                        + " resumes from its last saved state; of a finished one the accuracies are printed.",
        footer = "bin/icl-sweep train conf/training/induction.conf")
final class TrainCommand implements Callable<Integer> {
    @Mixin
    private ConfigurationOptions configuration = new ConfigurationOptions();

    @Option(names = "--export", description = "Do not train: write the checkpoint of the last saved state.")
    private boolean exportOnly;

    @Option(names = "--evaluate", description = "Do not train: evaluate the existing checkpoint.")
    private boolean evaluateOnly;

    @Override
    public Integer call() {
        ResolvedTraining resolved = TrainingConfigurationReader.read(configuration.file(), configuration.settings());
        Training training = new Training(resolved, System.err, TrainingLog.NONE);
        Path output = resolved.configuration().directory();
        if (evaluateOnly && !Files.exists(output)) {
            throw new WrongInputException(
                    "training.output: expected a checkpoint, found that " + output + " does not exist; train first");
        }
        if (!evaluateOnly && Files.exists(output)) {
            return finished(training, output);
        }
        try {
            if (!evaluateOnly && !exportOnly) {
                training.train();
            }
            if (!evaluateOnly) {
                training.export();
            }
            System.out.print(training.evaluate());
            return ExitCode.DONE.code();
        } catch (TrainingException e) {
            System.err.println(e.getMessage());
            return ExitCode.FAILED.code();
        }
    }

    /** The evaluation of a training that is finished; anything else in its directory is refused. */
    private int finished(Training training, Path output) {
        if (exportOnly || !training.isExported()) {
            throw new WrongInputException("training.output: expected a new directory, found " + output + " with "
                    + (training.isExported() ? "the checkpoint of this training" : "other files in it")
                    + "; choose another with --set training.output=DIR");
        }
        System.err.println(
                output + " has the checkpoint of this training already; --set training.output=DIR trains it anew");
        System.out.print(training.evaluation());
        return ExitCode.DONE.code();
    }
}
