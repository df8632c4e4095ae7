package org.iclsweep.model.family;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.stream.IntStream;
import org.iclsweep.datasets.fault.Block;
import org.iclsweep.datasets.fault.Inline;
import org.iclsweep.datasets.fault.Key;
import org.iclsweep.datasets.fault.Scope;
import org.iclsweep.datasets.fault.Spelling;
import org.iclsweep.model.family.GatedFeedForward.Biases;
import org.iclsweep.model.family.GatedFeedForward.Names;
import org.iclsweep.model.family.LlamaBlocks.Absent;
import org.iclsweep.model.mixer.SoftmaxAttention;
import org.iclsweep.model.mixer.SoftmaxProjections;
import org.iclsweep.model.mixer.StateSpaceDuality;
import org.iclsweep.model.mixer.StateSpaceDuality.OutputNorm;
import org.iclsweep.model.tensor.Nonlinearity;
import org.iclsweep.model.tensor.ProjectionStart;

/**
 * {@code falcon_h1} (arXiv:2507.22448): Mamba-2 and softmax attention beside each other in every block, with factors of
 * inputs and outputs.
 */
@Block(
        spelling = Spelling.SNAKE,
        ignored = {"mamba_chunk_size", "mamba_use_mlp", "mlp_expansion_factor"})
record FalconH1(
        @Inline LlamaBlocks blocks,
        @Inline MambaFields mamba,

        @Key(doc = "Inner width of Mamba-2; absent: 1024; null: mamba_expand · D.", from = 1)
        OptionalInt mambaDSsm,

        @Key(doc = "Outputs of Mamba-2 are normed.", otherwise = "false")
        boolean mambaRmsNorm,

        @Key(doc = "They are normed before the gate.", otherwise = "true")
        boolean mambaNormBeforeGate,

        @Key(doc = "Bias of Mamba-2's projection back.", otherwise = "false")
        boolean projectorsBias,

        @Key(doc = "Attention biases.", otherwise = "false") boolean attentionBias,

        @Key(doc = "MLP biases.", otherwise = "false") boolean mlpBias,

        @Key(doc = "Factor of the embeddings.", otherwise = "1")
        double embeddingMultiplier,

        @Key(doc = "Factor of the logits.", otherwise = "1") double lmHeadMultiplier,

        @Key(doc = "Factor of the attention's input.", otherwise = "1")
        double attentionInMultiplier,

        @Key(doc = "Factor of the attention's output.", otherwise = "1")
        double attentionOutMultiplier,

        @Key(doc = "Factor of the keys.", otherwise = "1") double keyMultiplier,

        @Key(doc = "Factor of Mamba-2's input.", otherwise = "1")
        double ssmInMultiplier,

        @Key(doc = "Factor of Mamba-2's output.", otherwise = "1")
        double ssmOutMultiplier,

        @Key(doc = "Factors of z, x, B, C and Δ.") Optional<List<Double>> ssmMultipliers,

        @Key(doc = "Factors of the feed-forward part's gate and of its output.")
        Optional<List<Double>> mlpMultipliers)
        implements FamilyFields {
    private static final Absent ABSENT = new Absent(false, 1e-5, Rope.THETA, OptionalInt.of(8), OptionalInt.empty());
    private static final int INNER = 1024;

    /** Heads and inner width of a random model. */
    static Map<String, Integer> random(JsonNode config) {
        return MambaFields.random(config);
    }

    @Override
    public Architecture architecture(Scope scope) {
        Dimensions dimensions = blocks.sizes().dimensions(ABSENT.tied());
        double epsilon = blocks.epsilon(ABSENT);
        Nonlinearity activation = Nonlinearity.ofTransformers(blocks.hiddenAct());
        Mixing stateSpace = new Mixing(stateSpace(activation, scope));
        Mixing attention = new Mixing(attention(scope), ProjectionStart.INDEPENDENT);
        List<Double> ofMlp = factors("mlp_multipliers", mlpMultipliers, 2, scope);
        FeedForward feedForward = new GatedFeedForward(
                blocks.intermediateSize(),
                mlpBias ? Biases.REQUIRED : Biases.NONE,
                activation,
                Names.WORDS,
                ofMlp.get(0));
        List<List<ResidualBranch>> layers = IntStream.range(0, dimensions.layers())
                .mapToObj(layer -> {
                    String block = "model.layers." + layer + ".";
                    Norm norm = Norm.rms(block + "input_layernorm", epsilon);
                    return List.of(
                            new ResidualBranch(norm, block + "mamba", stateSpace)
                                    .scaled(ssmInMultiplier, ssmOutMultiplier),
                            new ResidualBranch(norm, block + "self_attn", attention)
                                    .scaled(attentionInMultiplier, attentionOutMultiplier)
                                    .beside(),
                            new ResidualBranch(
                                            Norm.rms(block + "pre_ff_layernorm", epsilon),
                                            block + "feed_forward",
                                            feedForward)
                                    .scaled(1, ofMlp.get(1)));
                })
                .toList();
        return Architecture.of(
                        dimensions, "model.embed_tokens.weight", layers, Norm.rms("model.final_layernorm", epsilon))
                .scaled(embeddingMultiplier, lmHeadMultiplier);
    }

    private StateSpaceDuality stateSpace(Nonlinearity activation, Scope scope) {
        int hiddenSize = blocks.sizes().hiddenSize();
        int inner = scope.isNull("mamba_d_ssm") ? mamba.inner(hiddenSize) : mambaDSsm.orElse(INNER);
        OutputNorm norm = OutputNorm.NONE_SILU;
        if (mambaRmsNorm) {
            norm = mambaNormBeforeGate ? OutputNorm.BEFORE_GATE : OutputNorm.AFTER_GATE;
        }
        return mamba.mixer(
                hiddenSize,
                inner,
                activation,
                Mamba2.biased(mamba.mambaProjBias(), mamba.mambaConvBias(), projectorsBias),
                norm,
                blocks.epsilon(ABSENT),
                factors("ssm_multipliers", ssmMultipliers, 5, scope).stream()
                        .map(FalconH1::stored)
                        .toList(),
                scope);
    }

    private SoftmaxAttention attention(Scope scope) {
        return new SoftmaxAttention(
                blocks.sizes().hiddenSize(),
                blocks.heads(ABSENT, scope).withKeyFactor(keyMultiplier),
                OptionalInt.empty(),
                attentionBias ? SoftmaxProjections.BIASED : SoftmaxProjections.SEPARATE);
    }

    /**
     * {@code factor} as transformers keeps it, a number of float32 in models of float32 and in those widened from it.
     */
    private static double stored(double factor) {
        return (float) factor;
    }

    /** That many factors, 1 where none are given. */
    private static List<Double> factors(String field, Optional<List<Double>> given, int count, Scope scope) {
        List<Double> absent = Collections.nCopies(count, 1.0);
        if (given.isPresent() && given.get().size() != count) {
            scope.in(field).unexpected("%s numbers".formatted(count));
            return absent;
        }
        return given.orElse(absent);
    }
}
