package org.iclsweep.sweep.trial;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import java.util.List;
import org.iclsweep.model.conversion.ConversionMethod;
import org.iclsweep.model.mixer.ContextState;
import org.iclsweep.model.mixer.LayerProbe;
import org.iclsweep.model.prompt.Continuation;
import org.iclsweep.model.prompt.PromptTree;
import org.iclsweep.model.prompt.TokenSequence;
import org.iclsweep.model.transformer.LanguageModel;
import org.iclsweep.model.transformer.Padding;

/** Runs one prompt in both ways, alone, and shows all logits of the query. */
public record Verification(LanguageModel model, ConversionMethod method) {

    /**
     * Logits of both runs at every position of the query [positions][V], and how far they are apart.
     *
     * @param maxRelative largest over the positions of ‖Δ‖₂ / ‖prompted‖₂
     */
    public record Result(double[][] prompted, double[][] converted, double maxAbsolute, double maxRelative) {}

    /** Both runs of {@code query} after {@code context}, which may be empty. */
    public Result of(TokenSequence context, TokenSequence query) {
        try (NDManager batch = model.newBatch()) {
            PromptTree prompt = PromptTree.of(context, query);
            NDArray prompted = model.logits(model.prompted(batch, List.of(prompt), Padding.LONGEST, LayerProbe.NONE));
            ContextState state = method.convert(model, batch, List.of(List.of(context)), Padding.LONGEST)
                    .get(0)
                    .state();
            List<Continuation> alone = List.of(new Continuation(query, 0));
            NDArray converted = model.logits(model.continued(batch, alone, state, Padding.LONGEST, LayerProbe.NONE));
            return compare(rows(prompted), rows(converted));
        }
    }

    private static Result compare(double[][] prompted, double[][] converted) {
        double maxAbsolute = 0;
        double maxRelative = 0;
        for (int position = 0; position < prompted.length; position++) {
            double squaredDifference = 0;
            double squared = 0;
            for (int v = 0; v < prompted[position].length; v++) {
                double difference = converted[position][v] - prompted[position][v];
                maxAbsolute = larger(maxAbsolute, Math.abs(difference));
                squaredDifference += difference * difference;
                squared += prompted[position][v] * prompted[position][v];
            }
            double relative = squaredDifference == 0 ? 0 : Math.sqrt(squaredDifference / squared);
            maxRelative = larger(maxRelative, relative);
        }
        return new Result(prompted, converted, maxAbsolute, maxRelative);
    }

    /** NaN if one of them is. */
    private static double larger(double a, double b) {
        return Double.isNaN(a) ? a : Double.isNaN(b) ? b : Math.max(a, b);
    }

    private static double[][] rows(NDArray logits) {
        int columns = (int) logits.getShape().get(1);
        double[] flat = logits.toType(DataType.FLOAT64, false).flatten().toDoubleArray();
        double[][] rows = new double[(int) logits.getShape().get(0)][columns];
        for (int row = 0; row < rows.length; row++) {
            System.arraycopy(flat, row * columns, rows[row], 0, columns);
        }
        return rows;
    }
}
