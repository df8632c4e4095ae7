package org.iclsweep.model.family;

import java.util.Optional;
import java.util.OptionalInt;
import org.iclsweep.datasets.fault.Key;
import org.iclsweep.datasets.fault.Scope;
import org.iclsweep.model.tensor.Nonlinearity;

/** The fields of the mixtures of experts of {@code nemotron_h}. */
record NemotronExperts(
        @Key(doc = "Experts.", from = 1, otherwise = "8", alias = "num_local_experts")
        int nRoutedExperts,

        @Key(doc = "Experts of a token.", from = 1, otherwise = "2")
        int numExpertsPerTok,

        @Key(doc = "Inner units of an expert.", from = 1, otherwise = "7688")
        int moeIntermediateSize,

        @Key(doc = "Inner units of the shared expert.", from = 1, otherwise = "7688")
        int moeSharedExpertIntermediateSize,

        @Key(doc = "Size of the space that experts read and write; absent: D.", from = 1)
        OptionalInt moeLatentSize,

        @Key(doc = "Factor of the shares.", otherwise = "1") double routedScalingFactor,

        @Key(doc = "Groups of experts.", from = 1, otherwise = "1")
        int nGroup,

        @Key(doc = "Groups that a token chooses from.", from = 1, otherwise = "1")
        int topkGroup,

        @Key(doc = "Shares are divided by their sum.", otherwise = "true")
        boolean normTopkProb) {
    /** Routed experts without biases, and a shared one. */
    FeedForward feedForward(boolean biased, Nonlinearity activation, Scope scope) {
        int experts = nRoutedExperts;
        int groups = FamilyFields.divisor(scope, "n_group", nGroup, "n_routed_experts", experts);
        if (experts / groups < 2) {
            scope.in("n_group").unexpected("groups of at least two of n_routed_experts = " + experts);
        }
        if (topkGroup > groups) {
            scope.in("topk_group").unexpected("at most n_group = " + groups);
        }
        if (numExpertsPerTok > experts / groups * topkGroup) {
            scope.in("num_experts_per_tok")
                    .unexpected("at most the experts of the chosen groups, " + experts / groups * topkGroup);
        }
        FeedForward routed = new MixtureOfExperts(
                new GroupedSigmoidRouter(
                        "gate",
                        GroupedSigmoidRouter.BIAS,
                        experts,
                        numExpertsPerTok,
                        groups,
                        topkGroup,
                        normTopkProb,
                        routedScalingFactor),
                new SeparateExperts(experts, new PlainFeedForward(moeIntermediateSize, false, activation)),
                moeLatentSize.isPresent()
                        ? Optional.of(new LatentProjections(moeLatentSize.getAsInt(), biased))
                        : Optional.empty());
        FeedForward shared = new PlainFeedForward(moeSharedExpertIntermediateSize, biased, activation);
        return new SharedExpert(routed, "shared_experts", shared, Optional.empty());
    }
}
