package org.iclsweep.model.family;

import java.util.Optional;
import java.util.OptionalDouble;
import java.util.OptionalInt;
import org.iclsweep.datasets.fault.Key;
import org.iclsweep.datasets.fault.Scope;
import org.iclsweep.model.layout.Rotary;

/**
 * Rotary positions (arXiv:2104.09864) as transformers' configurations have them: base and scaling in
 * {@code rope_parameters}, or, as earlier, in {@code rope_theta} and {@code rope_scaling}.
 */
record Rope(
        @Key(doc = "Base of the angles; absent: that of the model type.", above = 0)
        OptionalDouble ropeTheta,

        @Key(doc = "Scaling of positions in its former place.")
        Optional<RopeScaling> ropeScaling,

        @Key(doc = "Base and scaling of positions.") Optional<RopeScaling> ropeParameters) {
    /** The same with {@code absent} where no block is given. */
    Rope withAbsent(RopeScaling absent) {
        boolean given = ropeScaling.isPresent() || ropeParameters.isPresent();
        return given ? this : new Rope(ropeTheta, Optional.empty(), Optional.of(absent));
    }

    /** The base of the model types that name no other. */
    static final double THETA = 10_000;

    /** The block that counts, of which transformers prefers the older; and its name. */
    private Optional<RopeScaling> scaling() {
        return ropeScaling.or(() -> ropeParameters);
    }

    private String block() {
        return ropeScaling.isPresent() ? "rope_scaling" : "rope_parameters";
    }

    /** The base of the angles; {@code absent} where none is given. */
    double theta(double absent) {
        OptionalDouble given = scaling().map(RopeScaling::ropeTheta).orElse(OptionalDouble.empty());
        return given.orElse(ropeTheta.orElse(absent));
    }

    /** The table of {@link #rotary} in a model type that passes over {@code partial_rotary_factor}. */
    Rotary ofAll(int features, double absentTheta, OptionalInt positions, Scope scope) {
        Rotary unscaled = Rotary.of(features, theta(absentTheta));
        return scaling()
                .map(scaling -> scaling.ofAll(unscaled, theta(absentTheta), positions, scope.in(block())))
                .orElse(unscaled);
    }

    /** The factor of all scores that follows from the scaling in {@link LatentFields latent attention}. */
    double scoreFactor() {
        return scaling().map(RopeScaling::scoreFactor).orElse(1.0);
    }

    /** The base of a model type that has no scaling, after a fault where there is one. */
    double unscaledTheta(Scope scope) {
        scaling().ifPresent(scaling -> scaling.refuse(scope.in(block())));
        return theta(THETA);
    }

    /**
     * The table for heads of which a share of the features turns, rounded down.
     *
     * @param absentShare the share where none is given
     * @see #rotary
     */
    Rotary partial(int features, double absentTheta, double absentShare, OptionalInt positions, Scope scope) {
        double share = scaling()
                .map(RopeScaling::partialRotaryFactor)
                .orElse(OptionalDouble.empty())
                .orElse(absentShare);
        int turned = (int) (features * share);
        if (turned < 1 || turned + turned % 2 > features) {
            scope.fault(
                    "partial_rotary_factor",
                    "expected a share of which pairs of head_dim = %s features turn, found %s, which is %s"
                            .formatted(features, share, turned));
        }
        return first(Math.max(1, turned), absentTheta, positions, scope);
    }

    /** The table for heads of which the first {@code turned} features turn. */
    Rotary first(int turned, double absentTheta, OptionalInt positions, Scope scope) {
        Rotary unscaled = Rotary.ofPart(turned, theta(absentTheta));
        return scaling()
                .map(scaling -> scaling.ofPart(unscaled, turned, theta(absentTheta), positions, scope.in(block())))
                .orElse(unscaled);
    }

    /**
     * The table for heads of {@code features}.
     *
     * @param absentTheta base of the angles where none is given
     * @param positions of the model, which some scalings fall back to
     */
    Rotary rotary(int features, double absentTheta, OptionalInt positions, Scope scope) {
        Rotary unscaled = Rotary.of(features, theta(absentTheta));
        return scaling()
                .map(scaling -> scaling.of(unscaled, theta(absentTheta), positions, scope.in(block())))
                .orElse(unscaled);
    }
}
