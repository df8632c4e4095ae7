package org.iclsweep.model.generalization;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import java.util.Arrays;
import java.util.List;
import org.iclsweep.datasets.reproducible.Vectors;
import org.iclsweep.datasets.task.PatternPrompts.Drawn;
import org.iclsweep.datasets.task.Patterns;
import org.iclsweep.model.tensor.OwnedArrays;

/**
 * Equally many prompts of each of R runs as arrays, owned by one batch.
 *
 * @param context tokens of the contexts [R, N, l, D]; with the query behind them where the model reads it there
 * @param query tokens of the queries [R, N, D]
 * @param label z [R, N]
 * @param shared 1 where a context slot has the query's pattern [R, N, l]; 0 for a query among the slots
 */
record PromptArrays(NDArray context, NDArray query, NDArray label, NDArray shared) {

    /** The vocabulary of one run: its patterns and label embedding as tokens. */
    @SuppressWarnings("ArrayRecordComponent") // never compared
    record Tokens(double[][] relevant, double[][] irrelevant, DataModel data) {
        Tokens(Patterns patterns, DataModel data) {
            this(patterns.relevant(), patterns.irrelevant(), data);
        }

        /** The input of a slot, μ + κ ν [d_X]. */
        double[] input(Drawn drawn, int slot) {
            double[] point = relevant[drawn.pattern()[slot]].clone();
            Vectors.addScaled(point, drawn.coefficient()[slot], irrelevant[drawn.distractor()[slot]]);
            return point;
        }

        /** The same in the arithmetic of float32, each operation rounded. */
        private double[] rounded(Drawn drawn, int slot) {
            double[] point = relevant[drawn.pattern()[slot]].clone();
            double[] distractor = irrelevant[drawn.distractor()[slot]];
            float coefficient = (float) drawn.coefficient()[slot];
            Arrays.setAll(point, i -> (float) point[i] + coefficient * (float) distractor[i]);
            return point;
        }

        private void write(Drawn drawn, int slot, boolean labelled, DataType type, double[] target, int at) {
            double[] point = type == DataType.FLOAT64 ? input(drawn, slot) : rounded(drawn, slot);
            System.arraycopy(point, 0, target, at, point.length);
            if (labelled) {
                target[at + point.length] = data.labelNorm() * drawn.label()[slot];
            }
        }
    }

    /** The prompts {@code drawn} of each run, in its tokens. */
    static PromptArrays of(
            NDManager batch, DataType type, List<Tokens> tokens, List<Drawn> drawn, boolean queryInContext) {
        int runs = drawn.size();
        int prompts = drawn.get(0).prompts();
        int slots = drawn.get(0).length() + (queryInContext ? 1 : 0);
        int width = tokens.get(0).data().tokenDimension();
        double[] context = new double[Math.toIntExact((long) runs * prompts * slots * width)];
        double[] query = new double[runs * prompts * width];
        double[] label = new double[runs * prompts];
        double[] shared = new double[runs * prompts * slots];
        for (int row = 0; row < label.length; row++) {
            Tokens vocabulary = tokens.get(row / prompts);
            Drawn own = drawn.get(row / prompts);
            int first = own.first(row % prompts);
            int asked = own.query(row % prompts);
            label[row] = own.label()[asked];
            vocabulary.write(own, asked, false, type, query, row * width);
            for (int i = 0; i < slots; i++) {
                boolean inContext = i < own.length();
                vocabulary.write(own, first + i, inContext, type, context, (row * slots + i) * width);
                shared[row * slots + i] = inContext && own.pattern()[first + i] == own.pattern()[asked] ? 1 : 0;
            }
        }
        return new PromptArrays(
                OwnedArrays.of(batch, context, new Shape(runs, prompts, slots, width), type),
                OwnedArrays.of(batch, query, new Shape(runs, prompts, width), type),
                OwnedArrays.of(batch, label, new Shape(runs, prompts), type),
                OwnedArrays.of(batch, shared, new Shape(runs, prompts, slots), type));
    }

    /** The contexts of all runs, one after another [R N, l, D]. */
    NDArray contexts() {
        return context.reshape(new Shape((long) runs() * prompts(), slots(), width()));
    }

    int runs() {
        return (int) query.getShape().get(0);
    }

    int prompts() {
        return (int) query.getShape().get(1);
    }

    /** Slots that can be attended to. */
    int slots() {
        return (int) context.getShape().get(2);
    }

    int width() {
        return (int) query.getShape().get(2);
    }
}
