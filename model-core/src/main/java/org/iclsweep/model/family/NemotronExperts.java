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
    private static final ExpertGroups.Names NAMES =
            new ExpertGroups.Names("n_routed_experts", "num_experts_per_tok", "n_group", "topk_group");

    /** Routed experts without biases, and a shared one. */
    FeedForward feedForward(boolean biased, Nonlinearity activation, Scope scope) {
        ExpertGroups groups =
                new ExpertGroups(nRoutedExperts, numExpertsPerTok, nGroup, topkGroup).checked(NAMES, scope);
        FeedForward routed = new MixtureOfExperts(
                new GroupedSigmoidRouter("gate", GroupedSigmoidRouter.BIAS, groups, normTopkProb, routedScalingFactor),
                new SeparateExperts(nRoutedExperts, new PlainFeedForward(moeIntermediateSize, false, activation)),
                moeLatentSize.isPresent()
                        ? Optional.of(new LatentProjections(moeLatentSize.getAsInt(), biased))
                        : Optional.empty());
        FeedForward shared = new PlainFeedForward(moeSharedExpertIntermediateSize, biased, activation);
        return new SharedExpert(routed, "shared_experts", shared, Optional.empty());
    }
}
