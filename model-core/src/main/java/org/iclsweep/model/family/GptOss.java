package org.iclsweep.model.family;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import org.iclsweep.datasets.fault.Block;
import org.iclsweep.datasets.fault.Inline;
import org.iclsweep.datasets.fault.Key;
import org.iclsweep.datasets.fault.Scope;
import org.iclsweep.datasets.fault.Spelling;
import org.iclsweep.model.family.LlamaBlocks.Absent;
import org.iclsweep.model.kernel.KvHeads;
import org.iclsweep.model.mixer.SoftmaxAttention;
import org.iclsweep.model.mixer.SoftmaxProjections;
import org.iclsweep.model.tensor.ProjectionStart;

/**
 * {@code gpt_oss} (arXiv:2508.10925): Llama's blocks with attention sinks, windows in every other layer and a mixture
 * of experts.
 */
@Block(
        spelling = Spelling.SNAKE,
        ignored = {"initial_context_length", "output_router_logits", "router_aux_loss_coef"})
record GptOss(
        @Inline LlamaBlocks blocks,

        @Key(doc = "Attention biases.", otherwise = "true") boolean attentionBias,

        @Key(doc = "Tokens attended to, the token itself included; absent: 128.", from = 1)
        OptionalInt slidingWindow,

        @Inline LayerTypes types,

        @Key(doc = "Experts.", from = 1, otherwise = "128", alias = "num_experts")
        int numLocalExperts,

        @Key(doc = "Experts of a token.", from = 1, otherwise = "4", alias = "experts_per_token")
        int numExpertsPerTok,

        @Key(doc = "α of the experts' gate.", otherwise = "1.702")
        double swigluAlpha,

        @Key(doc = "Greatest input of the experts' gate.", above = 0, otherwise = "7")
        double swigluLimit)
        implements FamilyFields {
    private static final Absent ABSENT = new Absent(false, 1e-5, 150_000, OptionalInt.of(8), OptionalInt.of(64));
    private static final int WINDOW = 128;

    /** The heads of a random model share D, where it is not told otherwise. */
    static Map<String, Integer> random(JsonNode config) {
        return Qwen3.random(config);
    }

    @Override
    public boolean readsMxfp4() {
        return true;
    }

    @Override
    public Architecture architecture(Scope scope) {
        if (!blocks.hiddenAct().equals("silu")) {
            scope.in("hidden_act").unexpected("silu, which is all that the experts have");
        }
        if (numExpertsPerTok > numLocalExperts) {
            scope.in("num_experts_per_tok").unexpected("at most num_local_experts = " + numLocalExperts);
        }
        KvHeads heads = blocks.withAbsent(RopeScaling.yarn(32, 4096)).heads(ABSENT, scope);
        OptionalInt window =
                scope.isNull("sliding_window") ? OptionalInt.empty() : OptionalInt.of(slidingWindow.orElse(WINDOW));
        List<OptionalInt> windows =
                types.windows(blocks.sizes().numHiddenLayers(), window, layer -> layer % 2 == 0, scope);
        return blocks.around(
                layer -> new Mixing(
                        new SoftmaxAttention(
                                        blocks.sizes().hiddenSize(),
                                        heads,
                                        windows.get(layer),
                                        attentionBias ? SoftmaxProjections.BIASED : SoftmaxProjections.SEPARATE)
                                .withSinks(),
                        ProjectionStart.INDEPENDENT),
                new MixtureOfExperts(
                        new TopKRouter("router", numLocalExperts, numExpertsPerTok, true, TopKRouter.Shares.OF_CHOSEN),
                        new ClampedSwiGluExperts(numLocalExperts, blocks.intermediateSize(), swigluAlpha, swigluLimit)),
                ABSENT);
    }
}
