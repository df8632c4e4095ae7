package org.iclsweep.model.generalization;

import java.util.ArrayList;
import java.util.List;
import org.iclsweep.datasets.fault.Spelling;
import org.iclsweep.datasets.reproducible.Vectors;
import org.iclsweep.datasets.task.PatternPrompts.Drawn;
import org.iclsweep.model.generalization.PromptArrays.Tokens;
import org.iclsweep.model.generalization.RunOutcome.Attended;
import org.iclsweep.model.generalization.RunOutcome.Converted;
import org.iclsweep.model.generalization.RunOutcome.Measured;
import org.iclsweep.model.generalization.RunOutcome.Pruned;
import org.jspecify.annotations.Nullable;

/** Sums over the prompts of one evaluation of one run, and the measures that follow from them. */
final class EvaluationTally {
    private static final String TRANSFORMER = "icl";

    private final int evaluation;
    private final ConversionTally converted = new ConversionTally();
    private final double[] classicalErrors = new double[ClassicalLearner.values().length];
    private int classical;
    private int prompts;
    private int present;
    private double errors;
    private double hinge;
    private double shared;
    private double[] mass = {};
    private double[] prunedErrors = {};
    private double[] prunedHinge = {};

    /** @param evaluation its index */
    EvaluationTally(int evaluation) {
        this.evaluation = evaluation;
    }

    /** Adds prompts with the outputs F [prompts]. */
    void add(Drawn drawn, double[] outputs) {
        for (int prompt = 0; prompt < drawn.prompts(); prompt++) {
            double margin = outputs[prompt] * drawn.label()[drawn.query(prompt)];
            int slots = drawn.shared(prompt);
            prompts++;
            errors += margin > 0 ? 0 : 1;
            hinge += Math.max(0, 1 - margin);
            present += slots > 0 ? 1 : 0;
            shared += slots / (double) drawn.length();
        }
    }

    /** Adds the attention mass on contexts with the query's pattern, of each layer. */
    void addMass(double[] layers) {
        mass = sum(mass, layers);
    }

    /** Adds the errors and hinge losses of each pruning. */
    void addPruned(double[] errors, double[] hinge) {
        prunedErrors = sum(prunedErrors, errors);
        prunedHinge = sum(prunedHinge, hinge);
    }

    private static double[] sum(double[] sums, double[] values) {
        if (sums.length == 0) {
            return values.clone();
        }
        Vectors.addScaled(sums, 1, values);
        return sums;
    }

    /** Adds the outputs of converted prompts with these labels. */
    void addConverted(LinearConversion.Outputs outputs, LinearConversion.Outputs audited, double[] labels) {
        converted.add(outputs, audited, labels);
    }

    /** Adds the classical learners' errors on prompts, until there are {@code most}. */
    void addClassical(Drawn drawn, Tokens tokens, int most) {
        for (int prompt = 0; prompt < drawn.prompts() && classical < most; prompt++, classical++) {
            double[][] points = new double[drawn.length()][];
            int[] labels = new int[drawn.length()];
            for (int i = 0; i < points.length; i++) {
                points[i] = tokens.input(drawn, drawn.first(prompt) + i);
                labels[i] = drawn.label()[drawn.first(prompt) + i];
            }
            int query = drawn.query(prompt);
            for (ClassicalLearner learner : ClassicalLearner.values()) {
                int label = learner.label(points, labels, tokens.input(drawn, query));
                classicalErrors[learner.ordinal()] += label == drawn.label()[query] ? 0 : 1;
            }
        }
    }

    /** The errors of the transformer, and of classical learners where they were asked. */
    List<Measured> measured(int step, double trainingLoss) {
        double absent = 1 - present / (double) prompts;
        @Nullable Converted conversion = converted.prompts() > 0 ? converted.result() : null;
        List<Measured> measured = new ArrayList<>();
        measured.add(new Measured(
                step,
                evaluation,
                TRANSFORMER,
                prompts,
                errors / prompts,
                hinge / prompts,
                absent,
                trainingLoss,
                conversion));
        for (ClassicalLearner learner : classical == 0 ? new ClassicalLearner[0] : ClassicalLearner.values()) {
            double error = classicalErrors[learner.ordinal()] / classical;
            measured.add(new Measured(
                    step, evaluation, Spelling.KEBAB.of(learner), classical, error, null, absent, trainingLoss, null));
        }
        return measured;
    }

    /** The attention of each layer. */
    List<Attended> attended(int step, @Nullable Components components) {
        int having = Math.max(1, present);
        List<Attended> attended = new ArrayList<>();
        for (int layer = 0; layer < mass.length; layer++) {
            attended.add(new Attended(step, evaluation, layer, mass[layer] / having, shared / having, components));
        }
        return attended;
    }

    /** The errors without some neurons, whose rows have these {@code lengths}. */
    List<Pruned> pruned(List<Double> fractions, double[] lengths, long seed) {
        List<Pruned> pruned = new ArrayList<>();
        for (Pruning.Order order : fractions.isEmpty() ? new Pruning.Order[0] : Pruning.Order.values()) {
            List<Integer> cut = Pruning.order(order, lengths, seed);
            for (double fraction : fractions) {
                double longest = cut.subList(0, (int) Math.round(fraction * lengths.length)).stream()
                        .mapToDouble(neuron -> lengths[neuron])
                        .max()
                        .orElse(0);
                int way = pruned.size();
                pruned.add(new Pruned(
                        evaluation, order, fraction, prunedErrors[way] / prompts, prunedHinge[way] / prompts, longest));
            }
        }
        return pruned;
    }
}
