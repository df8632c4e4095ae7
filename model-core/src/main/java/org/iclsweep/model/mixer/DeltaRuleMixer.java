package org.iclsweep.model.mixer;

import ai.djl.ndarray.NDArray;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.iclsweep.model.kernel.ChunkScan;
import org.iclsweep.model.kernel.DeltaRuleKernel;
import org.iclsweep.model.kernel.RunObserver;
import org.iclsweep.model.kernel.ShortConvQkv;
import org.iclsweep.model.layout.ChunkedLayout;
import org.iclsweep.model.layout.PackedLayout;
import org.iclsweep.model.layout.SlotLayout;
import org.iclsweep.model.tensor.Heads;
import org.iclsweep.model.tensor.Nonlinearity;
import org.iclsweep.model.tensor.ParameterSpec;
import org.iclsweep.model.tensor.Parameters;
import org.iclsweep.model.tensor.ProjectionStart;

/**
 * A mixer around a {@link DeltaRuleKernel}: short convolutions of q, k and v before the recurrence; after it a norm of
 * each head, a gate silu(g_proj x) and the projection back.
 */
sealed interface DeltaRuleMixer extends TokenMixer permits DeltaRule, GatedDeltaRule {

    /** The ε of the normed queries and keys, x / √(Σ x² + ε). */
    double L2_EPSILON = 1e-6;

    int hiddenSize();

    int valueHeads();

    int valueDimension();

    boolean gated();

    double normEpsilon();

    /** The activation of queries and keys; that of values is silu. */
    Nonlinearity keyActivation();

    ShortConvQkv qkv();

    /** The projections to the strengths β and to the decays α. */
    List<ParameterSpec> steering();

    /** The recurrence over the rows x [B, T, D] and their {@code qkv}. */
    DeltaRuleKernel kernel(NDArray x, ShortConvQkv.Rows qkv, Parameters parameters, SlotLayout layout);

    private GatedOutput output() {
        Optional<Nonlinearity> gate = gated() ? Optional.of(Nonlinearity.SILU) : Optional.empty();
        return new GatedOutput(gate, Optional.of("o_norm.weight"), normEpsilon());
    }

    @Override
    default List<ParameterSpec> parameters(ProjectionStart start) {
        List<ParameterSpec> parameters = new ArrayList<>(qkv().parameters(start));
        parameters.addAll(steering());
        parameters.addAll(output().parameters(start, hiddenSize(), valueHeads(), valueDimension()));
        return parameters;
    }

    @Override
    default Output uninterrupted(Input input, Parameters parameters, PackedLayout layout, RunObserver observer) {
        NDArray x = input.x();
        ShortConvQkv.Rows rows = qkv().of(x, parameters, layout, parameters, keyActivation(), Nonlinearity.SILU);
        NDArray perHead = kernel(x, rows, parameters, layout).uninterrupted(parameters.find("b_kv"), layout);
        return input.output(output().apply(perHead, x, parameters, layout));
    }

    @Override
    default Continuation chunked(Input input, Parameters parameters, ChunkedLayout layout, Parameters initial) {
        NDArray x = input.x();
        ShortConvQkv.Rows rows = qkv().of(x, parameters, layout, initial, keyActivation(), Nonlinearity.SILU);
        NDArray state = Heads.owned(initial.get("b_kv"), x, layout.rows());
        ChunkScan.Scanned scanned = kernel(x, rows, parameters, layout).chunked(state, layout);
        List<Map<String, NDArray>> states = new ArrayList<>();
        for (NDArray captured : scanned.states()) {
            Map<String, NDArray> segment = new LinkedHashMap<>();
            segment.put("b_kv", captured);
            segment.putAll(qkv().kept(rows, states.size(), layout));
            states.add(segment);
        }
        return new Continuation(input.output(output().apply(scanned.outputs(), x, parameters, layout)), states);
    }
}
