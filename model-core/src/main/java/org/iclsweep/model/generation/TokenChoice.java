package org.iclsweep.model.generation;

import java.util.function.Supplier;
import org.iclsweep.datasets.reproducible.RandomStream;
import org.iclsweep.datasets.reproducible.Vectors;

/** Which token follows, given its logits. */
@FunctionalInterface
public interface TokenChoice {
    /** The id of the token, given the logits of all [V], which are finite. */
    int of(double[] logits);

    /** The token of greatest logit, the first of equals. */
    TokenChoice GREEDY = Vectors::argmax;

    /**
     * Tokens drawn from softmax(logits / T). Each supplied choice draws the same numbers, so that two runs differ only
     * where their logits do.
     *
     * @param temperature T, above 0
     */
    static Supplier<TokenChoice> sampled(double temperature, long seed) {
        if (!(temperature > 0) || !Double.isFinite(temperature)) {
            throw new IllegalArgumentException("temperature is " + temperature + ", expected a number above 0");
        }
        return () -> {
            RandomStream random = RandomStream.of(seed);
            return logits -> drawn(logits, temperature, random.nextDouble());
        };
    }

    /** The token at which the sum of probabilities passes {@code share} of all. */
    private static int drawn(double[] logits, double temperature, double share) {
        double most = logits[Vectors.argmax(logits)];
        double[] sums = new double[logits.length];
        double sum = 0;
        for (int token = 0; token < logits.length; token++) {
            sum += Math.exp((logits[token] - most) / temperature);
            sums[token] = sum;
        }
        int token = 0;
        while (token < logits.length - 1 && sums[token] <= share * sum) {
            token++;
        }
        return token;
    }
}
