package org.iclsweep.model.family;

/** Rotary positions (arXiv:2104.09864) as transformers' configurations have them, without a scaling of positions. */
final class Rope {
    private static final double ABSENT_THETA = 10_000;

    private Rope() {}

    /** The base of the angles, of {@code rope_theta} or of the block {@code rope_parameters}. */
    static double theta(ConfigurationFields fields) {
        double theta = fields.number("rope_theta", ABSENT_THETA);
        positive(fields, theta);
        unscaled(fields, "rope_scaling");
        ConfigurationFields parameters = unscaled(fields, "rope_parameters");
        if (!parameters.isGiven("rope_theta")) {
            return theta;
        }
        double own = parameters.number("rope_theta", theta);
        positive(parameters, own);
        return own;
    }

    private static void positive(ConfigurationFields fields, double theta) {
        fields.require(theta > 0, "rope_theta", "a positive number");
    }

    /** A block that names no scaling; its key for the kind of scaling was {@code type} before it was renamed. */
    private static ConfigurationFields unscaled(ConfigurationFields fields, String block) {
        ConfigurationFields parameters = fields.in(block);
        parameters.only("rope_type", "default");
        parameters.only("type", "default");
        return parameters;
    }
}
