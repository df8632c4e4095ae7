package org.iclsweep.sweep.experiment.generalization;

import java.util.List;
import org.iclsweep.model.generalization.EvaluationSettings;
import org.iclsweep.model.generalization.EvaluationSettings.Irrelevant;
import org.iclsweep.model.generalization.EvaluationSettings.Relevant;
import org.iclsweep.model.generalization.EvaluationSettings.Tasks;
import org.iclsweep.model.generalization.RunSettings;
import org.iclsweep.sweep.config.Key;
import org.iclsweep.sweep.config.Section;
import org.iclsweep.sweep.config.ValueType;

/** A block of {@code sweep.evaluations} of a generalization sweep. */
public final class EvaluationReader {
    static final Key<String> NAME = Key.required("name", ValueType.text(), "", "What the tables call the evaluation.");
    static final Key<Tasks> TASKS = Key.optional(
            "tasks",
            ValueType.oneOf(Tasks.class),
            Tasks.UNSEEN,
            "Which tasks are asked: those of the training, those that are left, or all. Out of the domain all are new.");
    static final Key<Double> ALPHA = Key.optional("alpha", ValueType.fraction(), 0.8, "α′ of the test prompts.");
    static final Key<Integer> LENGTH =
            Key.optional("length", ValueType.wholeNumberFrom(1), 20, "l_ts, context slots of a test prompt.");
    static final Key<Integer> PROMPTS =
            Key.optional("prompts", ValueType.wholeNumberFrom(1), 1000, "How many prompts, for each training.");
    static final Key<Boolean> AT_LEAST = Key.optional(
            "at-least",
            ValueType.flag(),
            false,
            "Whether every context has the query's pattern α′ / 2 of the time at least, the theorems' condition;"
                    + " otherwise that is its expectation.");
    static final Key<Relevant> RELEVANT = Key.optional(
            "relevant",
            ValueType.oneOf(Relevant.class),
            Relevant.IN_DOMAIN,
            "`in-domain`: the patterns of the training. `combined`: sums c₁ μ + c₂ μ of two of them. `outside`: half as"
                    + " many, orthogonal to all of them.");
    static final Key<Irrelevant> IRRELEVANT = Key.optional(
            "irrelevant",
            ValueType.oneOf(Irrelevant.class),
            Irrelevant.IN_SPAN,
            "Where irrelevant patterns lie: in the span of the training's irrelevant ones, or of its relevant ones.");
    static final Key<Double> SUM = Key.optional(
            "sum", ValueType.number(), 1.1, "S₁ = c₁ + c₂ of combined patterns; at most √2 with `unit-norm`.");
    static final Key<Boolean> UNIT_NORM = Key.optional(
            "unit-norm",
            ValueType.flag(),
            true,
            "Whether combined patterns keep their norm (c₁² + c₂² = 1); otherwise c₁ = c₂ = S₁ / 2.");
    static final Key<Double> KAPPA_FACTOR =
            Key.optional("kappa-factor", ValueType.numberFrom(0), 1.0, "By how much κ is larger than in training.");
    static final Key<Boolean> ALONG = Key.optional(
            "along",
            ValueType.flag(),
            false,
            "Whether it is made along the training too, every `measure-every` steps.");
    static final Key<List<Double>> PRUNING = Key.optional(
            "pruning",
            ValueType.anyListOf(ValueType.fraction()),
            List.of(),
            "The fractions of neurons that are cut, small ones first, large ones first, and at random.");
    static final Key<Integer> CLASSICAL = Key.optional(
            "classical",
            ValueType.wholeNumberFrom(0),
            0,
            "How many of the prompts are given to logistic regression, support vector machines and nearest neighbours"
                    + " too.");
    static final Key<Boolean> CONVERSION = Key.optional(
            "conversion",
            ValueType.flag(),
            false,
            "Whether the prompts of `linear` models are converted to weights as well.");
    public static final List<Key<?>> KEYS = List.of(
            NAME,
            TASKS,
            ALPHA,
            LENGTH,
            PROMPTS,
            AT_LEAST,
            RELEVANT,
            IRRELEVANT,
            SUM,
            UNIT_NORM,
            KAPPA_FACTOR,
            ALONG,
            PRUNING,
            CLASSICAL,
            CONVERSION);

    private EvaluationReader() {}

    static EvaluationSettings read(Section section) {
        section.allow(KEYS);
        EvaluationSettings evaluation = new EvaluationSettings(
                section.get(NAME),
                section.get(TASKS),
                section.get(ALPHA),
                section.get(LENGTH),
                section.get(PROMPTS),
                section.get(AT_LEAST),
                section.get(RELEVANT),
                section.get(IRRELEVANT),
                section.get(SUM),
                section.get(UNIT_NORM),
                section.get(KAPPA_FACTOR),
                section.get(ALONG),
                section.get(PRUNING),
                section.get(CLASSICAL),
                section.get(CONVERSION));
        if (evaluation.unitNorm() && Math.abs(evaluation.sum()) > Math.sqrt(2)) {
            section.fault(
                    SUM.name(),
                    "two coefficients with c₁² + c₂² = 1 have a sum from −√2 to √2, found " + evaluation.sum());
        }
        return evaluation;
    }

    /** Whether a training can be asked this. */
    static void requirePossible(
            Section section, EvaluationSettings evaluation, GeneralizationSpecification.Variant variant) {
        RunSettings run = variant.settings();
        int patterns = run.data().relevant();
        boolean inDomain = evaluation.relevant() == Relevant.IN_DOMAIN;
        if (!inDomain && patterns / 2 < 2) {
            section.fault(
                    RELEVANT.name(),
                    "%s: relevant = %d leaves fewer than 2 patterns out of the domain"
                            .formatted(variant.name(), patterns));
        } else if (evaluation.pairs(run).isEmpty()) {
            section.fault(TASKS.name(), variant.name() + ": no task is left that was not trained on; take seen or all");
        }
        if ((inDomain ? patterns : patterns / 2) == 2 && evaluation.alpha() < 1) {
            section.fault(ALPHA.name(), variant.name() + ": with 2 patterns there are no others, alpha must be 1");
        }
        if (evaluation.relevant() == Relevant.OUTSIDE && run.data().irrelevant() <= patterns / 2) {
            section.fault(
                    RELEVANT.name(),
                    "%s: patterns outside of the span take the place of irrelevant ones, and there are only %d"
                            .formatted(variant.name(), run.data().irrelevant()));
        }
    }
}
