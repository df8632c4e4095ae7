package org.iclsweep.model.conversion;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import java.util.List;
import java.util.Map;
import org.iclsweep.datasets.fault.Inline;
import org.iclsweep.datasets.fault.Key;
import org.iclsweep.datasets.fault.Named;
import org.iclsweep.model.decoder.LanguageModel;
import org.iclsweep.model.kernel.KvHeads;
import org.iclsweep.model.layout.Padding;
import org.iclsweep.model.mixer.ContextState;
import org.iclsweep.model.mixer.SoftmaxAttention;
import org.iclsweep.model.prompt.TokenSequence;

/**
 * Slots for each key head that answer as all keys and values do (arXiv:2602.16284): some of the keys, each with a
 * log-mass, and values fitted by least squares. They are fitted to queries of the context's own tokens, placed behind
 * the context as if it were read a second time, to further examples of the task, or to texts by which the model itself
 * goes on from the context; the evaluated queries play no part.
 *
 * @param slots t of each key head, on average; a context of no more tokens is kept as it is
 * @param keys the choice of their keys
 * @param calibration the queries that they are fitted to
 * @param ridge λ of masses and values, towards those of the chosen tokens
 * @param budgets the division of the slots among heads
 * @param sinks first tokens that are always among the keys; half of the slots at most
 */
@Named(
        value = "attention-matching",
        doc = "Fewer slots, with fitted masses and values, in the place of a context of softmax attention.")
public record AttentionMatching(
        @Key(doc = "Slots of each key head.", from = 1, otherwise = "64")
        int slots,

        @Key(
                doc = "The choice of their keys: by the attention that they are paid, or by orthogonal matching"
                        + " pursuit.",
                otherwise = "attention")
        Keys keys,

        @Inline Calibration calibration,

        @Key(
                doc = "The pull of masses and values towards those of the chosen tokens, relative to the mean diagonal"
                        + " of their least squares.",
                above = 0,
                otherwise = "1e-8")
        double ridge,

        @Key(
                doc = "`uniform`: as many slots for every key head. `attention`: as many in all, more of them for heads"
                        + " that attend to many tokens.",
                otherwise = "uniform")
        Budgets budgets,

        @Key(
                doc = "First tokens of which each key head keeps the keys, whatever they are paid.",
                from = 0,
                otherwise = "0")
        int sinks)
        implements SoftmaxApproximation {

    /** λ as it is without a setting. */
    static final double RIDGE = 1e-8;

    /** The choice of the keys. */
    public enum Keys {
        /** Those that were paid the most attention, in the mean square over the reference queries. */
        ATTENTION,
        /** By orthogonal matching pursuit of the sum of exponentials. */
        OMP
    }

    /** The division of the slots among key heads. */
    public enum Budgets {
        /** As many for each. */
        UNIFORM,
        /** By {@link HeadBudgets}. */
        ATTENTION
    }

    /** Slots that are fitted to the context's own tokens, as many for each head. */
    public AttentionMatching(int slots, Keys keys) {
        this(slots, keys, Calibration.OWN, RIDGE, Budgets.UNIFORM, 0);
    }

    @Override
    public int examples() {
        return calibration.wanted();
    }

    @Override
    public ContextBatch completed(LanguageModel model, NDManager batch, ContextBatch contexts, Padding padding) {
        return calibration.completed(model, batch, contexts, padding);
    }

    @Override
    public List<List<TokenSequence>> fittedTo(ContextBatch contexts, int segment) {
        return calibration.hasExamples() ? calibration.fitted(contexts, segment) : contexts.examples(segment, 0);
    }

    @Override
    public SoftmaxApproximation plannedFor(List<CachedAttention> attentions) {
        return MatchedCaches.planned(this, attentions);
    }

    @Override
    public Map<String, NDArray> compress(CachedAttention attention) {
        return plannedFor(List.of(attention)).compress(attention);
    }

    /** The costs of the slots in use; those that fill the tensors of heads with fewer are no part of them. */
    @Override
    public ConvertedModels sized(LanguageModel model, ContextState state, int contexts) {
        ConvertedModels full = SoftmaxApproximation.super.sized(model, state, contexts);
        if (budgets == Budgets.UNIFORM) {
            return full;
        }
        return ConvertedModels.sized(model, state, contexts, context -> {
            ConvertedModels.Size size = full.sizes().get(context);
            long parameters = 0;
            long flops = 0;
            for (Map.Entry<String, SoftmaxAttention> attention :
                    SoftmaxApproximation.attentions(model.layout()).entrySet()) {
                KvHeads heads = attention.getValue().kvHeads();
                long unused = MatchedCaches.unused(state.tensorsOf(context), attention.getKey());
                int wide = heads.headDimension() + heads.valueDimension();
                parameters += unused * (wide + 1);
                flops += 2 * unused * wide * heads.group();
            }
            long bytes = parameters * model.type().getNumOfBytes();
            return new ConvertedModels.Size(
                    size.parameters() - parameters, size.bytes() - bytes, size.addedFlops() - flops);
        });
    }
}
