package org.iclsweep.model.generalization;

import ai.djl.ndarray.types.DataType;
import java.io.Serializable;
import java.util.List;
import org.iclsweep.datasets.task.PatternPrompts;

/**
 * One training: every symbol of arXiv:2402.15607 that it has. Equal settings and seed give an equal run, whatever runs
 * beside it.
 *
 * @param alpha α, the fraction of context slots that have one of the task's two patterns
 * @param length l_tr, context slots of a training prompt
 * @param leastLength where it is less than {@code length}, the lengths of the steps' prompts vary from here to there
 * @param optimization how the weights move
 */
public record RunSettings(
        DataModel data,
        TaskCoverage tasks,
        double alpha,
        int length,
        int leastLength,
        Architecture architecture,
        Optimization optimization,
        Precision precision)
        implements Serializable {

    /** The models. */
    public enum Kind {
        /** One layer, one head: softmax attention and a ReLU layer, the model of the theorems. */
        ONE_LAYER,
        /** The same with linear attention, in which the query attends to itself too: it can be converted exactly. */
        LINEAR,
        /** Several causal layers with several heads, as GPT-2: layer norms, GELU, residual connections. */
        MULTI_LAYER
    }

    /**
     * A model.
     *
     * @param neurons m, rows of W_O; of a multi-layer model, the width of its feed-forward layers
     * @param delta δ: W_Q, W_K and W_V start as δ I
     * @param xi ξ: the entries of W_O start as N(0, ξ²)
     * @param layers of a multi-layer model
     * @param heads of a multi-layer model
     * @param hidden of a multi-layer model
     */
    public record Architecture(Kind kind, int neurons, double delta, double xi, int layers, int heads, int hidden)
            implements Serializable {}

    /**
     * The optimiser: plain SGD for the one-layer models; AdamW, with warm-up and clipping, for multi-layer ones.
     *
     * @param learningRate η
     * @param batch B, prompts per step
     * @param iterations T
     * @param warmup steps of linear growth of η (multi-layer)
     * @param clip the norm that a gradient is scaled down to (multi-layer)
     * @param smoothing the smoothed loss is {@code smoothing} of itself and the rest of the step's loss
     * @param threshold of the smoothed loss: the step at which it falls below is noted
     * @param stop the smoothed loss at which a run stops learning; 0 for never
     * @param diverged the loss beyond which a run has diverged
     */
    public record Optimization(
            double learningRate,
            int batch,
            int iterations,
            int warmup,
            double clip,
            double smoothing,
            double threshold,
            double stop,
            double diverged)
            implements Serializable {}

    /** The type of all arithmetic. */
    public enum Precision {
        FLOAT32,
        FLOAT64;

        DataType type() {
            return this == FLOAT32 ? DataType.FLOAT32 : DataType.FLOAT64;
        }
    }

    /**
     * What has to be equal for two runs to share a batched computation: the shapes of their arrays, their number of
     * steps, and how multi-layer models are optimised, whose optimiser is one for all.
     */
    public record Shape(
            int dimension,
            int labelDimension,
            int length,
            int leastLength,
            Architecture architecture,
            int batch,
            int iterations,
            List<Double> sharedOptimizer,
            Precision precision) {}

    /** The shape of this run. */
    public Shape shape() {
        boolean deep = architecture.kind() == Kind.MULTI_LAYER;
        Architecture a = architecture;
        return new Shape(
                data.dimension(),
                data.labelDimension(),
                length,
                leastLength,
                new Architecture(a.kind(), a.neurons(), 0, 0, a.layers(), a.heads(), a.hidden()),
                optimization.batch(),
                optimization.iterations(),
                deep
                        ? List.of(optimization.learningRate(), (double) optimization.warmup(), optimization.clip())
                        : List.of(),
                precision);
    }

    /** Where training prompts come from. */
    PatternPrompts prompts() {
        return new PatternPrompts(
                data.relevant(), data.irrelevant(), tasks.pairs(data.relevant()), alpha, data.kappa(), false);
    }
}
