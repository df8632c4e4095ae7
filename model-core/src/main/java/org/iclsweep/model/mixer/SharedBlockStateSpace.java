package org.iclsweep.model.mixer;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDArrays;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.types.Shape;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.iclsweep.model.kernel.Assumption;
import org.iclsweep.model.kernel.CrossLayerValues;
import org.iclsweep.model.kernel.RunObserver;
import org.iclsweep.model.kernel.StateTensor;
import org.iclsweep.model.layout.ChunkedLayout;
import org.iclsweep.model.layout.PackedLayout;
import org.iclsweep.model.tensor.Heads;
import org.iclsweep.model.tensor.Nonlinearity;
import org.iclsweep.model.tensor.Norms;
import org.iclsweep.model.tensor.ParameterSpec;
import org.iclsweep.model.tensor.Parameters;
import org.iclsweep.model.tensor.ProjectionStart;

/**
 * A state-space layer that reads the stream h and the output of a transformer block, whose weights several layers share
 * (Zamba2, arXiv:2411.15242), and which reads h beside the token embeddings e:
 *
 * <pre>
 *   o = ssm(norm(h + W mlp(norm(attention(norm([h, e]))))))
 * </pre>
 *
 * Each layer has W and adapters of its own: products of two narrow matrices beside projections of the block. The keys
 * and values are states of the layer.
 *
 * @param attention of inputs [h, e], whose hidden size is 2 D
 * @param stateSpace the layer's own
 * @param innerSize inner units of the mlp, a gated linear unit with one projection of gate and input
 * @param activation of its gate
 * @param biased true if its projections have biases
 * @param epsilon ε of all norms but the state-space layer's
 * @param adapters the adapters of the block, by the layers that it is in
 * @param own the adapters of this layer
 * @param owner true if the block's weights are in this layer's module
 */
public record SharedBlockStateSpace(
        SoftmaxAttention attention,
        StateSpaceDuality stateSpace,
        int innerSize,
        Nonlinearity activation,
        boolean biased,
        double epsilon,
        Adapters adapters,
        int own,
        boolean owner)
        implements TokenMixer {
    private static final String BLOCK = "shared_transformer";
    private static final String ATTENTION = "self_attn";
    private static final String MLP = "feed_forward.gate_up_proj";
    private static final String MAMBA = "mamba_decoder.mamba";

    /**
     * The adapters of a block.
     *
     * @param rank of their products
     * @param uses the numbers of those that the block has
     * @param ofAttention true if queries, keys and values have some, too
     */
    public record Adapters(int rank, List<Integer> uses, boolean ofAttention) {
        public Adapters {
            uses = List.copyOf(uses);
        }

        private static String name(String projection, int use) {
            return projection + "_adapter_list." + use;
        }

        private List<ParameterSpec> parameters(String projection, long outputs, long inputs) {
            List<ParameterSpec> parameters = new ArrayList<>();
            for (int use : uses) {
                parameters.add(ParameterSpec.matrix(name(projection, use) + ".0.weight", rank, inputs));
                parameters.add(ParameterSpec.matrix(name(projection, use) + ".1.weight", outputs, rank));
            }
            return parameters;
        }
    }

    private interface Run {
        NDArray output(TokenMixer mixer, NDArray x, Parameters weights, String state);
    }

    private int hiddenSize() {
        return stateSpace.hiddenSize();
    }

    @Override
    public boolean readsEmbeddings() {
        return true;
    }

    @Override
    public int heads() {
        return attention.heads();
    }

    @Override
    public Optional<Assumption.Broken> broken() {
        return attention.broken();
    }

    @Override
    public List<ParameterSpec> parameters(ProjectionStart start) {
        List<ParameterSpec> parameters = new ArrayList<>();
        if (owner) {
            blockParameters(start).forEach(one -> parameters.add(one.inPart(BLOCK)));
        }
        parameters.add(ParameterSpec.matrix("linear.weight", hiddenSize(), hiddenSize()));
        parameters.add(ParameterSpec.scale("mamba_decoder.input_layernorm.weight", hiddenSize()));
        stateSpace.parameters(start).forEach(one -> parameters.add(one.inPart(MAMBA)));
        return parameters;
    }

    private List<ParameterSpec> blockParameters(ProjectionStart start) {
        long d = hiddenSize();
        List<ParameterSpec> parameters = new ArrayList<>();
        parameters.add(ParameterSpec.scale("input_layernorm.weight", 2 * d));
        parameters.add(ParameterSpec.scale("pre_ff_layernorm.weight", d));
        long queries = (long) heads() * attention.kvHeads().headDimension();
        for (ParameterSpec one : attention.parameters(start)) {
            boolean back = one.name().equals("o_proj.weight");
            parameters.add((back ? ParameterSpec.backProjection(one.name(), d, queries) : one).inPart(ATTENTION));
        }
        if (adapters.ofAttention()) {
            for (String side : List.of("q", "k", "v")) {
                parameters.addAll(adapters.parameters(ATTENTION + ".linear_" + side, 2 * d, 2 * d));
            }
        }
        parameters.add(ParameterSpec.matrix(MLP + ".weight", 2L * innerSize, d));
        parameters.addAll(adapters.parameters(MLP, 2L * innerSize, d));
        parameters.add(ParameterSpec.backProjection("feed_forward.down_proj.weight", d, innerSize));
        if (biased) {
            parameters.add(ParameterSpec.bias(MLP + ".bias", 2L * innerSize));
            parameters.add(ParameterSpec.bias("feed_forward.down_proj.bias", d));
        }
        return parameters;
    }

    /** Those of the attention by their own names, those of the state-space layer below its module. */
    @Override
    public List<StateTensor> stateTensors() {
        List<StateTensor> tensors = new ArrayList<>(attention.stateTensors());
        stateSpace
                .stateTensors()
                .forEach(one -> tensors.add(
                        new StateTensor(MAMBA + "." + one.name(), one.shape(), one.role(), one.presence())));
        return tensors;
    }

    @Override
    public Output uninterrupted(Input input, Parameters parameters, PackedLayout layout, RunObserver observer) {
        return input.output(output(
                input,
                parameters,
                (mixer, x, weights, state) -> mixer.uninterrupted(Input.of(x), weights, layout, observer)
                        .output()));
    }

    @Override
    public OutputAndStates chunked(Input input, Parameters parameters, ChunkedLayout layout, Parameters initial) {
        List<Map<String, NDArray>> states = new ArrayList<>();
        for (int segment = 0; segment < layout.segments(); segment++) {
            states.add(new LinkedHashMap<>());
        }
        NDArray output = output(input, parameters, (mixer, x, weights, state) -> {
            Parameters before = state.isEmpty() ? initial : initial.in(state);
            OutputAndStates run = mixer.chunked(Input.of(x), weights, layout, before);
            for (int segment = 0; segment < layout.segments(); segment++) {
                Map<String, NDArray> all = states.get(segment);
                run.states().get(segment).forEach((name, tensor) -> {
                    all.put(state.isEmpty() ? name : state + "." + name, tensor);
                });
            }
            return run.output().output();
        });
        return new OutputAndStates(input.output(output), states);
    }

    private NDArray output(Input input, Parameters parameters, Run run) {
        NDArray h = input.x();
        NDArray both = NDArrays.concat(new NDList(h, input.passed().get(CrossLayerValues.EMBEDDINGS)), 2);
        Parameters block = parameters.in(BLOCK);
        NDArray read = Norms.rms(both, block.get("input_layernorm.weight"), epsilon);
        NDArray attended = run.output(attention, read, ofAttention(parameters, h), "");
        NDArray mixed = mlp(Norms.rms(attended, block.get("pre_ff_layernorm.weight"), epsilon), block);
        NDArray sum = h.add(parameters.linear("linear", mixed));
        NDArray normed = Norms.rms(sum, parameters.get("mamba_decoder.input_layernorm.weight"), epsilon);
        return run.output(stateSpace, normed, parameters.in(MAMBA), MAMBA);
    }

    /** The attention's weights with this layer's adapters, W + B A, and the layer's state, owned by the batch of x. */
    private Parameters ofAttention(Parameters parameters, NDArray x) {
        Parameters block = parameters.in(BLOCK).in(ATTENTION);
        Map<String, NDArray> weights = new LinkedHashMap<>();
        for (String side : List.of("q", "k", "v", "o")) {
            NDArray weight = block.get(side + "_proj.weight");
            if (adapters.ofAttention() && !side.equals("o")) {
                String adapter = Adapters.name("linear_" + side, own);
                weight = Heads.owned(block.get(adapter + ".1.weight"), x, 1)
                        .matMul(block.get(adapter + ".0.weight"))
                        .add(weight);
            }
            weights.put(side + "_proj.weight", weight);
        }
        return Parameters.of(weights).or(parameters);
    }

    private NDArray mlp(NDArray x, Parameters block) {
        String adapter = Adapters.name(MLP, own);
        NDArray both = block.linear(MLP, x).add(block.linear(adapter + ".1", block.linear(adapter + ".0", x)));
        NDArray gate = activation.apply(Heads.part(both, 2, 0, innerSize));
        return block.linear("feed_forward.down_proj", gate.mul(Heads.part(both, 2, innerSize, 2L * innerSize)));
    }

    @Override
    public long addedFlops(Map<String, Shape> state) {
        return attention.addedFlops(state);
    }
}
