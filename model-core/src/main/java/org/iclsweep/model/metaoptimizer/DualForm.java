package org.iclsweep.model.metaoptimizer;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.apache.commons.math3.linear.Array2DRowRealMatrix;
import org.apache.commons.math3.linear.ArrayRealVector;
import org.apache.commons.math3.linear.RealMatrix;
import org.iclsweep.datasets.reproducible.Vectors;
import org.iclsweep.model.decoder.LanguageModel;
import org.iclsweep.model.family.Architecture;
import org.iclsweep.model.family.ModelException;
import org.iclsweep.model.kernel.StateTensor.Role;
import org.iclsweep.model.layout.Padding;
import org.iclsweep.model.mixer.ContextState;
import org.iclsweep.model.mixer.LinearAttention;
import org.iclsweep.model.mixer.TokenMixer;
import org.iclsweep.model.prompt.TokenSequence;

/**
 * The contribution of a context to one mixer of linearised attention as a change of a weight (arXiv:2212.10559, eq.
 * 12): ΔW_ICL = Σ_j v_j φ(k_j)ᵀ = b_KVᵀ, one for each query head, so that the head's output for q is (W_ZSL + ΔW_ICL)
 * φ(q). Defined without a normaliser and without positions, with which W would depend on the query, and without
 * momentum, whose average of values is not W times a query.
 *
 * @param module name of the mixer, the prefix of its tensors' names
 * @param change ΔW_ICL of every query head, each [d, P]
 */
public record DualForm(String module, List<RealMatrix> change) {
    public DualForm {
        change = List.copyOf(change);
    }

    /** Why {@code layout} has no dual form of fixed weights, if it has none. */
    public static Optional<String> obstacle(Architecture layout) {
        return layout.mixers().entrySet().stream()
                .filter(mixer -> !isBare(mixer.getValue()))
                .map(mixer -> "The mixer " + mixer.getKey()
                        + " is no linearised attention without positions, normaliser and momentum, so its context is no"
                        + " fixed change of a weight. Instead: linear_llama with position_embedding = none, normalizer ="
                        + " false and no value_momentum")
                .findFirst();
    }

    private static boolean isBare(TokenMixer mixer) {
        return mixer instanceof LinearAttention attention
                && !attention.normalizer()
                && attention.ropeTheta().isEmpty()
                && attention.momentum().isEmpty();
    }

    /**
     * The contributions of {@code context} to every mixer, from the state that the model leaves of it.
     *
     * @throws ModelException if there is an {@link #obstacle}
     */
    public static List<DualForm> of(LanguageModel model, TokenSequence context) {
        obstacle(model.layout()).ifPresent(obstacle -> {
            throw new ModelException(obstacle);
        });
        try (NDManager batch = model.newBatch()) {
            ContextState state = model.contextStates(
                            batch, List.of(List.of(context)), model.initialState(batch), Padding.LONGEST)
                    .get(0);
            List<DualForm> forms = new ArrayList<>();
            for (Map.Entry<String, TokenMixer> mixer : model.layout().mixers().entrySet()) {
                LinearAttention attention = (LinearAttention) mixer.getValue();
                NDArray bias = state.in(mixer.getKey(), Role.KEY_VALUE_SUM);
                forms.add(of(mixer.getKey(), bias, attention.heads()));
            }
            return forms;
        }
    }

    /** Of b_KV [1, Hk, P, d]. */
    private static DualForm of(String module, NDArray bias, int heads) {
        double[][][] written = QkvRecording.rows(bias).get(0);
        int group = heads / written.length;
        List<RealMatrix> change = new ArrayList<>();
        for (int head = 0; head < heads; head++) {
            change.add(new Array2DRowRealMatrix(written[head / group], false).transpose());
        }
        return new DualForm(module, change);
    }

    /**
     * The differences, at one mixer, between equivalent computations; each is the largest difference of two entries
     * over the largest entry, 0 without entries.
     *
     * @param module name of the mixer, the prefix of its tensors' names
     * @param attention Σ_j (q · k_j) v_j over the context against ΔW_ICL q, for the last token of a query, from the run
     *     without a state
     * @param step ΔW_ICL against one step of gradient descent on the dot product, η = 1, from W_ZSL
     */
    public record Errors(String module, double attention, double step) {}

    /** The errors at every mixer, for {@code query} after {@code context}. */
    public static List<Errors> errors(LanguageModel model, TokenSequence context, TokenSequence query) {
        List<DualForm> forms = of(model, context);
        List<Errors> errors = new ArrayList<>();
        try (NDManager scope = model.newBatch()) {
            QueryRecording.run(model, List.of(QueryRecording.tree(context, List.of(query))), (module, qkv, outputs) -> {
                if (qkv.isEmpty()) {
                    throw new IllegalStateException(module + " reported no queries, keys and values");
                }
                errors.add(forms.get(errors.size()).errors(scope, qkv.get(0), context.length()));
            });
        }
        return errors;
    }

    private Errors errors(NDManager scope, QkvRecording qkv, int context) {
        double attention = 0;
        double step = 0;
        for (int head = 0; head < qkv.heads(); head++) {
            double[][] keys = Arrays.copyOf(qkv.keys()[head], context);
            double[][] values = Arrays.copyOf(qkv.values()[head], context);
            RealMatrix w = change.get(head);
            double[] q = qkv.queries()[head][qkv.slots() - 1];
            double[] attended = new double[w.getRowDimension()]; // Σ_j (q · k_j) v_j
            for (int j = 0; j < context; j++) {
                Vectors.addScaled(attended, Vectors.dot(q, keys[j]), values[j]);
            }
            attention = Math.max(attention, relative(attended, w.operate(q)));
            RealMatrix zeroShot = outerProducts(qkv, head, context);
            RealMatrix descended =
                    LinearLayerStep.change(scope, LinearLayerStep::dotProduct, zeroShot, keys, values, 1);
            step = Math.max(step, relative(flat(descended), flat(w)));
        }
        return new Errors(module, attention, step);
    }

    /** W_ZSL = Σ v kᵀ of the slots behind the context. */
    private static RealMatrix outerProducts(QkvRecording qkv, int head, int context) {
        RealMatrix keys = new Array2DRowRealMatrix(Arrays.copyOfRange(qkv.keys()[head], context, qkv.slots()));
        return new Array2DRowRealMatrix(Arrays.copyOfRange(qkv.values()[head], context, qkv.slots()))
                .transpose()
                .multiply(keys);
    }

    private static double[] flat(RealMatrix matrix) {
        return Arrays.stream(matrix.getData()).flatMapToDouble(Arrays::stream).toArray();
    }

    private static double relative(double[] a, double[] b) {
        double largest = new ArrayRealVector(b, false).getLInfNorm();
        double difference = new ArrayRealVector(Vectors.difference(a, b), false).getLInfNorm();
        return difference == 0 ? 0 : difference / largest;
    }
}
