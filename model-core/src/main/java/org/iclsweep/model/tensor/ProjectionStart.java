package org.iclsweep.model.tensor;

/** The start of a training for the projections q, k, v and the one back of a token mixer, chosen by the model type. */
public enum ProjectionStart {
    /**
     * Normal; keys equal queries, since with another map a token's score with itself can be so small that the
     * normaliser's gradient overflows.
     */
    KEYS_AS_QUERIES,
    /**
     * Normal, each from its own stream: the normaliser of a softmax cannot be small, and with equal maps every token
     * would attend to itself alone.
     */
    INDEPENDENT,
    /**
     * For the delta rule, as it learns best: queries and keys are one orthogonal map, the output is the transpose of
     * the values' map, convolutions average queries and keys and leave values as they are.
     */
    ORTHOGONAL;

    private static final String QUERY = "q_proj.weight";
    private static final String VALUE = "v_proj.weight";

    /** {@code q_proj} [outputs, inputs]. */
    public ParameterSpec query(long outputs, long inputs) {
        return projection(QUERY, QUERY, outputs, inputs);
    }

    /** {@code k_proj} [outputs, inputs]. */
    public ParameterSpec key(long outputs, long inputs) {
        String own = "k_proj.weight";
        return projection(own, this == INDEPENDENT ? own : QUERY, outputs, inputs);
    }

    /** {@code v_proj} [outputs, inputs]. */
    public ParameterSpec value(long outputs, long inputs) {
        return projection(VALUE, VALUE, outputs, inputs);
    }

    private ParameterSpec projection(String name, String drawnAs, long outputs, long inputs) {
        return ParameterSpec.matrix(name, outputs, inputs)
                .startingAs(
                        this == ORTHOGONAL
                                ? Initializer.orthogonalOf(drawnAs)
                                : Initializer.normalOf(drawnAs, Math.sqrt(1.0 / inputs)));
    }

    /** {@code o_proj} [outputs, inputs]. */
    public ParameterSpec output(long outputs, long inputs) {
        ParameterSpec back = ParameterSpec.backProjection("o_proj.weight", outputs, inputs);
        return this == ORTHOGONAL ? back.startingAs(Initializer.transposedOf(VALUE)) : back;
    }

    /** The taps [channels, 1, taps] of the convolution {@code q_conv1d} or {@code k_conv1d} on queries or keys. */
    public ParameterSpec keyTaps(String convolution, long channels, int taps) {
        return ParameterSpec.taps(convolution + ".weight", channels, taps)
                .startingAs(
                        this == ORTHOGONAL
                                ? Initializer.filled(1f / taps)
                                : Initializer.normalOf("q_conv1d.weight", Math.sqrt(1.0 / taps)));
    }

    /** The taps [channels, 1, taps] of {@code v_conv1d}. */
    public ParameterSpec valueTaps(long channels, int taps) {
        ParameterSpec own = ParameterSpec.taps("v_conv1d.weight", channels, taps);
        return this == ORTHOGONAL ? own.startingAs(Initializer::ownTap) : own;
    }
}
