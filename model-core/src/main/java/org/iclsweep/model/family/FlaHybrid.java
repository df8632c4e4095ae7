package org.iclsweep.model.family;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.iclsweep.datasets.fault.Inline;
import org.iclsweep.datasets.fault.Key;
import org.iclsweep.datasets.fault.Scope;
import org.iclsweep.model.mixer.SoftmaxAttention;
import org.iclsweep.model.mixer.TokenMixer;

/** The layers of a flash-linear-attention model with softmax attention: the block {@code attn} of its config.json. */
record FlaHybrid(
        @Key(doc = "Layers with softmax attention, from 0.", from = 0, nonEmpty = true)
        List<Integer> layers,

        @Key(doc = "Heads of queries.", from = 1) int numHeads,

        @Inline FlaAttention attention) {
    /**
     * The mixers of all layers: softmax attention where one of {@code hybrids} has it, else {@code own}. The block
     * {@code attn} is one of them, or a list.
     */
    static List<TokenMixer> mixers(List<FlaHybrid> hybrids, Dimensions dimensions, List<TokenMixer> own, Scope scope) {
        List<TokenMixer> mixers = new ArrayList<>(own);
        Set<Integer> taken = new HashSet<>();
        Scope attn = scope.in("attn");
        for (int i = 0; i < hybrids.size(); i++) {
            Scope block = attn.value().isList() ? attn.at(i) : attn;
            TokenMixer attention = hybrids.get(i).softmax(dimensions, block);
            for (int layer : hybrids.get(i).layers) {
                if (!taken.add(layer)) {
                    block.fault("layers", "expected no layer twice, found %s again".formatted(layer));
                } else if (layer < mixers.size()) {
                    mixers.set(layer, attention);
                }
            }
        }
        return mixers;
    }

    private SoftmaxAttention softmax(Dimensions dimensions, Scope scope) {
        int hiddenSize = dimensions.hiddenSize();
        if (layers.stream().anyMatch(layer -> layer >= dimensions.layers())) {
            scope.fault(
                    "layers",
                    "expected a list of whole numbers from 0 to %s, found %s"
                            .formatted(dimensions.layers() - 1, layers));
        }
        return attention.of(hiddenSize, numHeads, "attn.num_heads", scope);
    }
}
