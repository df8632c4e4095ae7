package org.iclsweep.model.conversion;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.IntPredicate;
import java.util.function.Supplier;
import java.util.stream.IntStream;
import org.iclsweep.datasets.fault.Named;
import org.iclsweep.model.conversion.ConvertedModels.Size;
import org.iclsweep.model.decoder.FeedForwardPatch;
import org.iclsweep.model.decoder.LanguageModel;
import org.iclsweep.model.family.Architecture;
import org.iclsweep.model.family.Dimensions;
import org.iclsweep.model.family.FeedForward;
import org.iclsweep.model.kernel.RunObserver;
import org.iclsweep.model.layout.Padding;
import org.iclsweep.model.mixer.ContextState;
import org.iclsweep.model.prompt.Continuation;
import org.iclsweep.model.prompt.TokenSequence;
import org.iclsweep.model.tensor.Doubles;
import org.iclsweep.model.tensor.OwnedArrays;

/**
 * The context as a change of rank one of the feed-forward weights (arXiv:2507.16003), layer by layer; attention sees
 * nothing of it. Exact only for one query token, whose activations with the context must be known: a patch that is made
 * for it and is no other token's. A conversion can keep the form that does not depend on the token: the best patch, by
 * least squares, of the context's own last tokens, read once more after the context and without it. No query is looked
 * at.
 */
@Named(value = RankOneMlp.NAME, doc = "The feed-forward weights of every layer changed by rank one.")
public record RankOneMlp() implements ConversionMethod {
    public static final String NAME = "rank-one-mlp";

    /** λ, relative to the mean squared length of the inputs. */
    static final double RIDGE = 0.01;

    @Override
    public boolean isWritable() {
        return false;
    }

    @Override
    public Optional<String> obstacle(Architecture layout) {
        boolean everywhere = IntStream.range(0, layout.dimensions().layers())
                .allMatch(layer -> layout.blocks().get(layer).stream()
                        .anyMatch(branch -> branch.function() instanceof FeedForward));
        return everywhere
                ? new KvCacheConversion().obstacle(layout)
                : Optional.of("This model has layers without a feed-forward part, which is what " + NAME
                        + " changes. Instead: the method " + ExactConversion.NAME + " or " + KvCacheConversion.NAME);
    }

    @Override
    public List<ConvertedModels> converted(
            LanguageModel model, NDManager batch, ContextBatch contexts, Padding padding) {
        List<ContextState> prompted =
                model.contextStates(batch, contexts.segments(), model.initialState(batch), padding);
        List<ConvertedModels> converted = new ArrayList<>();
        for (int segment = 0; segment < prompted.size(); segment++) {
            List<ContextState> patched = new ArrayList<>();
            List<Size> sizes = new ArrayList<>();
            for (int context = 0; context < contexts.size(); context++) {
                TokenSequence read = contexts.upTo(segment).get(context);
                ContextState state = prompted.get(segment).select(batch.create(new long[] {context}));
                patched.add(patched(model, batch, state, CalibrationTokens.last(read), RIDGE));
                sizes.add(size(model, read.length()));
            }
            converted.add(ConvertedModels.sized(model, ContextState.joined(patched), contexts.size(), sizes::get));
        }
        return converted;
    }

    /**
     * The size of the patches: three vectors [D] in every layer, which cost a token a scalar product, a multiple and
     * two sums; zero after an empty context.
     */
    private static Size size(LanguageModel model, int tokens) {
        Dimensions d = model.layout().dimensions();
        long width = tokens == 0 ? 0 : (long) d.hiddenSize() * d.layers();
        return new Size(3 * width, 3 * width * model.type().getNumOfBytes(), 5 * width);
    }

    /**
     * The bare model, patched so that {@code references} come out as after {@code prompted}. Layer by layer: the inputs
     * that a layer's patch is fitted to are those that the patches below it leave.
     *
     * @param prompted the state of a context, one row
     */
    static ContextState patched(
            LanguageModel model, NDManager batch, ContextState prompted, TokenSequence references, double ridge) {
        ContextState state = model.initialState(batch);
        List<FeedForwardInput> after = references.length() == 0
                ? List.of()
                : FeedForwardInput.read(model, batch, references, prompted, layer -> true);
        for (int layer = 0; layer < model.layout().dimensions().layers(); layer++) {
            RankOnePatch patch = RankOnePatch.none(model.layout().dimensions().hiddenSize());
            if (!after.isEmpty()) {
                FeedForwardInput with = after.get(layer);
                int here = layer;
                FeedForwardInput without = FeedForwardInput.read(model, batch, references, state, at -> at == here)
                        .get(0);
                patch = RankOnePatch.of(without.normed(), with.normed(), without.stream(), with.stream(), ridge);
            }
            state = state.with(tensors(model.layout().feedForwardModule(layer), patch, model, batch));
        }
        return state;
    }

    private static Map<String, NDArray> tensors(
            String module, RankOnePatch patch, LanguageModel model, NDManager batch) {
        Map<String, NDArray> tensors = new LinkedHashMap<>();
        FeedForwardPatch.named(patch.u(), patch.w(), patch.shift())
                .forEach((name, values) -> tensors.put(
                        module + "." + name, OwnedArrays.of(batch, values, new Shape(1, values.length), model.type())));
        return tensors;
    }

    /**
     * The input of the feed-forward part of one layer, token by token.
     *
     * @param stream h [T][D]
     * @param normed norm(h) [T][D]
     */
    @SuppressWarnings("ArrayRecordComponent") // never compared
    private record FeedForwardInput(double[][] stream, double[][] normed) {

        /**
         * The inputs of {@code layers}, first layer first, when {@code tokens} are read from {@code initial} (one row).
         */
        static List<FeedForwardInput> read(
                LanguageModel model, NDManager scope, TokenSequence tokens, ContextState initial, IntPredicate layers) {
            List<FeedForwardInput> found = new ArrayList<>();
            RunObserver observer = new RunObserver() {
                @Override
                public void feedForward(int layer, Supplier<NDArray> stream, Supplier<NDArray> normed) {
                    if (layers.test(layer)) {
                        found.add(new FeedForwardInput(Doubles.rows(stream.get()), Doubles.rows(normed.get())));
                    }
                }
            };
            try (NDManager batch = scope.newSubManager()) {
                model.continued(batch, List.of(new Continuation(tokens, 0)), initial, Padding.LONGEST, observer);
            }
            return found;
        }
    }
}
