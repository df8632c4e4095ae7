package org.iclsweep.model.generalization;

import ai.djl.ndarray.types.DataType;
import java.io.Serializable;
import java.util.ArrayList;
import java.util.List;
import org.iclsweep.datasets.fault.Checked;
import org.iclsweep.datasets.fault.Inline;
import org.iclsweep.datasets.fault.Key;
import org.iclsweep.datasets.fault.Scope;
import org.iclsweep.datasets.task.PatternPrompts;

/**
 * One training: every symbol of arXiv:2402.15607 that it has. Equal settings and seed give an equal run, whatever runs
 * beside it.
 */
public record RunSettings(
        @Inline DataModel data,
        @Inline TaskCoverage tasks,

        @Key(
                doc = "α, the fraction of context slots with one of the task's two patterns.",
                from = 0,
                to = 1,
                otherwise = "0.8")
        double alpha,

        @Key(doc = "l_tr, context slots of a training prompt.", from = 1, otherwise = "20")
        int length,

        @Key(
                doc = "The shortest, where the prompts' lengths vary from step to step; 0: all have `length`.",
                from = 0,
                otherwise = "0")
        int leastLength,

        @Inline Architecture architecture,
        @Inline Optimization optimization,

        @Key(name = "dtype", doc = "The precision of everything.", otherwise = "float32")
        Precision precision)
        implements Checked, Serializable {

    /** The models. */
    public enum Kind {
        /** One layer, one head: softmax attention and a ReLU layer, the model of the theorems. */
        ONE_LAYER,
        /** The same with linear attention, in which the query attends to itself too: it can be converted exactly. */
        LINEAR,
        /** Several causal layers with several heads, as GPT-2: layer norms, GELU, residual connections. */
        MULTI_LAYER
    }

    /** A model and its initial weights. */
    public record Architecture(
            @Key(
                    name = "model",
                    doc =
                            "`one-layer`: softmax attention and a ReLU layer, the model of the theorems. `linear`: the same"
                                    + " with linear attention. `multi-layer`: as GPT-2.",
                    otherwise = "one-layer")
            Kind kind,

            @Key(doc = "m, the width of the ReLU layer, or of feed-forward layers.", from = 1, otherwise = "200")
            int neurons,

            @Key(doc = "δ: W_Q, W_K and W_V start as δ I.", from = 0, otherwise = "0.2")
            double delta,

            @Key(doc = "ξ: the entries of W_O start as N(0, ξ²).", from = 0, otherwise = "0.02")
            double xi,

            @Key(doc = "Layers of a multi-layer model.", from = 1, otherwise = "3")
            int layers,

            @Key(doc = "Heads of a multi-layer model.", from = 1, otherwise = "2")
            int heads,

            @Key(doc = "Hidden size of a multi-layer model.", from = 1, otherwise = "64")
            int hidden)
            implements Checked, Serializable {
        @Override
        public void check(Scope scope) {
            if (kind == Kind.MULTI_LAYER && hidden % heads != 0) {
                scope.fault("heads", "expected a divisor of hidden = %s, found %s".formatted(hidden, heads));
            }
        }
    }

    /** The optimiser: plain SGD for the one-layer models; AdamW, with warm-up and clipping, for multi-layer ones. */
    public record Optimization(
            @Key(doc = "η: of SGD, or of AdamW for a multi-layer model.", from = 0, otherwise = "0.5")
            double learningRate,

            @Key(doc = "B, prompts of a step.", from = 1, otherwise = "100")
            int batch,

            @Key(doc = "T, steps.", from = 1, otherwise = "200")
            int iterations,

            @Key(
                    doc = "Steps of linear growth of η of a multi-layer model; it falls to 0 over the last fifth.",
                    from = 0,
                    otherwise = "100")
            int warmup,

            @Key(doc = "The norm that a gradient of a multi-layer model is scaled down to.", from = 0, otherwise = "1")
            double clip,

            @Key(
                    doc = "The part of the smoothed loss, which starts at 1, that is left when a step's loss is added.",
                    from = 0,
                    to = 1,
                    otherwise = "0.9")
            double smoothing,

            @Key(
                    doc = "The smoothed loss below which a training counts as done: column `threshold_step`.",
                    from = 0,
                    otherwise = "0.2")
            double threshold,

            @Key(doc = "The smoothed loss below which a training stops; 0: never.", from = 0, otherwise = "0")
            double stop,

            @Key(
                    name = "diverged-loss",
                    doc = "The loss beyond which a training has diverged.",
                    from = 1,
                    otherwise = "1e4")
            double diverged)
            implements Serializable {
        Optimization withIterations(int other) {
            return new Optimization(learningRate, batch, other, warmup, clip, smoothing, threshold, stop, diverged);
        }
    }

    /** The type of all arithmetic. */
    public enum Precision {
        FLOAT32,
        FLOAT64;

        DataType type() {
            return this == FLOAT32 ? DataType.FLOAT32 : DataType.FLOAT64;
        }
    }

    @Override
    public void check(Scope scope) {
        int relevant = data.relevant();
        if (relevant == 2 && alpha < 1) {
            scope.fault("alpha", "expected 1 with relevant = 2, as there are no other patterns, found " + alpha);
        }
        if (tasks.shifts().stream().anyMatch(shift -> shift >= relevant)) {
            scope.fault("shifts", "expected numbers below relevant = %s, found %s".formatted(relevant, tasks.shifts()));
        }
        if (leastLength > length) {
            scope.fault("least-length", "expected at most length = %s, found %s".formatted(length, leastLength));
        }
        if (architecture.kind() == Kind.MULTI_LAYER && optimization.stop() > 0) {
            scope.fault(
                    "stop",
                    "expected 0 with model = multi-layer, whose optimiser has a memory, found " + optimization.stop());
        }
    }

    /** The same training with another number of steps. */
    public RunSettings withIterations(int iterations) {
        return new RunSettings(
                data,
                tasks,
                alpha,
                length,
                leastLength,
                architecture,
                optimization.withIterations(iterations),
                precision);
    }

    /** Context slots of the shortest training prompts. */
    public int shortestLength() {
        return leastLength == 0 ? length : leastLength;
    }

    /**
     * The settings that runs of one batched computation have in common: the shapes of their arrays, their number of
     * steps, and the optimisation of multi-layer models, whose optimiser is one for all.
     */
    public List<Object> shape() {
        Architecture a = architecture;
        List<Object> shape = new ArrayList<>(List.of(
                data.dimension(),
                data.labelDimension(),
                length,
                shortestLength(),
                new Architecture(a.kind(), a.neurons(), 0, 0, a.layers(), a.heads(), a.hidden()),
                optimization.batch(),
                optimization.iterations(),
                precision));
        if (a.kind() == Kind.MULTI_LAYER) {
            shape.addAll(List.of(optimization.learningRate(), optimization.warmup(), optimization.clip()));
        }
        return shape;
    }

    /** Where training prompts come from. */
    PatternPrompts prompts() {
        return new PatternPrompts(
                data.relevant(), data.irrelevant(), tasks.pairs(data.relevant()), alpha, data.kappa(), false);
    }
}
