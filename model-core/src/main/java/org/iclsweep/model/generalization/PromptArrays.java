package org.iclsweep.model.generalization;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import java.util.List;
import org.iclsweep.datasets.task.PatternPrompts.Drawn;

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
    static final class Tokens {
        private final float[][] relevant;
        private final float[][] irrelevant;
        private final double[][] exactRelevant;
        private final double[][] exactIrrelevant;
        private final double labelNorm;
        private final int dimension;
        private final int width;

        Tokens(org.iclsweep.datasets.task.Patterns patterns, DataModel data) {
            this.exactRelevant = patterns.relevant();
            this.exactIrrelevant = patterns.irrelevant();
            this.relevant = floats(exactRelevant);
            this.irrelevant = floats(exactIrrelevant);
            this.labelNorm = data.labelNorm();
            this.dimension = data.dimension();
            this.width = data.tokenDimension();
        }

        private static float[][] floats(double[][] rows) {
            float[][] floats = new float[rows.length][];
            for (int i = 0; i < rows.length; i++) {
                floats[i] = new float[rows[i].length];
                for (int j = 0; j < rows[i].length; j++) {
                    floats[i][j] = (float) rows[i][j];
                }
            }
            return floats;
        }

        /** The input of a slot [d_X]. */
        double[] input(Drawn drawn, int slot) {
            double[] point = exactRelevant[drawn.pattern()[slot]].clone();
            double[] distractor = exactIrrelevant[drawn.distractor()[slot]];
            for (int i = 0; i < point.length; i++) {
                point[i] += drawn.coefficient()[slot] * distractor[i];
            }
            return point;
        }

        private void write(Drawn drawn, int slot, boolean labelled, float[] target, int at) {
            float[] pattern = relevant[drawn.pattern()[slot]];
            float[] distractor = irrelevant[drawn.distractor()[slot]];
            float coefficient = (float) drawn.coefficient()[slot];
            for (int i = 0; i < dimension; i++) {
                target[at + i] = pattern[i] + coefficient * distractor[i];
            }
            if (labelled) {
                target[at + dimension] = (float) (labelNorm * drawn.label()[slot]);
            }
        }

        private void write(Drawn drawn, int slot, boolean labelled, double[] target, int at) {
            double[] point = input(drawn, slot);
            System.arraycopy(point, 0, target, at, dimension);
            if (labelled) {
                target[at + dimension] = labelNorm * drawn.label()[slot];
            }
        }
    }

    /** The prompts {@code drawn} of each run, in its tokens. */
    static PromptArrays of(
            NDManager batch, DataType type, List<Tokens> tokens, List<Drawn> drawn, boolean queryInContext) {
        int runs = drawn.size();
        int prompts = drawn.get(0).prompts();
        int slots = drawn.get(0).length() + (queryInContext ? 1 : 0);
        int width = tokens.get(0).width;
        Shape contexts = new Shape(runs, prompts, slots, width);
        Shape queries = new Shape(runs, prompts, width);
        float[] labels = new float[runs * prompts];
        float[] shared = new float[runs * prompts * slots];
        marks(drawn, slots, labels, shared);
        NDArray context;
        NDArray query;
        if (type == DataType.FLOAT64) {
            double[] all = new double[Math.toIntExact(contexts.size())];
            double[] asked = new double[Math.toIntExact(queries.size())];
            each(
                    drawn,
                    slots,
                    (run, slot, labelled, index) ->
                            tokens.get(run).write(drawn.get(run), slot, labelled, all, index * width));
            eachQuery(
                    drawn,
                    (run, slot, labelled, index) ->
                            tokens.get(run).write(drawn.get(run), slot, labelled, asked, index * width));
            context = batch.create(all, contexts);
            query = batch.create(asked, queries);
        } else {
            float[] all = new float[Math.toIntExact(contexts.size())];
            float[] asked = new float[Math.toIntExact(queries.size())];
            each(
                    drawn,
                    slots,
                    (run, slot, labelled, index) ->
                            tokens.get(run).write(drawn.get(run), slot, labelled, all, index * width));
            eachQuery(
                    drawn,
                    (run, slot, labelled, index) ->
                            tokens.get(run).write(drawn.get(run), slot, labelled, asked, index * width));
            context = batch.create(all, contexts);
            query = batch.create(asked, queries);
        }
        return new PromptArrays(
                context,
                query,
                batch.create(labels, new Shape(runs, prompts)).toType(type, false),
                batch.create(shared, new Shape(runs, prompts, slots)).toType(type, false));
    }

    private interface Slot {
        void at(int run, int slot, boolean labelled, int index);
    }

    private static void each(List<Drawn> drawn, int slots, Slot slot) {
        int index = 0;
        for (int run = 0; run < drawn.size(); run++) {
            Drawn prompts = drawn.get(run);
            for (int prompt = 0; prompt < prompts.prompts(); prompt++) {
                for (int i = 0; i < slots; i++) {
                    slot.at(run, prompts.first(prompt) + i, i < prompts.length(), index++);
                }
            }
        }
    }

    private static void eachQuery(List<Drawn> drawn, Slot slot) {
        int index = 0;
        for (int run = 0; run < drawn.size(); run++) {
            for (int prompt = 0; prompt < drawn.get(run).prompts(); prompt++) {
                slot.at(run, drawn.get(run).query(prompt), false, index++);
            }
        }
    }

    private static void marks(List<Drawn> drawn, int slots, float[] labels, float[] shared) {
        int index = 0;
        int row = 0;
        for (Drawn prompts : drawn) {
            for (int prompt = 0; prompt < prompts.prompts(); prompt++) {
                labels[row++] = prompts.label()[prompts.query(prompt)];
                int asked = prompts.pattern()[prompts.query(prompt)];
                for (int i = 0; i < slots; i++, index++) {
                    boolean same = i < prompts.length() && prompts.pattern()[prompts.first(prompt) + i] == asked;
                    shared[index] = same ? 1 : 0;
                }
            }
        }
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
