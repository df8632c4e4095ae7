package org.iclsweep.model.family;

import java.util.List;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.OptionalInt;
import org.iclsweep.datasets.fault.Key;
import org.iclsweep.datasets.fault.Scope;
import org.iclsweep.model.family.GatedFeedForward.Biases;
import org.iclsweep.model.tensor.Nonlinearity;

/**
 * The fields of feed-forward parts of which the first are dense and the others mixtures of routed experts, by the names
 * that Kimi Linear and Ling have for them, and those of transformers.
 */
record RoutedFields(
        @Key(
                doc = "Function of the gates.",
                choices = {"silu", "swish", "gelu", "gelu_new", "gelu_pytorch_tanh", "relu"},
                otherwise = "silu")
        String hiddenAct,

        @Key(doc = "Inner units of a dense feed-forward part.", from = 1)
        int intermediateSize,

        @Key(doc = "Inner units of an expert.", from = 1) int moeIntermediateSize,

        @Key(doc = "Experts.", from = 1, alias = "num_local_experts")
        int numExperts,

        @Key(doc = "Experts of a token.", from = 1, otherwise = "8", alias = "num_experts_per_tok")
        int numExpertsPerToken,

        @Key(doc = "Experts that every token has, as one.", from = 1, otherwise = "1", alias = "n_shared_experts")
        int numSharedExperts,

        @Key(doc = "Shares are divided by their sum.", otherwise = "true", alias = "norm_topk_prob")
        boolean moeRenormalize,

        @Key(doc = "Groups of experts; absent: as of the model type.", from = 1, alias = "n_group")
        OptionalInt numExpertGroup,

        @Key(doc = "Groups that a token chooses from; absent: as of the model type.", from = 1)
        OptionalInt topkGroup,

        @Key(doc = "Factor of the shares; absent: as of the model type.")
        OptionalDouble routedScalingFactor,

        @Key(doc = "Number of dense layers where no list is given; absent: as of the model type.", from = 0)
        OptionalInt firstKDenseReplace,

        @Key(
                doc = "Feed-forward part of each layer; absent: as first_k_dense_replace has it.",
                choices = {"dense", "sparse"})
        Optional<List<String>> mlpLayerTypes) {
    private static final ExpertGroups.Names NAMES =
            new ExpertGroups.Names("num_experts", "num_experts_per_token", "num_expert_group", "topk_group");

    /** The values of fields that a configuration leaves out. */
    record Absent(int groups, int chosenGroups, double factor, int denseLayers) {}

    private Nonlinearity activation() {
        return Nonlinearity.ofTransformers(hiddenAct);
    }

    private GatedFeedForward gated(int size, GatedFeedForward.Names names) {
        return new GatedFeedForward(size, Biases.NONE, activation(), names);
    }

    /** The dense feed-forward part. */
    FeedForward dense() {
        return gated(intermediateSize, GatedFeedForward.Names.WORDS);
    }

    /** True for each of {@code layers} layers with experts. */
    List<Boolean> areSparse(int layers, Absent absent, Scope scope) {
        int dense = firstKDenseReplace.orElse(absent.denseLayers());
        return FamilyFields.kinds(
                        scope, "mlp_layer_types", mlpLayerTypes, layers, layer -> layer < dense ? "dense" : "sparse")
                .stream()
                .map("sparse"::equals)
                .toList();
    }

    /**
     * The experts, and the shared one.
     *
     * @param bias name of the router's bias
     * @param names of an expert's projections
     */
    FeedForward experts(String bias, GatedFeedForward.Names names, Absent absent, Scope scope) {
        ExpertGroups groups = new ExpertGroups(
                        numExperts,
                        numExpertsPerToken,
                        numExpertGroup.orElse(absent.groups()),
                        topkGroup.orElse(absent.chosenGroups()))
                .checked(NAMES, scope);
        GroupedSigmoidRouter router = new GroupedSigmoidRouter(
                "gate", bias, groups, moeRenormalize, routedScalingFactor.orElse(absent.factor()));
        return new SharedExpert(
                new MixtureOfExperts(router, new SeparateExperts(numExperts, gated(moeIntermediateSize, names))),
                "shared_experts",
                gated(numSharedExperts * moeIntermediateSize, GatedFeedForward.Names.WORDS),
                Optional.empty());
    }
}
