package org.iclsweep.model.family;

import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.OptionalInt;
import java.util.Set;
import java.util.function.IntToDoubleFunction;
import java.util.stream.IntStream;
import org.iclsweep.datasets.fault.Block;
import org.iclsweep.datasets.fault.Inline;
import org.iclsweep.datasets.fault.Key;
import org.iclsweep.datasets.fault.Scope;
import org.iclsweep.model.layout.Rotary;

/**
 * A scaling of rotary positions, as transformers computes it: the frequencies ω_i of longer contexts from those of the
 * training, by a {@code factor} s. {@code linear}: ω/s. {@code llama3}: ω/s for waves longer than the training's
 * contexts, ω for much shorter ones, a mean of both in between. {@code yarn} (arXiv:2309.00071): the same with borders
 * that are numbers of turns, and scores stretched by f².
 */
@Block(ignored = "finetuned")
record RopeScaling(
        @Key(doc = "Kind of scaling; absent: none.") Optional<Kind> ropeType,
        @Key(doc = "Former name of rope_type.") Optional<Kind> type,

        @Key(doc = "Base of the angles.", above = 0) OptionalDouble ropeTheta,
        @Key(doc = "s.", above = 0) OptionalDouble factor,

        @Key(doc = "Positions of the training before; absent: those of the model.", from = 1)
        OptionalInt originalMaxPositionEmbeddings,

        @Key(doc = "Turned share of the features; below 1 in some model types.", above = 0, to = 1)
        OptionalDouble partialRotaryFactor,

        @Key(doc = "Pairs that turn by the place in time, in height and in width of an image; text has one position.")
        Optional<List<Integer>> mropeSection,

        @Key(doc = "Those pairs take turns.") Optional<Boolean> mropeInterleaved,

        @Inline Borders borders,
        @Inline YarnScaling yarn) {
    /** The kinds. */
    enum Kind {
        DEFAULT,
        LINEAR,
        LLAMA3,
        YARN;

        /** The keys that the kind reads, beside those that all have. */
        private Set<String> keys() {
            return switch (this) {
                case DEFAULT -> Set.of();
                case LINEAR -> Set.of("factor");
                case LLAMA3 ->
                    Set.of("factor", "original_max_position_embeddings", "low_freq_factor", "high_freq_factor");
                case YARN ->
                    Set.of(
                            "factor",
                            "original_max_position_embeddings",
                            "attention_factor",
                            "beta_fast",
                            "beta_slow",
                            "mscale",
                            "mscale_all_dim",
                            "truncate");
            };
        }
    }

    private static final Set<String> OF_ALL =
            Set.of("rope_type", "type", "rope_theta", "partial_rotary_factor", "finetuned");

    private static final Set<String> OF_IMAGES = Set.of("mrope_section", "mrope_interleaved");

    /** The borders of {@code llama3}: waves as shares of the training's contexts. */
    record Borders(
            @Key(doc = "llama3: contexts of the training by the shortest wave that is scaled whole.", above = 0)
            OptionalDouble lowFreqFactor,

            @Key(doc = "llama3: the same by the longest wave that is not scaled.", above = 0)
            OptionalDouble highFreqFactor) {}

    /** {@code yarn} of the factor s with borders that are no whole features, as gpt_oss has it by default. */
    static RopeScaling yarn(double s, int positions) {
        return new RopeScaling(
                Optional.of(Kind.YARN),
                Optional.empty(),
                OptionalDouble.empty(),
                OptionalDouble.of(s),
                OptionalInt.of(positions),
                OptionalDouble.empty(),
                Optional.empty(),
                Optional.empty(),
                new Borders(OptionalDouble.empty(), OptionalDouble.empty()),
                new YarnScaling(
                        OptionalDouble.empty(),
                        OptionalDouble.empty(),
                        OptionalDouble.empty(),
                        OptionalDouble.empty(),
                        OptionalDouble.empty(),
                        Optional.of(false)));
    }

    private Kind kind() {
        return ropeType.or(() -> type).orElse(Kind.DEFAULT);
    }

    /** The factor of all scores in the latent attention of DeepSeek, beside f² of the turned features. */
    double scoreFactor() {
        return kind() == Kind.YARN ? yarn.scoreFactor(factor.orElse(1)) : 1;
    }

    /** Notes a fault where this is a scaling. */
    void refuse(Scope scope) {
        if (kind() != Kind.DEFAULT) {
            scope.in(ropeType.isPresent() ? "rope_type" : "type").unexpected("default");
        }
    }

    /**
     * The table {@code unscaled} of the base {@code theta}, scaled, where all features turn.
     *
     * @param positions of the model
     */
    Rotary of(Rotary unscaled, double theta, OptionalInt positions, Scope scope) {
        if (partialRotaryFactor.orElse(1) != 1) {
            scope.in("partial_rotary_factor").unexpected("1, as all features turn in this model type");
        }
        refuseOthers(OF_ALL, scope);
        return scaled(unscaled, theta, positions, scope);
    }

    /** The same where {@code partial_rotary_factor} is known but without effect, unless positions are scaled. */
    Rotary ofAll(Rotary unscaled, double theta, OptionalInt positions, Scope scope) {
        if (kind() != Kind.DEFAULT) {
            return of(unscaled, theta, positions, scope);
        }
        refuseOthers(OF_ALL, scope);
        return unscaled;
    }

    /**
     * The same where a share of the features may turn, and pairs may be those of an image's places.
     *
     * @param turned number of features that turn
     */
    Rotary ofPart(Rotary unscaled, int turned, double theta, OptionalInt positions, Scope scope) {
        if (kind() == Kind.YARN && turned % 2 != 0) {
            scope.fault("rope_type", "expected no yarn where an odd number of features turns, found " + turned);
        }
        Set<String> ofEveryKind = new HashSet<>(OF_ALL);
        ofEveryKind.addAll(OF_IMAGES);
        refuseOthers(ofEveryKind, scope);
        return scaled(unscaled, theta, positions, scope);
    }

    private Rotary scaled(Rotary unscaled, double theta, OptionalInt positions, Scope scope) {
        Kind kind = kind();
        int h = unscaled.frequencies().size();
        return switch (kind) {
            case DEFAULT -> unscaled;
            case LINEAR -> {
                double s = factor(OptionalDouble.empty(), scope);
                yield mapped(unscaled, 1, i -> unscaled.frequencies().get(i) / s);
            }
            case LLAMA3 -> llama3(unscaled, factor(OptionalDouble.empty(), scope), before(positions, scope), scope);
            case YARN -> {
                double before = before(positions, scope);
                double s = factor(
                        positions.isPresent()
                                ? OptionalDouble.of(positions.getAsInt() / before)
                                : OptionalDouble.empty(),
                        scope);
                double[] between = yarn.between(h, theta, before);
                yield mapped(unscaled, yarn.attentionFactor(s), i -> {
                    double scaled = Math.min(1, Math.max(0, (i - between[0]) / (between[1] - between[0])));
                    double frequency = unscaled.frequencies().get(i);
                    return frequency / s * scaled + frequency * (1 - scaled);
                });
            }
        };
    }

    private Rotary llama3(Rotary unscaled, double s, double before, Scope scope) {
        double low = required("low_freq_factor", borders.lowFreqFactor(), scope);
        double high = required("high_freq_factor", borders.highFreqFactor(), scope);
        if (high <= low && borders.highFreqFactor().isPresent()) {
            scope.in("high_freq_factor").unexpected("a number above low_freq_factor = " + low);
        }
        return mapped(unscaled, 1, i -> {
            double frequency = unscaled.frequencies().get(i);
            double waves = before * frequency / (2 * Math.PI);
            double kept = Math.min(1, Math.max(0, (waves - low) / (high - low)));
            return (1 - kept) * frequency / s + kept * frequency;
        });
    }

    private static Rotary mapped(Rotary unscaled, double attentionFactor, IntToDoubleFunction frequency) {
        return new Rotary(
                IntStream.range(0, unscaled.frequencies().size())
                        .mapToObj(frequency::applyAsDouble)
                        .toList(),
                attentionFactor);
    }

    /** Keys of other kinds, which transformers would pass over with a warning. */
    private void refuseOthers(Set<String> ofEveryKind, Scope scope) {
        Kind kind = kind();
        scope.value().entries().keySet().stream()
                .filter(key -> scope.has(key)
                        && !ofEveryKind.contains(key)
                        && !kind.keys().contains(key))
                .forEach(key -> scope.fault(
                        key,
                        "expected no such key of a rope_type %s, found %s; leave it out"
                                .formatted(
                                        kind.name().toLowerCase(Locale.ROOT),
                                        scope.in(key).value().shown())));
    }

    private double factor(OptionalDouble absent, Scope scope) {
        return factor.isPresent() ? factor.getAsDouble() : required("factor", absent, scope);
    }

    private double before(OptionalInt positions, Scope scope) {
        OptionalInt before = originalMaxPositionEmbeddings.isPresent() ? originalMaxPositionEmbeddings : positions;
        return required(
                "original_max_position_embeddings",
                before.isPresent() ? OptionalDouble.of(before.getAsInt()) : OptionalDouble.empty(),
                scope);
    }

    /** {@code number}, or 1 after a fault where there is none. */
    private static double required(String key, OptionalDouble number, Scope scope) {
        if (number.isEmpty()) {
            scope.fault(key, "expected a number, found nothing; add the key");
        }
        return number.orElse(1);
    }
}
