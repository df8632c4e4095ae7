package org.iclsweep.model.metaoptimizer;

import java.util.Arrays;
import java.util.List;
import java.util.OptionalDouble;
import java.util.SplittableRandom;
import java.util.function.ToDoubleFunction;
import org.iclsweep.datasets.reproducible.Vectors;

/**
 * Similarity of attention output updates (arXiv:2212.10559, section 4.3): how much the context moves a mixer's output h
 * for a query in the direction in which fine-tuning moves it, u_ICL = h_ICL − h_ZSL and u_FT = h_FT − h_ZSL. A cosine
 * with an update that is nothing is empty.
 *
 * @param raw cos(u_ICL, u_FT) (arXiv:2311.07772)
 * @param normalised the same of outputs that were first made of length 1: the paper's SimAOU
 * @param zeroShotNorm |h_ZSL|
 * @param contextNorm |u_ICL|
 * @param tunedNorm |u_FT|; empty where fine-tuning is a derivative, which has no length of its own
 * @param contextAlong cos(u_ICL, h_ZSL)
 * @param tunedAlong cos(u_FT, h_ZSL)
 * @param nullOfNorms {@code normalised} of updates of these norms that are orthogonal to each other and to h_ZSL: ½
 *     √((1 − c) (1 − c′)), c = 1 / √(1 + |u|² / |h_ZSL|²)
 * @param nullOfAngles the same with c = cos(h_ZSL, h_ZSL + u): what it is where only the parts of the updates across
 *     h_ZSL are orthogonal to each other
 */
public record UpdateSimilarity(
        OptionalDouble raw,
        OptionalDouble normalised,
        double zeroShotNorm,
        double contextNorm,
        OptionalDouble tunedNorm,
        OptionalDouble contextAlong,
        OptionalDouble tunedAlong,
        OptionalDouble nullOfNorms,
        OptionalDouble nullOfAngles) {

    /** Of one mixer's outputs for one query, zero-shot, after the context, and of the fine-tuned model. */
    public static UpdateSimilarity of(double[] zeroShot, double[] context, double[] tuned) {
        double[] ofContext = Vectors.difference(context, zeroShot);
        double[] ofTuning = Vectors.difference(tuned, zeroShot);
        double length = Vectors.norm(zeroShot);
        return new UpdateSimilarity(
                Cosine.of(ofContext, ofTuning),
                normalised(zeroShot, context, tuned),
                length,
                Vectors.norm(ofContext),
                OptionalDouble.of(Vectors.norm(ofTuning)),
                Cosine.of(ofContext, zeroShot),
                Cosine.of(ofTuning, zeroShot),
                length == 0
                        ? OptionalDouble.empty()
                        : OptionalDouble.of(closedForm(
                                acrossCosine(Vectors.norm(ofContext) / length),
                                acrossCosine(Vectors.norm(ofTuning) / length))),
                nullOfAngles(zeroShot, context, tuned));
    }

    /** The mean of each measure over the queries that have it. */
    static UpdateSimilarity mean(List<UpdateSimilarity> queries) {
        return new UpdateSimilarity(
                MeanOfDefined.of(queries, UpdateSimilarity::raw),
                MeanOfDefined.of(queries, UpdateSimilarity::normalised),
                mean(queries, UpdateSimilarity::zeroShotNorm),
                mean(queries, UpdateSimilarity::contextNorm),
                MeanOfDefined.of(queries, UpdateSimilarity::tunedNorm),
                MeanOfDefined.of(queries, UpdateSimilarity::contextAlong),
                MeanOfDefined.of(queries, UpdateSimilarity::tunedAlong),
                MeanOfDefined.of(queries, UpdateSimilarity::nullOfNorms),
                MeanOfDefined.of(queries, UpdateSimilarity::nullOfAngles));
    }

    private static double mean(List<UpdateSimilarity> queries, ToDoubleFunction<UpdateSimilarity> measure) {
        return queries.stream().mapToDouble(measure).average().orElseThrow();
    }

    /** Without the norm of u_FT, and what depends on it. */
    UpdateSimilarity ofDirections() {
        OptionalDouble none = OptionalDouble.empty();
        return new UpdateSimilarity(raw, none, zeroShotNorm, contextNorm, none, contextAlong, tunedAlong, none, none);
    }

    /** ½ √((1 − c) (1 − c′)). */
    private static double closedForm(double c, double other) {
        // A cosine may be above 1 by rounding.
        return 0.5 * Math.sqrt(Math.max(0, 1 - c) * Math.max(0, 1 - other));
    }

    /** c = 1 / √(1 + s²): the cosine of a vector of length 1 with its sum with one of length s across it. */
    private static double acrossCosine(double s) {
        return 1 / Math.hypot(1, s);
    }

    private static OptionalDouble nullOfAngles(double[] zeroShot, double[] context, double[] tuned) {
        OptionalDouble c = Cosine.of(zeroShot, context);
        OptionalDouble other = Cosine.of(zeroShot, tuned);
        return c.isPresent() && other.isPresent()
                ? OptionalDouble.of(closedForm(c.getAsDouble(), other.getAsDouble()))
                : OptionalDouble.empty();
    }

    private static OptionalDouble normalised(double[] zeroShot, double[] context, double[] tuned) {
        if (Vectors.norm(zeroShot) == 0 || Vectors.norm(context) == 0 || Vectors.norm(tuned) == 0) {
            return OptionalDouble.empty();
        }
        double[] unit = unit(zeroShot);
        return Cosine.of(Vectors.difference(unit(context), unit), Vectors.difference(unit(tuned), unit));
    }

    private static double[] unit(double[] h) {
        return Vectors.scaled(h, 1 / Vectors.norm(h));
    }

    /**
     * The control for {@link #normalised}: {@code zeroShot} moved by {@code norm} in a direction that all directions
     * are as likely as, to be taken for what fine-tuning gives.
     */
    public static double[] randomlyMoved(double[] zeroShot, double norm, SplittableRandom random) {
        double[] direction = new double[zeroShot.length];
        Arrays.setAll(direction, i -> random.nextGaussian());
        double[] moved = Vectors.scaled(direction, norm / Vectors.norm(direction));
        Arrays.setAll(moved, i -> moved[i] + zeroShot[i]);
        return moved;
    }

    /** The paper's SimAOU(Random): cos(u_ICL, r) with every r_i uniform in [0, 1), not centred. */
    public static OptionalDouble withUniform(double[] zeroShot, double[] context, SplittableRandom random) {
        double[] uniform = new double[zeroShot.length];
        Arrays.setAll(uniform, i -> random.nextDouble());
        return Cosine.of(Vectors.difference(context, zeroShot), uniform);
    }
}
