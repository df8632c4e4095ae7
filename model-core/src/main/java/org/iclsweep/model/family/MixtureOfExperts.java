package org.iclsweep.model.family;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.types.Shape;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.stream.Stream;
import org.iclsweep.model.tensor.Heads;
import org.iclsweep.model.tensor.OwnedArrays;
import org.iclsweep.model.tensor.ParameterSpec;
import org.iclsweep.model.tensor.Parameters;
import org.iclsweep.model.tensor.Rows;

/**
 * A mixture of experts (arXiv:1701.06538): Σ_e g_e f_e(x) over the few experts that the router chooses for a token. An
 * expert reads all of its tokens of a batch in one product.
 *
 * @param latent projections of the experts' inputs and of their sum; empty for none
 */
record MixtureOfExperts(Router router, Experts experts, Optional<LatentProjections> latent) implements FeedForward {
    /** Rows of a product are a multiple of this: the bits of fewer, and of the last ones, depend on their number. */
    private static final int ROWS = 4;

    MixtureOfExperts(Router router, Experts experts) {
        this(router, experts, Optional.empty());
    }

    @Override
    public List<ParameterSpec> parameters(int hiddenSize) {
        return Stream.of(
                        router.parameters(hiddenSize),
                        experts.parameters(width(hiddenSize)),
                        latent.map(projections -> projections.parameters(hiddenSize))
                                .orElse(List.of()))
                .flatMap(List::stream)
                .toList();
    }

    /** Size of the experts' inputs and outputs. */
    private int width(int hiddenSize) {
        return latent.map(LatentProjections::size).orElse(hiddenSize);
    }

    /** Those of the experts that are not chosen. */
    @Override
    public long idleParameters(int hiddenSize) {
        long all = experts.parameters(width(hiddenSize)).stream()
                .mapToLong(parameter -> parameter.shape().size())
                .sum();
        return all / experts.count() * (experts.count() - router.chosen());
    }

    @Override
    public NDArray apply(NDArray x, Parameters parameters) {
        return apply(x, parameters, experts -> {});
    }

    @Override
    public NDArray apply(NDArray x, Parameters parameters, Consumer<NDArray> chosen) {
        Shape shape = x.getShape();
        NDArray tokens = x.reshape(-1, shape.get(2));
        Router.Routing routing = router.route(tokens, parameters);
        chosen.accept(routing.experts());
        if (latent.isEmpty()) {
            return sum(tokens, routing, parameters).reshape(shape);
        }
        NDArray read = parameters.linear(LatentProjections.IN, tokens);
        return parameters
                .linear(LatentProjections.OUT, sum(read, routing, parameters))
                .reshape(shape);
    }

    /** The sums [N, D] of the chosen experts' outputs for {@code tokens} [N, D]. */
    private NDArray sum(NDArray tokens, Router.Routing routing, Parameters parameters) {
        long count = routing.shares().getShape().get(0);
        long each = routing.shares().getShape().get(1);
        Dispatch dispatch = Dispatch.of(routing.experts().toLongArray(), (int) each, experts.count());
        NDList outputs = new NDList();
        for (int expert = 0; expert < experts.count(); expert++) {
            long[] rows = dispatch.tokens()[expert];
            if (rows.length > 0) {
                NDArray own = Rows.select(tokens, OwnedArrays.of(tokens.getManager(), rows));
                outputs.add(experts.apply(expert, own, parameters));
            }
        }
        NDArray places = OwnedArrays.of(tokens.getManager(), dispatch.places());
        NDArray chosen = Rows.select(Heads.joined(outputs, 0), places)
                .reshape(count, each, tokens.getShape().get(1));
        int[] choices = {1};
        return chosen.mul(routing.shares().expandDims(2)).sum(choices);
    }

    /**
     * The tokens of each expert, and the places of the choices among the outputs of all experts, one after another.
     *
     * @param tokens by expert, a multiple of {@link #ROWS}
     * @param places of every token's choices [N K]
     */
    @SuppressWarnings("ArrayRecordComponent") // never compared
    private record Dispatch(long[][] tokens, long[] places) {
        static Dispatch of(long[] chosen, int each, int experts) {
            int[] counts = new int[experts];
            long[] within = new long[chosen.length];
            for (int i = 0; i < chosen.length; i++) {
                within[i] = counts[(int) chosen[i]]++;
            }
            long[][] tokens = new long[experts][];
            long[] first = new long[experts];
            long next = 0;
            for (int expert = 0; expert < experts; expert++) {
                // Rows that fill up are token 0's, and nobody reads them.
                tokens[expert] = new long[(counts[expert] + ROWS - 1) / ROWS * ROWS];
                first[expert] = next;
                next += tokens[expert].length;
            }
            long[] places = new long[chosen.length];
            Arrays.setAll(places, i -> first[(int) chosen[i]] + within[i]);
            for (int i = 0; i < chosen.length; i++) {
                tokens[(int) chosen[i]][(int) within[i]] = i / each;
            }
            return new Dispatch(tokens, places);
        }
    }
}
