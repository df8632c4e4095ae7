package org.iclsweep.model.conversion;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.LongStream;
import org.iclsweep.datasets.fault.Inline;
import org.iclsweep.datasets.fault.Key;
import org.iclsweep.datasets.fault.Named;
import org.iclsweep.model.decoder.LanguageModel;
import org.iclsweep.model.family.Architecture;
import org.iclsweep.model.layout.Padding;
import org.iclsweep.model.mixer.ContextState;
import org.iclsweep.model.mixer.SoftmaxAttention;
import org.iclsweep.model.prompt.TokenSequence;

/**
 * Context distillation (arXiv:2209.15189) into biases: key–value slots of another method, with all that is in them,
 * keys, values and masses, fitted by gradient descent to the logits that the model has after the context. A model
 * without softmax over the whole context has no slots; there its biases are fitted from before the context, which shows
 * how near gradient descent comes to {@link ExactConversion}.
 *
 * <p>All contexts of a batch descend together, each for itself ({@link LogitDistillation}). They are fitted to tokens
 * of their own, read once more ({@link CalibrationTokens}). Gradients are recorded for one pass of a process at a time,
 * so batches of different tasks wait for each other, step by step.
 *
 * @param slots of each key head; not used where a model has none
 * @param steps of gradient descent; 0 for the start itself
 * @param learningRate η of Adam: about as much as an entry changes in a step
 * @param referenceLength tokens that are read at once, as if they were a query
 * @param start the slots before the first step
 * @param calibration the tokens that they are fitted to: the context's own, in pieces, or further examples
 * @param loss what is descended
 */
@Named(
        value = "distilled",
        doc = "Slots that gradient descent fits to the prompted logits of the context's own tokens.")
public record ContextDistillation(
        @Key(doc = "Slots of each key head.", from = 1, otherwise = "64")
        int slots,

        @Key(doc = "Steps of gradient descent; 0 is the start itself.", from = 0, otherwise = "100")
        int steps,

        @Key(doc = "Adam's, about as much as an entry changes in a step.", above = 0, otherwise = "0.03")
        double learningRate,

        @Key(
                doc = "The number of the context's tokens that are read at once behind it, in the place of queries. As"
                        + " many as queries have is best.",
                from = 1,
                otherwise = "8")
        int referenceLength,

        @Key(
                doc = "The slots before the first step: those of `attention-matching`, or tokens by a"
                        + " policy of `eviction`.",
                otherwise = "attention-matching")
        Start start,

        @Inline Calibration calibration,

        @Key(
                doc = "What is descended: `logits`, their squared error relative to their squares; `kl`, the divergence"
                        + " of the next token's distribution, which needs a model of tokens.",
                otherwise = "logits")
        Loss loss)
        implements ConversionMethod {

    /** Scalars of states that are held at once: every reference has a copy of its context's, and a graph around it. */
    private static final long MOST_SCALARS = 1 << 22;

    /** L, by which logits are compared with the prompted ones. */
    public enum Loss {
        /** The squared error of the logits, relative to their squares. */
        LOGITS,
        /** The divergence of the next token's distribution from the prompted one. */
        KL
    }

    /** The start of the slots, before the first step. */
    public enum Start {
        /** Those of {@link AttentionMatching}, keys chosen by attention; each has a mass. */
        ATTENTION_MATCHING,
        /** The tokens of {@link Eviction} that its policy of the same name keeps, without masses; so are the next. */
        RECENT,
        HEAVY_HITTERS,
        UNIFORM,
        SNAPKV,
        EXPECTED_ATTENTION;

        private SoftmaxApproximation method(int slots, Calibration calibration) {
            return switch (this) {
                case ATTENTION_MATCHING ->
                    new AttentionMatching(
                            slots,
                            AttentionMatching.Keys.ATTENTION,
                            calibration,
                            AttentionMatching.RIDGE,
                            AttentionMatching.Budgets.UNIFORM,
                            0);
                case RECENT, HEAVY_HITTERS, UNIFORM, SNAPKV, EXPECTED_ATTENTION ->
                    new Eviction(Eviction.Policy.valueOf(name()), slots);
            };
        }
    }

    /** Slots that are fitted to the context's own tokens by the squared error of the logits. */
    public ContextDistillation(int slots, int steps, double learningRate, int referenceLength, Start start) {
        this(slots, steps, learningRate, referenceLength, start, Calibration.OWN, Loss.LOGITS);
    }

    @Override
    public int examples() {
        return calibration.wanted();
    }

    @Override
    public Optional<String> obstacle(Architecture layout) {
        if (loss == Loss.KL && layout.dimensions().outputSize() > 0) {
            return Optional.of("loss: expected logits for a model whose output is numbers, found kl; take logits");
        }
        boolean anyWindow = layout.mixers().values().stream().anyMatch(SoftmaxAttention.class::isInstance);
        return anyWindow ? SoftmaxApproximation.obstacleIn(layout) : new KvCacheConversion().obstacle(layout);
    }

    @Override
    public List<ConvertedModels> converted(
            LanguageModel model, NDManager batch, ContextBatch asGiven, Padding padding) {
        ContextBatch contexts = calibration.completed(model, batch, asGiven, padding);
        boolean hasSlots = SoftmaxApproximation.obstacleIn(model.layout()).isEmpty();
        List<ConvertedModels> starts = hasSlots
                ? start.method(slots, calibration).compressed(model, batch, contexts, padding)
                : new ZeroShot().convert(model, batch, contexts, padding);
        int positions = model.positionsLeft(model.initialState(batch), 0);
        List<ConvertedModels> converted = new ArrayList<>();
        for (int segment = 0; segment < starts.size(); segment++) {
            ContextState fitted = fitted(
                    model,
                    batch,
                    References.of(this, contexts, segment, positions),
                    starts.get(segment).state(),
                    padding);
            converted.add(ConvertedModels.of(model, fitted, contexts.size()));
        }
        return converted;
    }

    /**
     * The tokens that contexts are fitted to, and those that judge the fit.
     *
     * @param held empty where the fit is judged by what it is fitted to
     */
    private record References(CalibrationTokens fitted, CalibrationTokens held) {
        static References of(ContextDistillation method, ContextBatch contexts, int segment, int positions) {
            List<TokenSequence> read = contexts.upTo(segment);
            Calibration calibration = method.calibration();
            if (!calibration.hasExamples()) {
                List<List<TokenSequence>> none = contexts.examples(segment, 0);
                return new References(
                        CalibrationTokens.of(read, method.referenceLength(), positions),
                        Calibration.tokens(read, none, positions));
            }
            return new References(
                    Calibration.tokens(read, calibration.fitted(contexts, segment), positions),
                    Calibration.tokens(read, calibration.held(contexts, segment), positions));
        }

        References part(int from, int to) {
            return new References(fitted.part(from, to), held.part(from, to));
        }
    }

    /** The states of all contexts, as many at once as {@link #MOST_SCALARS} lets. */
    private ContextState fitted(
            LanguageModel model, NDManager batch, References references, ContextState first, Padding padding) {
        if (steps == 0 || references.fitted().isEmpty()) {
            return first;
        }
        int count = first.rows();
        int atOnce = (int) Math.max(
                1, MOST_SCALARS / (first.scalarsInMemory() * references.fitted().most()));
        List<ContextState> blocks = new ArrayList<>();
        for (int from = 0; from < count; from += atOnce) {
            int to = Math.min(from + atOnce, count);
            ContextState block =
                    first.select(batch.create(LongStream.range(from, to).toArray()));
            References own = references.part(from, to);
            blocks.add(own.fitted().isEmpty() ? block : fittedBlock(model, batch, own, block, padding));
        }
        return ContextState.joined(blocks);
    }

    private ContextState fittedBlock(
            LanguageModel model, NDManager batch, References references, ContextState first, Padding padding) {
        try (NDManager scope = batch.newSubManager()) {
            LogitDistillation fit = new LogitDistillation(model, scope, references.fitted(), padding, loss);
            LogitDistillation judge = references.held().isEmpty()
                    ? null
                    : new LogitDistillation(model, scope, references.held(), padding, loss);
            return fit.fitted(first, trained(model, first), steps, learningRate, judge, batch);
        }
    }

    /**
     * The tensors that are fitted, by name: slots of softmax over the whole context, or, where there are none, every
     * bias.
     */
    static Map<String, NDArray> trained(LanguageModel model, ContextState state) {
        Set<String> modules = SoftmaxApproximation.attentions(model.layout()).keySet();
        Set<String> names = state.layout().names(entry -> switch (entry.tensor().role()) {
            case LENGTH, COUNTER -> false;
            case VALUE_AVERAGE -> modules.isEmpty();
            default -> modules.isEmpty() || modules.contains(entry.module());
        });
        Map<String, NDArray> trained = new LinkedHashMap<>(state.tensors());
        trained.keySet().retainAll(names);
        return trained;
    }
}
