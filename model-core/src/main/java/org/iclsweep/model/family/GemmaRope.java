package org.iclsweep.model.family;

import java.util.Optional;
import java.util.OptionalDouble;
import java.util.OptionalInt;
import org.iclsweep.datasets.fault.Key;
import org.iclsweep.datasets.fault.Scope;
import org.iclsweep.model.layout.Rotary;

/**
 * The rotary positions of Gemma 3, of layers that read all tokens and of those with a window: in a block each, or, as
 * earlier, {@code rope_theta} and {@code rope_scaling} of the former and {@code rope_local_base_freq} of the latter.
 */
record GemmaRope(
        @Key(doc = "Base of the angles in layers that read all tokens.", above = 0)
        OptionalDouble ropeTheta,

        @Key(doc = "Base of the angles in layers with a window.", above = 0)
        OptionalDouble ropeLocalBaseFreq,

        @Key(doc = "Scaling of positions in layers that read all tokens.")
        Optional<RopeScaling> ropeScaling,

        @Key(doc = "Base and scaling of positions in either kind of layer.")
        Optional<OfLayers> ropeParameters) {
    /** The blocks of both kinds of layers. */
    record OfLayers(
            @Key(doc = "Of layers that read all tokens.") Optional<RopeScaling> fullAttention,
            @Key(doc = "Of layers with a window.") Optional<RopeScaling> slidingAttention) {}

    private static final double GLOBAL = 1_000_000;
    private static final double LOCAL = 10_000;

    /** The table of layers that read all tokens, for heads of {@code features}. */
    Rotary ofFullLayers(int features, OptionalInt positions, Scope scope) {
        Optional<RopeScaling> written = ropeParameters.flatMap(OfLayers::fullAttention);
        if (ropeScaling.isPresent() && written.isPresent()) {
            scope.fault("rope_scaling", "expected rope_parameters.full_attention or this, found both; leave one out");
        }
        Scope block = ropeScaling.isPresent()
                ? scope.in("rope_scaling")
                : scope.in("rope_parameters").in("full_attention");
        return of(ropeScaling.or(() -> written), ropeTheta.orElse(GLOBAL), features, positions, block);
    }

    /** The table of layers with a window. */
    Rotary ofWindows(int features, OptionalInt positions, Scope scope) {
        return of(
                ropeParameters.flatMap(OfLayers::slidingAttention),
                ropeLocalBaseFreq.orElse(LOCAL),
                features,
                positions,
                scope.in("rope_parameters").in("sliding_attention"));
    }

    private static Rotary of(
            Optional<RopeScaling> scaling, double absent, int features, OptionalInt positions, Scope block) {
        if (scaling.flatMap(one -> one.yarn().truncate()).isPresent()) {
            block.in("truncate").unexpected("none in the block of a kind of layer, where transformers reads none");
        }
        double theta = scaling.map(RopeScaling::ropeTheta)
                .orElse(OptionalDouble.empty())
                .orElse(absent);
        Rotary unscaled = Rotary.of(features, theta);
        return scaling.map(one -> one.of(unscaled, theta, positions, block)).orElse(unscaled);
    }
}
