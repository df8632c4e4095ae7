package org.iclsweep.model.family;

import java.util.Optional;
import java.util.OptionalInt;
import org.iclsweep.datasets.fault.Key;
import org.iclsweep.datasets.fault.Scope;
import org.iclsweep.model.family.GatedFeedForward.Biases;
import org.iclsweep.model.tensor.Nonlinearity;

/** A mixture of experts with a shared one, as Qwen's configurations have it. */
record QwenExperts(
        @Key(doc = "Experts; absent: as of the model type.", from = 0)
        OptionalInt numExperts,

        @Key(doc = "Experts of a token; absent: as of the model type.", from = 1)
        OptionalInt numExpertsPerTok,

        @Key(doc = "Inner units of each expert.", from = 1, otherwise = "512")
        int moeIntermediateSize,

        @Key(doc = "Inner units of the expert of all tokens.", from = 1, otherwise = "512")
        int sharedExpertIntermediateSize) {
    /** Numbers of experts where a configuration has none. */
    record Absent(int experts, int perToken) {}

    /** The gate of the expert that all tokens have. */
    static final Optional<String> GATE = Optional.of("shared_expert_gate");

    /** The weights of the experts as a checkpoint has them. */
    enum Stored {
        /** A tensor for each expert. */
        SEPARATE,
        /** One for all. */
        FUSED
    }

    /** The mixture, whose shares sum to 1 if they are {@code ofChosen}. */
    FeedForward mixture(
            Absent absent,
            boolean ofChosen,
            Optional<String> gate,
            Nonlinearity activation,
            Stored stored,
            Scope scope) {
        int experts = numExperts.orElse(absent.experts());
        int perToken = numExpertsPerTok.orElse(absent.perToken());
        if (perToken > experts) {
            scope.fault(
                    "num_experts_per_tok", "expected at most num_experts = %s, found %s".formatted(experts, perToken));
        }
        TopKRouter.Shares shares = ofChosen ? TopKRouter.Shares.OF_CHOSEN : TopKRouter.Shares.OF_ALL;
        return new SharedExpert(
                new MixtureOfExperts(
                        new TopKRouter("gate", experts, perToken, false, shares),
                        stored == Stored.SEPARATE
                                ? new SeparateExperts(experts, unit(moeIntermediateSize, activation))
                                : new FusedExperts(experts, moeIntermediateSize, activation)),
                "shared_expert",
                unit(sharedExpertIntermediateSize, activation),
                gate);
    }

    private static GatedFeedForward unit(int size, Nonlinearity activation) {
        return new GatedFeedForward(size, Biases.NONE, activation);
    }
}
