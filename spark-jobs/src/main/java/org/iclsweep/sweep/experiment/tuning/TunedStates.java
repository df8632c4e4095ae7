package org.iclsweep.sweep.experiment.tuning;

import ai.djl.ndarray.NDManager;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;
import org.iclsweep.datasets.reproducible.RandomStream;
import org.iclsweep.model.conversion.StateTuning;
import org.iclsweep.model.conversion.TuningExamples;
import org.iclsweep.model.conversion.TuningStart;
import org.iclsweep.model.exactness.Answered;
import org.iclsweep.model.mixer.ContextState;
import org.iclsweep.sweep.experiment.appended.AppendedRun;
import org.iclsweep.sweep.experiment.grid.EncodedTrial;
import org.iclsweep.sweep.experiment.grid.Score;
import org.iclsweep.sweep.experiment.tuning.StateTuningResult.Course;
import org.iclsweep.sweep.experiment.tuning.StateTuningResult.Measurement;
import org.iclsweep.sweep.run.ErrorCode;
import org.iclsweep.sweep.run.TrialFailure;

/**
 * The tuned states of one trial.
 *
 * @param bare the state without the demonstrations [1, ...]
 * @param converted the state after them [1, ...]
 */
record TunedStates(EncodedTrial member, TuningSpec tuning, AppendedRun run, ContextState bare, ContextState converted) {
    TunedStates {
        if (member.examples().size() < tuning.mostExamples()) {
            throw TrialFailure.of(
                    member.trial(),
                    ErrorCode.BAD_INPUT,
                    ("tuning.examples: expected at most %s, the examples besides the demonstrations and queries of this"
                                    + " set, found %s; take fewer")
                            .formatted(member.examples().size(), tuning.mostExamples()));
        }
    }

    /** The measurements of all states, course by course in the order of the configuration. */
    List<Measurement> measurements() {
        List<Measurement> measurements = new ArrayList<>();
        for (double rate : tuning.learningRates()) {
            List<Course> courses = courses(rate);
            int atOnce = run.tunedAtOnce(converted, tuning.batch(), member.examples());
            for (int from = 0; from < courses.size(); from += atOnce) {
                measurements.addAll(measured(courses.subList(from, Math.min(from + atOnce, courses.size()))));
            }
        }
        return measurements;
    }

    private List<Course> courses(double rate) {
        List<Course> courses = new ArrayList<>();
        for (int examples : tuning.examples()) {
            for (long seed : tuning.seeds()) {
                tuning.starts().forEach(start -> courses.add(new Course(start, examples, rate, seed)));
            }
        }
        return courses;
    }

    /** The measurements of some courses of one learning rate, which descend together. */
    private List<Measurement> measured(List<Course> courses) {
        List<List<Measurement>> ofCourse = courses.stream()
                .<List<Measurement>>map(course -> new ArrayList<>())
                .toList();
        try (NDManager batch = run.model().newBatch()) {
            ContextState starts = ContextState.joined(
                    courses.stream().map(course -> start(course, batch)).toList());
            run.tune(
                    new StateTuning(courses.get(0).learningRate(), tuning.batch()),
                    starts,
                    courses.stream().map(this::examples).toList(),
                    tuning.steps(),
                    (step, states, losses) -> {
                        List<List<Answered>> answers = run.answers(states, member.queries());
                        for (int row = 0; row < courses.size(); row++) {
                            ofCourse.get(row)
                                    .add(Measurement.of(
                                            courses.get(row), step, losses[row], Score.of(answers.get(row))));
                        }
                    });
        }
        return ofCourse.stream().flatMap(List::stream).toList();
    }

    private ContextState start(Course course, NDManager batch) {
        TuningStart start = course.start();
        return start.of(run.model(), bare, converted, seed(course), batch);
    }

    /** A seed of the set: two sets have different draws. */
    private long seed(Course course) {
        return RandomStream.seed(member.set().seed(), course.seed());
    }

    /** The first examples of those that are the seed's own: the seeds take turns, around where there are no more. */
    private TuningExamples examples(Course course) {
        int first = tuning.seeds().indexOf(course.seed()) * tuning.mostExamples();
        return new TuningExamples(
                IntStream.range(first, first + course.examples())
                        .mapToObj(i -> TuningExamples.Example.of(
                                member.examples().get(i % member.examples().size())))
                        .toList(),
                seed(course));
    }
}
