package org.iclsweep.model.family;

import java.util.Optional;
import java.util.OptionalDouble;
import org.iclsweep.datasets.fault.Inline;
import org.iclsweep.datasets.fault.Key;

/** Rotary positions (arXiv:2104.09864) without a scaling of positions, in any spelling of the base. */
record UnscaledRope(
        @Key(doc = "Base of the angles.", above = 0, otherwise = "10000")
        double ropeTheta,

        @Key(doc = "A block that names no scaling.") Optional<Unscaled> ropeScaling,

        @Key(doc = "The base as newer configurations have it.")
        Optional<Parameters> ropeParameters) {
    /** The kind of scaling, {@code type} before it was renamed. */
    record Unscaled(
            @Key(doc = "Kind of scaling.", choices = "default")
            Optional<String> ropeType,

            @Key(doc = "Former name of rope_type.", choices = "default")
            Optional<String> type) {}

    /** A base beside the kind of scaling. */
    record Parameters(
            @Key(doc = "Base of the angles.", above = 0) OptionalDouble ropeTheta,
            @Inline Unscaled scaling) {}

    /** The base of the angles, of {@code rope_theta} or of the block {@code rope_parameters}. */
    double theta() {
        return ropeParameters
                .map(Parameters::ropeTheta)
                .orElse(OptionalDouble.empty())
                .orElse(ropeTheta);
    }
}
