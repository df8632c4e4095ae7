package org.iclsweep.model.tensor;

import org.iclsweep.model.tensor.ParameterSpec.Role;

/** The start of a training for the projections q, k, v and the one back of a token mixer, chosen by the model type. */
public enum ProjectionStart {
    /** Normal; keys equal queries: else scores can be so small that the normaliser's gradient overflows. */
    KEYS_AS_QUERIES,
    /** Normal, each from its own stream: with equal maps every token would attend to itself alone. */
    INDEPENDENT,
    /**
     * For the delta rule, as it learns best: queries and keys are one orthogonal map, the output is the transpose of
     * the values' map, convolutions average queries and keys and leave values as they are.
     */
    ORTHOGONAL;

    /** The projection [outputs, inputs] to {@code side}: q, k or v. */
    public ParameterSpec projection(String side, long outputs, long inputs) {
        String drawnAs = side.equals("k") && this != INDEPENDENT ? "q" : side;
        return ParameterSpec.matrix(side + "_proj.weight", outputs, inputs)
                .startingAs(
                        this == ORTHOGONAL
                                ? Initializer.orthogonalOf(drawnAs + "_proj.weight")
                                : Initializer.normalOf(drawnAs + "_proj.weight", Math.sqrt(1.0 / inputs)))
                .as(role(side));
    }

    /** The bias [outputs] of the projection to {@code side}. */
    public static ParameterSpec bias(String side, long outputs) {
        return ParameterSpec.bias(side + "_proj.bias", outputs).as(role(side));
    }

    private static Role role(String side) {
        return switch (side) {
            case "k" -> Role.KEYS;
            case "v" -> Role.VALUES;
            default -> Role.WEIGHT;
        };
    }

    /** {@code o_proj} [outputs, inputs]. */
    public ParameterSpec output(long outputs, long inputs) {
        ParameterSpec back = ParameterSpec.backProjection("o_proj.weight", outputs, inputs);
        return this == ORTHOGONAL ? back.startingAs(Initializer.transposedOf("v_proj.weight")) : back;
    }

    /** The taps [channels, 1, taps] of the {@code convolution} on {@code side}: q, k or v. */
    public ParameterSpec taps(String side, String convolution, long channels, int taps) {
        ParameterSpec own = ParameterSpec.taps(convolution + ".weight", channels, taps);
        if (side.equals("v")) {
            return this == ORTHOGONAL ? own.startingAs(Initializer::ownTap) : own;
        }
        return own.startingAs(
                this == ORTHOGONAL
                        ? Initializer.filled(1f / taps)
                        : Initializer.normalOf("q_conv1d.weight", Math.sqrt(1.0 / taps)));
    }
}
