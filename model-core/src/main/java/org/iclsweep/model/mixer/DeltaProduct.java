package org.iclsweep.model.mixer;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.types.Shape;
import java.util.ArrayList;
import java.util.List;
import org.iclsweep.model.kernel.DeltaRuleKernel;
import org.iclsweep.model.kernel.ScalarDecay;
import org.iclsweep.model.kernel.ShortConvQkv;
import org.iclsweep.model.kernel.StateTensor;
import org.iclsweep.model.kernel.SubSteps;
import org.iclsweep.model.layout.SlotLayout;
import org.iclsweep.model.tensor.Activations;
import org.iclsweep.model.tensor.Heads;
import org.iclsweep.model.tensor.Nonlinearity;
import org.iclsweep.model.tensor.ParameterSpec;
import org.iclsweep.model.tensor.Parameters;
import org.iclsweep.model.tensor.ProjectionStart;
import org.jspecify.annotations.Nullable;

/**
 * The delta product (arXiv:2502.10297): n steps of the delta rule ({@link DeltaRule}) for each token, with keys, values
 * and strengths of their own, per head with state S [dk, dv]:
 *
 * <pre>
 *   S_t = ∏_i (I − β_ti k_ti k_tiᵀ) α_t S_{t−1} + …,   o_t = dk^{−½} q_tᵀ S_t
 * </pre>
 *
 * <p>The token's decay comes before its first step, its output after its last. Both computations are those of
 * {@link DeltaRuleKernel} over n times as many steps.
 *
 * @param sizes D, H, dk, dv
 * @param steps n
 * @param convSize taps of the short convolution on q, k and v, 0 for none
 * @param hasDecay true if there is an α
 * @param negativeEigenvalues true if β reaches 2 instead of 1
 * @param output the norm, the gate and the projection of the heads
 */
public record DeltaProduct(
        DeltaHeads sizes, int steps, int convSize, boolean hasDecay, boolean negativeEigenvalues, GatedOutput output)
        implements RecurrentMixer {
    private ShortConvQkv qkv() {
        return sizes.qkv(steps, convSize);
    }

    @Override
    public int heads() {
        return sizes.heads();
    }

    @Override
    public List<ParameterSpec> parameters(ProjectionStart start) {
        int heads = sizes.valueHeads();
        List<ParameterSpec> parameters = new ArrayList<>(qkv().parameters(start));
        parameters.add(ParameterSpec.steering("b_proj.weight", (long) steps * heads, sizes.hiddenSize()));
        if (hasDecay) {
            parameters.add(ParameterSpec.steering("a_proj.weight", heads, sizes.hiddenSize()));
            parameters.add(ParameterSpec.logRate("A_log", heads));
            parameters.add(ParameterSpec.stepBias("dt_bias", heads));
        }
        parameters.addAll(output.parameters(start, sizes.read()));
        return parameters;
    }

    @Override
    public List<StateTensor> stateTensors() {
        return sizes.state().then(qkv().stateTensors());
    }

    @Override
    public Projected projected(Input input, Parameters parameters, SlotLayout layout, Parameters before) {
        NDArray x = layout.onlyOccupied(input.x());
        ShortConvQkv.Rows rows = qkv().of(x, parameters, layout, before, Nonlinearity.SILU, Nonlinearity.SILU);
        NDArray present = layout.occupied().swapAxes(1, 2);
        NDArray queries = Activations.scaled(sizes.unit(rows.q()), 1 / Math.sqrt(sizes.key()));
        DeltaRuleKernel kernel = new DeltaRuleKernel(
                queries.repeat(2, steps),
                sizes.unit(apart(rows.k())),
                Heads.split(apart(rows.v()), sizes.value()),
                DeltaRule.strengths(
                        apart(parameters.linear("b_proj", x)), negativeEigenvalues ? 2 : 1, present.repeat(2, steps)),
                hasDecay
                        ? atFirst(DeltaRule.decays(parameters.linear("a_proj", x), parameters, present)
                                .logs())
                        : ScalarDecay.NONE);
        return new Projected(
                new SubSteps(steps, kernel),
                rows::kept,
                perHead -> output.apply(perHead, x, parameters, layout),
                input.passed());
    }

    /** Rows [B, T, n C] as those of the steps [B, T n, C]. */
    private NDArray apart(NDArray rows) {
        Shape shape = rows.getShape();
        return rows.reshape(shape.get(0), shape.get(1) * steps, shape.get(2) / steps);
    }

    /** Log decays [B, H, T] of tokens as those of their steps [B, H, T n], of which only the first decays. */
    private ScalarDecay atFirst(@Nullable NDArray logs) {
        if (logs == null || steps == 1) {
            return new ScalarDecay(logs);
        }
        Shape shape = logs.getShape();
        NDArray others = logs.getManager().zeros(shape.add(steps - 1L), logs.getDataType());
        return new ScalarDecay(
                logs.expandDims(3).concat(others, 3).reshape(shape.get(0), shape.get(1), shape.get(2) * steps));
    }
}
