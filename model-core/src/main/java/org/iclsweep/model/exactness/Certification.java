package org.iclsweep.model.exactness;

import ai.djl.Device;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import com.fasterxml.jackson.databind.JsonNode;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import java.util.stream.IntStream;
import org.iclsweep.model.checkpoint.Checkpoint;
import org.iclsweep.model.checkpoint.Weights;
import org.iclsweep.model.decoder.LanguageModel;
import org.iclsweep.model.exactness.Certificate.BatchShape;
import org.iclsweep.model.exactness.Certificate.Checked;
import org.iclsweep.model.exactness.Certificate.LengthErrors;
import org.iclsweep.model.exactness.Certificate.Size;
import org.iclsweep.model.exactness.Certificate.TypeErrors;
import org.iclsweep.model.exactness.Certificate.Verdict;
import org.iclsweep.model.family.Architecture;
import org.iclsweep.model.family.CheckpointTensors;
import org.iclsweep.model.family.Dimensions;
import org.iclsweep.model.kernel.Assumption;
import org.iclsweep.model.layout.Padding;
import org.iclsweep.model.mixer.ContextState;
import org.iclsweep.model.prompt.TokenSequence;

/**
 * Finds out whether the conversion of a model is exact: its parts are held against the assumptions of exact conversion,
 * and converted logits against prompted ones over random contexts. Exact and approximate are told apart by the model's
 * own conditioning, not by a fixed tolerance.
 *
 * @param contextLengths numbers of context tokens, each a prompt of its own
 * @param queryTokens length of the query after each
 */
public record Certification(int[] contextLengths, int queryTokens, long seed) {
    /** From no context at all to one that is longer than most models were trained on. */
    public static final Certification STANDARD = new Certification(new int[] {0, 1, 17, 130, 1024, 4200}, 16, 1);

    /** Relative change of every weight by which the conditioning is measured. */
    private static final double DELTA = 0x1p-24;

    /**
     * The rounding error of a run without context, in unit roundoffs of all weights at once; at most 2 were measured
     * (docs/explanation/numerics.md). The error of sums over T tokens grows as √T.
     */
    private static final double MARGIN = 16;

    /** The number of tokens whose sums err as much as all the rest. */
    private static final double TOKENS = 64;

    /** A relative error that no conversion with a missing part stays below. */
    private static final double TELLING = 1e-5;

    public Certification {
        contextLengths = contextLengths.clone();
    }

    /** A context and the query after it. */
    private record Prompt(TokenSequence context, TokenSequence query) {}

    /** Logits of one prompt [positions][V]. */
    private record Logits(double[][] prompted, double[][] converted) {}

    /** The certificate of the model that {@code config} and {@code weights} make, as {@code device} computes it. */
    public Certificate certify(JsonNode config, Weights weights, Device device) {
        return certify(config, weights, device, false);
    }

    /**
     * The same of the conversion that keeps what attention reads of the whole context ({@code full-cache}): it is exact
     * whatever the assumptions, which the certificate names all the same, and as large as the context.
     */
    public Certificate certifyFullCache(JsonNode config, Weights weights, Device device) {
        return certify(config, weights, device, true);
    }

    private Certificate certify(JsonNode config, Weights weights, Device device, boolean isFullCache) {
        Architecture layout =
                weights instanceof Checkpoint checkpoint ? Architecture.of(checkpoint) : Architecture.of(config);
        List<Checked> assumptions = Arrays.stream(Assumption.values())
                .map(assumption -> checked(assumption, layout.broken()))
                .toList();
        if (!isFullCache
                && !assumptions.get(Assumption.SEPARABLE_NORMALISER.ordinal()).holds()) {
            CheckpointTensors.require(layout.named(weights), weights);
            return new Certificate(Verdict.NOT_EXACT, assumptions, List.of(), List.of(), null);
        }
        List<Prompt> prompts = prompts(layout.dimensions());
        MeasuredBatch exact = measured(config, weights, DataType.FLOAT64, device, prompts);
        MeasuredBatch rounded = measured(config, weights, DataType.FLOAT32, device, prompts);
        List<double[][]> perturbed = perturbed(config, weights, device, prompts);
        List<LengthErrors> errors = IntStream.range(0, prompts.size())
                .mapToObj(i -> errors(
                        prompts.get(i).context().length(),
                        exact.logits().get(i),
                        rounded.logits().get(i),
                        perturbed.get(i)))
                .toList();
        boolean hold = isFullCache || assumptions.stream().allMatch(Checked::holds);
        return new Certificate(
                verdict(hold, errors), assumptions, errors, List.of(exact.shape(), rounded.shape()), exact.size());
    }

    private static Checked checked(Assumption assumption, List<Assumption.Broken> broken) {
        return new Checked(
                assumption,
                broken.stream()
                        .filter(one -> one.assumption() == assumption)
                        .findFirst()
                        .orElse(null));
    }

    private static Verdict verdict(boolean assumptionsHold, List<LengthErrors> errors) {
        if (!assumptionsHold) {
            return Verdict.NOT_EXACT;
        }
        // With a NaN or infinite bound every comparison is false, so nothing is explained by rounding.
        boolean tells = errors.stream().allMatch(one -> one.float64().explained() < TELLING);
        boolean explained = errors.stream()
                .noneMatch(one -> one.float64().maxRelative() > one.float64().explained());
        return !explained ? Verdict.NOT_EXACT : tells ? Verdict.EXACT : Verdict.ILL_CONDITIONED;
    }

    private static LengthErrors errors(int tokens, Logits exact, Logits rounded, double[][] perturbed) {
        double change = Difference.between(exact.prompted(), perturbed).maxRelative();
        double conditioning = change / DELTA;
        double explained = conditioning * MARGIN * (1 + Math.sqrt(tokens / TOKENS));
        return new LengthErrors(
                tokens, conditioning, errors(exact, explained * 0x1p-53), errors(rounded, explained * 0x1p-24));
    }

    private static TypeErrors errors(Logits logits, double explained) {
        Difference difference = Difference.between(logits.prompted(), logits.converted());
        return new TypeErrors(difference.maxAbsolute(), difference.maxRelative(), explained);
    }

    // ---- runs

    /** The errors in one type of computation. */
    private record MeasuredBatch(List<Logits> logits, BatchShape shape, Size size) {}

    private static MeasuredBatch measured(
            JsonNode config, Weights weights, DataType type, Device device, List<Prompt> prompts) {
        try (LanguageModel model = LanguageModel.load(config, weights, type, device)) {
            List<Logits> logits = new ArrayList<>();
            long biases = 0;
            for (Prompt prompt : prompts) {
                try (NDManager batch = model.newBatch()) {
                    ContextState state = state(model, batch, List.of(prompt.context()));
                    biases = Math.max(biases, state.parameters(0));
                    logits.add(new Logits(
                            Verification.prompted(model, batch, prompt.context(), prompt.query()),
                            Verification.continued(model, batch, state, prompt.query())));
                }
            }
            long parameters =
                    model.tensors().values().stream().mapToLong(NDArray::size).sum();
            Size size = new Size(parameters, parameters * Float.BYTES, biases, biases * Float.BYTES);
            return new MeasuredBatch(logits, batchShape(model, prompts, logits), size);
        }
    }

    /** The prompts' uninterrupted logits on weights that are all a little off. */
    private List<double[][]> perturbed(JsonNode config, Weights weights, Device device, List<Prompt> prompts) {
        Weights off = new PerturbedWeights(weights, DELTA, seed);
        try (LanguageModel model = LanguageModel.load(config, off, DataType.FLOAT64, device)) {
            List<double[][]> logits = new ArrayList<>();
            for (Prompt prompt : prompts) {
                try (NDManager batch = model.newBatch()) {
                    logits.add(Verification.prompted(model, batch, prompt.context(), prompt.query()));
                }
            }
            return logits;
        }
    }

    /** All contexts but the longest converted in one padded batch, against each alone. */
    private static BatchShape batchShape(LanguageModel model, List<Prompt> prompts, List<Logits> alone) {
        List<Prompt> together = prompts.subList(0, Math.max(1, prompts.size() - 1));
        double largest = 0;
        boolean same = true;
        try (NDManager batch = model.newBatch()) {
            ContextState states =
                    state(model, batch, together.stream().map(Prompt::context).toList());
            for (int i = 0; i < together.size(); i++) {
                ContextState own = states.select(batch.create(new long[] {i}));
                double[][] continued = Verification.continued(
                        model, batch, own, together.get(i).query());
                Difference difference = Difference.between(alone.get(i).converted(), continued);
                largest = Math.max(largest, difference.maxRelative());
                same &= difference.none();
            }
        }
        String dtype = model.type() == DataType.FLOAT64 ? "float64" : "float32";
        return new BatchShape(dtype, largest, same);
    }

    /** The states that {@code contexts} leave, one row each, whatever the model's assumptions. */
    private static ContextState state(LanguageModel model, NDManager batch, List<TokenSequence> contexts) {
        List<List<TokenSequence>> segments = contexts.stream().map(List::of).toList();
        return model.contextStates(batch, segments, model.initialState(batch), Padding.LONGEST)
                .get(0);
    }

    // ---- random prompts

    private List<Prompt> prompts(Dimensions dimensions) {
        SplittableRandom random = new SplittableRandom(seed);
        return Arrays.stream(contextLengths)
                .sorted()
                .mapToObj(length ->
                        new Prompt(tokens(random, length, dimensions), tokens(random, queryTokens, dimensions)))
                .toList();
    }

    /** Random tokens; for models that read vectors, every other position is a random vector. */
    private static TokenSequence tokens(SplittableRandom random, int length, Dimensions dimensions) {
        int[] ids = new int[length];
        List<double[]> vectors = new ArrayList<>();
        for (int i = 0; i < length; i++) {
            if (dimensions.inputSize() > 0 && i % 2 == 0) {
                vectors.add(random.doubles(dimensions.inputSize(), -1, 1).toArray());
                ids[i] = -vectors.size();
            } else {
                ids[i] = random.nextInt(dimensions.vocabulary());
            }
        }
        return new TokenSequence(ids, vectors);
    }
}
