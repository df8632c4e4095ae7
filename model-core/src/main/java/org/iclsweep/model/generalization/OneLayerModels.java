package org.iclsweep.model.generalization;

import ai.djl.Device;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import java.util.List;
import org.iclsweep.datasets.reproducible.RandomStream;
import org.iclsweep.model.generalization.RunSettings.Architecture;
import org.iclsweep.model.generalization.RunSettings.Kind;
import org.iclsweep.model.tensor.Doubles;
import org.iclsweep.model.tensor.NativeLibrary;
import org.iclsweep.model.tensor.OwnedArrays;

/**
 * R one-layer transformers (arXiv:2402.15607, section 2),
 *
 * <pre>
 *   F(Ψ; P) = aᵀ ReLU(W_O Σ_i W_V p_i attn(Ψ; P, i)),   attn(Ψ; P, i) = softmax_i((W_K p_i)ᵀ W_Q p_query)
 * </pre>
 *
 * or, of the kind {@link Kind#LINEAR}, with attn(Ψ; P, i) = (W_K p_i)ᵀ W_Q p_query over the context and the query
 * itself, as the first paper has it (arXiv:2406.02847, eq. 12). With s = Σ_i attn_i p_i and u = W_Kᵀ W_Q p_query, every
 * product with a weight is one for each prompt, not one for each token: attention is softmax(P u), the rest W_O W_V s.
 *
 * <p>The gradient by hand, because the engine's collector is one for each process, and because it is five products.
 * With g = ∂loss/∂F = −z 1[z F &lt; 1] / N and h = W_O W_V s:
 *
 * <pre>
 *   ∂h = g a ⊙ 1[h > 0]     ∂W_O = ∂h vᵀ    ∂v = W_Oᵀ ∂h     ∂W_V = ∂v sᵀ    ∂s = W_Vᵀ ∂v
 *   ∂attn_i = p_iᵀ ∂s       ∂score = attn ⊙ (∂attn − Σ attn ∂attn), or ∂attn itself where attention is linear
 *   ∂u = Σ_i ∂score_i p_i   ∂W_K = (W_Q p_query) ∂uᵀ         ∂W_Q = (W_K ∂u) p_queryᵀ
 * </pre>
 */
final class OneLayerModels implements Learner {
    private static final long WEIGHTS = 1;

    private final NDManager manager;
    private final boolean linear;
    private final NDArray query; // W_Q [R, D, D]
    private final NDArray key; // W_K [R, D, D]
    private final NDArray value; // W_V [R, D, D]
    private final NDArray out; // W_O [R, m, D]
    private final NDArray signs; // a [R, m, 1]
    private final NDArray rates; // η [R, 1, 1]

    /** Models before the first step; all have one shape. */
    OneLayerModels(List<RunSettings> runs, long[] seeds, Device device) {
        RunSettings first = runs.get(0);
        Architecture architecture = first.architecture();
        int count = runs.size();
        int width = first.data().tokenDimension();
        int neurons = architecture.neurons();
        double[] identity = new double[count * width * width];
        double[] rows = new double[count * neurons * width];
        double[] votes = new double[count * neurons];
        double[] etas = new double[count];
        for (int run = 0; run < count; run++) {
            Architecture own = runs.get(run).architecture();
            RandomStream random = RandomStream.of(seeds[run], WEIGHTS);
            for (int i = 0; i < width; i++) {
                identity[(run * width + i) * width + i] = own.delta();
            }
            for (int i = 0; i < neurons * width; i++) {
                rows[run * neurons * width + i] = own.xi() * random.nextGaussian();
            }
            for (int i = 0; i < neurons; i++) {
                votes[run * neurons + i] = (random.nextInt(2) == 1 ? 1 : -1) / Math.sqrt(neurons);
            }
            etas[run] = runs.get(run).optimization().learningRate();
        }
        DataType type = first.precision().type();
        manager = NativeLibrary.newManager(device);
        linear = architecture.kind() == Kind.LINEAR;
        query = OwnedArrays.of(manager, identity, new Shape(count, width, width), type);
        key = OwnedArrays.of(manager, identity, new Shape(count, width, width), type);
        value = OwnedArrays.of(manager, identity, new Shape(count, width, width), type);
        out = OwnedArrays.of(manager, rows, new Shape(count, neurons, width), type);
        signs = OwnedArrays.of(manager, votes, new Shape(count, neurons, 1), type);
        rates = OwnedArrays.of(manager, etas, new Shape(count, 1, 1), type);
    }

    @Override
    public NDManager newBatch() {
        return manager.newSubManager();
    }

    @Override
    public boolean readsQueryInContext() {
        return linear;
    }

    /** True if attention is linear, so that contexts can be converted. */
    boolean isLinear() {
        return linear;
    }

    /** The values of a forward pass that the gradient needs: row vectors as in the equations, a leading [R, N]. */
    private record Pass(
            NDArray projected, NDArray attention, NDArray mixed, NDArray values, NDArray hidden, NDArray output) {}

    private Pass pass(PromptArrays prompts) {
        NDManager scope = prompts.query().getManager();
        int runs = prompts.runs();
        int count = prompts.prompts();
        int slots = prompts.slots();
        int width = prompts.width();
        NDArray contexts = prompts.contexts();
        NDArray projected = prompts.query().matMul(transposed(query, scope));
        NDArray direction = projected.matMul(in(key, scope)).reshape(new Shape((long) runs * count, width, 1));
        NDArray scores = contexts.matMul(direction).reshape(new Shape(runs, count, slots));
        NDArray attention = linear ? scores : scores.softmax(2);
        NDArray mixed = attention
                .reshape(new Shape((long) runs * count, 1, slots))
                .matMul(contexts)
                .reshape(new Shape(runs, count, width));
        NDArray values = mixed.matMul(transposed(value, scope));
        NDArray hidden = values.matMul(transposed(out, scope));
        NDArray output = hidden.maximum(0).matMul(in(signs, scope)).reshape(new Shape(runs, count));
        return new Pass(projected, attention, mixed, values, hidden, output);
    }

    @Override
    public Forward forward(PromptArrays prompts) {
        Pass pass = pass(prompts);
        return new Forward(pass.output(), List.of(pass.attention()));
    }

    /** Gradients of the mean hinge loss of each run. */
    record Gradients(NDArray query, NDArray key, NDArray value, NDArray out, NDArray loss) {}

    /** The gradients, owned by the manager of the prompts. */
    Gradients gradients(PromptArrays prompts) {
        NDManager scope = prompts.query().getManager();
        int runs = prompts.runs();
        int count = prompts.prompts();
        int slots = prompts.slots();
        int width = prompts.width();
        Pass pass = pass(prompts);
        NDArray hinge = Learner.hinge(pass.output(), prompts.label());
        NDArray wrong = hinge.gt(0).toType(hinge.getDataType(), false);
        NDArray slope = prompts.label().mul(wrong).mul(-1.0 / count).reshape(new Shape(runs, count, 1));
        NDArray active = pass.hidden().gt(0).toType(hinge.getDataType(), false);
        NDArray dHidden = active.mul(slope).mul(transposed(signs, scope));
        NDArray dOut = dHidden.swapAxes(1, 2).matMul(pass.values());
        NDArray dValues = dHidden.matMul(in(out, scope));
        NDArray dValue = dValues.swapAxes(1, 2).matMul(pass.mixed());
        NDArray dMixed = dValues.matMul(in(value, scope));
        NDArray contexts = prompts.contexts();
        NDArray dAttention = contexts.matMul(dMixed.reshape(new Shape((long) runs * count, width, 1)))
                .reshape(new Shape(runs, count, slots));
        NDArray dScores = linear ? dAttention : ofSoftmax(pass.attention(), dAttention);
        NDArray dDirection = dScores.reshape(new Shape((long) runs * count, 1, slots))
                .matMul(contexts)
                .reshape(new Shape(runs, count, width));
        NDArray dKey = pass.projected().swapAxes(1, 2).matMul(dDirection);
        NDArray dProjected = dDirection.matMul(transposed(key, scope));
        NDArray dQuery = dProjected.swapAxes(1, 2).matMul(prompts.query());
        return new Gradients(dQuery, dKey, dValue, dOut, hinge.mean(new int[] {1}));
    }

    private static NDArray ofSoftmax(NDArray attention, NDArray dAttention) {
        NDArray weighted = attention.mul(dAttention);
        return weighted.sub(attention.mul(weighted.sum(new int[] {2}, true)));
    }

    @Override
    public double[] step(PromptArrays prompts, double[] learning, int step) {
        Gradients gradients = gradients(prompts);
        NDManager scope = prompts.query().getManager();
        NDArray rate = scope.create(learning, new Shape(learning.length, 1, 1))
                .toType(rates.getDataType(), false)
                .mul(rates);
        query.subi(gradients.query().mul(rate));
        key.subi(gradients.key().mul(rate));
        value.subi(gradients.value().mul(rate));
        out.subi(gradients.out().mul(rate));
        return Doubles.of(gradients.loss());
    }

    /** The summand of F of each neuron, a_i ReLU(h_i) [R, N, m]. */
    NDArray contributions(PromptArrays prompts) {
        NDArray hidden = pass(prompts).hidden();
        return hidden.maximum(0).mul(transposed(signs, hidden.getManager()));
    }

    /** r_i, the rows of W_O W_V [R, m, D]. */
    NDArray rows(NDManager scope) {
        return in(out, scope).matMul(in(value, scope));
    }

    /** The weights, as views that belong to {@code scope}: W_Q, W_K, W_V [R, D, D], W_O [R, m, D], a [R, m, 1]. */
    List<NDArray> weights(NDManager scope) {
        return List.of(in(query, scope), in(key, scope), in(value, scope), in(out, scope), in(signs, scope));
    }

    /**
     * A view that is closed with {@code scope}: a result belongs to the manager of its first operand, here a weight's.
     */
    private static NDArray in(NDArray weight, NDManager scope) {
        NDArray view = weight.reshape(weight.getShape());
        view.attach(scope);
        return view;
    }

    private static NDArray transposed(NDArray weight, NDManager scope) {
        NDArray view = weight.swapAxes(1, 2);
        view.attach(scope);
        return view;
    }

    @Override
    public void close() {
        manager.close();
    }
}
