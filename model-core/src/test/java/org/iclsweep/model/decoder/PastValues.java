package org.iclsweep.model.decoder;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.ArrayList;
import java.util.List;

/** The oracle of momentum attention: Σ_{i&lt;t} η^{t−i} v_i as it is written, over every value that was read. */
final class PastValues {
    private final double factor;
    private final List<double[]> values = new ArrayList<>();

    /** With the η of {@code config}; without one, nothing counts. */
    PastValues(JsonNode config) {
        this.factor = config.path("value_momentum").asDouble(0);
    }

    boolean isPlain() {
        return factor == 0;
    }

    void read(double[] value) {
        values.add(value);
    }

    /** The sum for the token whose value was read last: of those before it. */
    double[] before() {
        return sum(values.size() - 1);
    }

    /** The sum for the token that would be read next. */
    double[] state() {
        return sum(values.size());
    }

    private double[] sum(int t) {
        double[] sum = new double[values.get(0).length];
        for (int i = 0; i < t && !isPlain(); i++) {
            double weight = Math.pow(factor, t - i);
            sum = PlainLoops.sum(sum, PlainLoops.mapped(values.get(i), y -> weight * y));
        }
        return sum;
    }
}
