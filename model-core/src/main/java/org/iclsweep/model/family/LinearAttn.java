package org.iclsweep.model.family;

import java.util.Optional;
import org.iclsweep.datasets.fault.Block;
import org.iclsweep.datasets.fault.Inline;
import org.iclsweep.datasets.fault.Key;
import org.iclsweep.datasets.fault.Scope;
import org.iclsweep.datasets.fault.Spelling;
import org.iclsweep.model.kernel.HeadSizes;
import org.iclsweep.model.mixer.GatedOutput;
import org.iclsweep.model.mixer.NormedLinearAttention;
import org.iclsweep.model.tensor.FeatureMap;
import org.iclsweep.model.tensor.ProjectionStart;

/** {@code linear_attn} of flash-linear-attention: linear attention with a norm on the outputs of the heads. */
@Block(spelling = Spelling.SNAKE)
record LinearAttn(
        @Inline FlaBlocks blocks,
        @Inline FlaBlocks.Heads heads,

        @Key(
                doc = "Function of the SwiGLU.",
                choices = {"swish", "silu"},
                otherwise = "swish")
        String hiddenAct,

        @Key(
                doc = "φ of queries and keys.",
                choices = {"dpfp", "elementwise_product", "elu", "hedgehog", "identity", "relu", "t2r"},
                otherwise = "elementwise_product")
        String featureMap,

        @Key(
                doc =
                        "dpfp has −relu(x) in its second half, as before release 0.6 of flash-linear-attention; else relu(−x).",
                otherwise = "false")
        boolean dpfpNegatedRelu,

        @Key(doc = "One φ for q and k.", otherwise = "false")
        boolean tieFeatureMapQk,

        @Key(doc = "φ(q) sums to 1.", otherwise = "false") boolean normQ,

        @Key(doc = "φ(k) sums to 1.", otherwise = "false") boolean normK,

        @Key(doc = "The feature map ends in a layer norm.", otherwise = "false")
        boolean normFeatureMap,

        @Key(doc = "Norm weights.", otherwise = "true") boolean elementwiseAffine)
        implements FamilyFields {
    @Override
    public Architecture architecture(Scope scope) {
        HeadSizes sizes = heads.sizes(blocks.sizes().hiddenSize(), 4, 1, 1, scope);
        NormedLinearAttention attention = new NormedLinearAttention(
                sizes,
                map(scope),
                tieFeatureMapQk,
                normQ,
                normK,
                normFeatureMap,
                new GatedOutput(
                        Optional.empty(),
                        elementwiseAffine ? Optional.of("norm.weight") : Optional.empty(),
                        blocks.normEps()));
        return blocks.around(attention, ProjectionStart.KEYS_AS_QUERIES, 4, scope);
    }

    private FeatureMap map(Scope scope) {
        FeatureMap map = FeatureMap.named(featureMap);
        if (dpfpNegatedRelu && map != FeatureMap.DPFP) {
            scope.fault(
                    "dpfp_negated_relu", "expected false beside feature_map = %s, found true".formatted(featureMap));
        }
        return dpfpNegatedRelu ? FeatureMap.DPFP_NEGATED : map;
    }
}
