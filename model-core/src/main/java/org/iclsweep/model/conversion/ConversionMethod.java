package org.iclsweep.model.conversion;

import ai.djl.ndarray.NDManager;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.iclsweep.model.decoder.LanguageModel;
import org.iclsweep.model.family.Architecture;
import org.iclsweep.model.family.ModelException;
import org.iclsweep.model.layout.Padding;
import org.iclsweep.model.mixer.Assumption;
import org.iclsweep.model.prompt.TokenSequence;

/** A way to make a context part of a model, so that the bare query suffices. */
public sealed interface ConversionMethod
        permits ExactConversion,
                KvCacheConversion,
                MergedConversion,
                SoftmaxApproximation,
                ContextDistillation,
                RankOneMlp,
                ZeroShot {

    /** The names of all methods. */
    List<String> NAMES = List.of(
            ExactConversion.NAME,
            KvCacheConversion.NAME,
            MergedConversion.NAME,
            RandomFeatures.NAME,
            TaylorFeatures.NAME,
            AttentionMatching.NAME,
            Eviction.NAME,
            ContextDistillation.NAME,
            RankOneMlp.NAME,
            ZeroShot.NAME);

    /** What configurations and tables call it. */
    String name();

    /** The method of that name, with its parameters at their defaults. */
    static ConversionMethod named(String name) {
        return of(name, Map.of());
    }

    /**
     * The method of that name.
     *
     * @param parameters by name, as text; those that are left out have their defaults
     * @throws IllegalArgumentException if there is no such method or parameter, or a value is not allowed
     */
    static ConversionMethod of(String name, Map<String, String> parameters) {
        MethodParameters given = new MethodParameters(name, parameters);
        given.allow(parametersOf(name));
        return switch (name) {
            case ExactConversion.NAME -> ExactConversion.of(given);
            case KvCacheConversion.NAME -> new KvCacheConversion();
            case MergedConversion.NAME -> MergedConversion.of(given);
            case RandomFeatures.NAME -> RandomFeatures.of(given);
            case TaylorFeatures.NAME -> new TaylorFeatures();
            case AttentionMatching.NAME -> AttentionMatching.of(given);
            case Eviction.NAME -> Eviction.of(given);
            case ContextDistillation.NAME -> ContextDistillation.of(given);
            case RankOneMlp.NAME -> new RankOneMlp();
            default -> new ZeroShot();
        };
    }

    /** The names of a method's parameters, in the order in which sweeps go through their values. */
    static List<String> parametersOf(String name) {
        return switch (name) {
            case ExactConversion.NAME -> List.of(ExactConversion.STORAGE);
            case MergedConversion.NAME -> List.of(MergedConversion.PARTS);
            case RandomFeatures.NAME -> List.of(RandomFeatures.FEATURES, RandomFeatures.SEED);
            case AttentionMatching.NAME -> List.of(AttentionMatching.SLOTS, AttentionMatching.KEYS);
            case Eviction.NAME -> List.of(Eviction.POLICY, Eviction.BUDGET);
            case ContextDistillation.NAME ->
                List.of(
                        ContextDistillation.SLOTS,
                        ContextDistillation.STEPS,
                        ContextDistillation.LEARNING_RATE,
                        ContextDistillation.REFERENCE_LENGTH,
                        ContextDistillation.START);
            case KvCacheConversion.NAME, TaylorFeatures.NAME, RankOneMlp.NAME, ZeroShot.NAME -> List.of();
            default ->
                throw new IllegalArgumentException(
                        "Conversion method \"" + name + "\" is not known; known are " + String.join(", ", NAMES));
        };
    }

    /** The exact method for a model: with everything kept where that helps, else of fixed size. */
    static ConversionMethod exactFor(Architecture layout) {
        ConversionMethod exact = new ExactConversion();
        ConversionMethod full = new KvCacheConversion();
        return exact.obstacle(layout).isPresent() && full.obstacle(layout).isEmpty() ? full : exact;
    }

    /** What stands in the way of a method, in one sentence, and what to do instead. */
    static String said(Assumption.Broken broken) {
        return "Conversion is not exact for this model, because it breaks the assumption " + broken.assumption() + ": "
                + broken.why() + ". Instead: " + broken.instead();
    }

    /** Why models of {@code layout} cannot be converted in this way, and what to do instead; empty if they can. */
    default Optional<String> obstacle(Architecture layout) {
        return Optional.empty();
    }

    /** Whether what a context becomes can be written as a checkpoint that loads like any other. */
    default boolean isWritable() {
        return true;
    }

    /**
     * Converts contexts, all of them in one pass, on top of the biases that the model already has.
     *
     * @param contexts the segments of each context, the same number for all
     * @return one converted model per segment and context: that of everything up to the end of the segment
     * @throws ModelException if there is an obstacle
     */
    List<ConvertedModels> convert(
            LanguageModel model, NDManager batch, List<List<TokenSequence>> contexts, Padding padding);
}
