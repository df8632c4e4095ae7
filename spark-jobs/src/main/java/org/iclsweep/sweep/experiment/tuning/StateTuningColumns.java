package org.iclsweep.sweep.experiment.tuning;

import static org.iclsweep.sweep.experiment.grid.TrialColumns.score;
import static org.iclsweep.sweep.table.Column.number;
import static org.iclsweep.sweep.table.Column.structs;
import static org.iclsweep.sweep.table.Column.text;
import static org.iclsweep.sweep.table.Column.wholeNumber;

import org.iclsweep.datasets.fault.Spelling;
import org.iclsweep.sweep.experiment.grid.TrialColumns;
import org.iclsweep.sweep.experiment.grid.TrialRow;
import org.iclsweep.sweep.experiment.tuning.StateTuningResult.Course;
import org.iclsweep.sweep.experiment.tuning.StateTuningResult.Measurement;
import org.iclsweep.sweep.table.Struct;
import org.iclsweep.sweep.table.Table;

/** The table {@code state_tuning}: tuned context states. */
final class StateTuningColumns {
    private static final Struct<Course> COURSE = Struct.of(
            text(
                    "start",
                    "the state before the first step: zero, converted, random",
                    course -> Spelling.KEBAB.of(course.start())),
            wholeNumber("examples", "number of labelled examples that it is tuned to", Course::examples),
            number("learning_rate", "the learning rate of Adam", Course::learningRate),
            wholeNumber("seed", "the seed of the draws of examples and of a random start", Course::seed));

    private static final Struct<Measurement> MEASUREMENT = COURSE.from(Measurement::course)
            .and(
                    wholeNumber("step", "number of steps behind the state; 0 for the start", Measurement::step),
                    number(
                                    "training_loss",
                                    "mean negative log-likelihood of the right label over the examples of the next step, in"
                                            + " nats; null where the tuning diverged",
                                    Measurement::trainingLoss)
                            .orNull())
            .and(score("", "bare query on the state; null where the tuning diverged")
                    .fromNullable(Measurement::score));

    private static final Struct<StateTuningResult> MEASURES = score("zero_shot_", "bare model")
            .from(StateTuningResult::zeroShot)
            .and(score("prompted_", "demonstrations as context").from(StateTuningResult::prompted))
            .and(
                    number(
                            "converted_max_abs_logit_error",
                            "largest |logit on the converted state before any step − prompted logit| where answers are read",
                            StateTuningResult::convertedError),
                    wholeNumber(
                            "tuned_parameters",
                            "number of scalars of a state that are tuned",
                            StateTuningResult::parameters),
                    structs(
                            "measurements",
                            "the tuned states: start by start within seeds and learning rates, step by step",
                            MEASUREMENT,
                            StateTuningResult::measurements));

    static final Table<TrialRow> TABLE = TrialColumns.table(
            "state_tuning",
            1,
            "One row per demonstration set: states tuned from several starts, beside the prompted run.",
            MEASURES.fromNullable((TrialRow row) -> row.measures(StateTuningResult.class))
                    .and(TrialColumns.AUDIT));

    private StateTuningColumns() {}
}
