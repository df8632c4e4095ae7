package org.iclsweep.model.family;

import java.util.OptionalDouble;
import org.iclsweep.datasets.fault.Block;
import org.iclsweep.datasets.fault.Inline;
import org.iclsweep.datasets.fault.Key;
import org.iclsweep.datasets.fault.Scope;
import org.iclsweep.datasets.fault.Spelling;
import org.iclsweep.model.family.GatedFeedForward.Biases;
import org.iclsweep.model.family.LlamaBlocks.Absent;
import org.iclsweep.model.kernel.ValueMomentum;
import org.iclsweep.model.mixer.LinearAttention;
import org.iclsweep.model.tensor.FeatureMap;

/** {@code linear_llama}: a Llama whose softmax attention is linearised; any projection may have a bias. */
@Block(spelling = Spelling.SNAKE)
record LinearLlama(
        @Inline LlamaBlocks blocks,

        @Key(
                doc = "Positions of queries and keys.",
                choices = {"rope", "none"},
                otherwise = "rope")
        String positionEmbedding,

        @Key(
                doc = "φ of queries and keys.",
                choices = {"elu", "relu", "identity", "exp", "taylor2", "hedgehog"},
                otherwise = "elu")
        String featureMap,

        @Key(doc = "Rotation before φ.", otherwise = "false")
        boolean rotaryBeforeFeatureMap,

        @Key(doc = "Turned normaliser.", otherwise = "false")
        boolean rotaryNormalizer,

        @Key(doc = "Outputs are divided by φ(q)ᵀ Σ φ(k).", otherwise = "true")
        boolean normalizer,

        @Key(doc = "Taps of the short convolutions, 0 for none.", from = 0, otherwise = "0")
        int convSize,

        @Key(doc = "η of momentum attention; absent: none.", above = 0, below = 1)
        OptionalDouble valueMomentum)
        implements FamilyFields {
    @Override
    public Architecture architecture(Scope scope) {
        boolean rope = positionEmbedding.equals("rope");
        double theta = blocks.rope().unscaledTheta(scope);
        FeatureMap map = FeatureMap.named(featureMap);
        // The identity turns with its argument: before and after it are the same.
        boolean before = rotaryBeforeFeatureMap && rope && map != FeatureMap.IDENTITY;
        LinearAttention attention = new LinearAttention(
                blocks.sizes().hiddenSize(),
                blocks.numAttentionHeads(),
                blocks.keyValueHeads(Absent.LLAMA, scope),
                blocks.headDimension(Absent.LLAMA, scope),
                map,
                rope ? OptionalDouble.of(theta) : OptionalDouble.empty(),
                before,
                normalizer,
                rope && !before && rotaryNormalizer,
                convSize,
                ValueMomentum.of(valueMomentum));
        Mixing mixing = new Mixing(attention);
        return blocks.around(layer -> mixing, blocks.feedForward(Biases.OPTIONAL), Absent.LLAMA);
    }
}
