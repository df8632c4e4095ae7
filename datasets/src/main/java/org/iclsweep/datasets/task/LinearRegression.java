package org.iclsweep.datasets.task;

import static org.iclsweep.datasets.task.GeneratorParameters.atLeast;
import static org.iclsweep.datasets.task.GeneratorParameters.notNegative;

import java.util.ArrayList;
import java.util.List;
import org.iclsweep.datasets.demonstration.Answer;
import org.iclsweep.datasets.demonstration.Demonstration;
import org.iclsweep.datasets.demonstration.Input;
import org.iclsweep.datasets.demonstration.SamplingPlan.Sampling;
import org.iclsweep.datasets.reproducible.Digest;
import org.iclsweep.datasets.reproducible.RandomStream;
import org.iclsweep.datasets.reproducible.Vectors;

/**
 * A linear function: y = ⟨w, x⟩ + noise · ε with w ~ N(0, I / dimension) drawn anew for every draw, x ~ N(0, I) of
 * [dimension], ε ~ N(0, 1), so that the squared error of answering 0 is 1 + noise². The queries have noise, too: the
 * least possible squared error is noise². There are no classes to balance: both ways of sampling draw the same.
 */
public final class LinearRegression implements Task {
    private final String name;
    private final int dimension;
    private final double noise;

    public LinearRegression(int dimension, double noise) {
        this("linear-regression", dimension, noise);
    }

    public LinearRegression(String name, int dimension, double noise) {
        this.name = name;
        this.dimension = atLeast(1, "dimension", dimension);
        this.noise = notNegative("noise", noise);
    }

    @Override
    public String name() {
        return name;
    }

    @Override
    public String digest() {
        return new Digest().add("linear-regression").add(dimension).add(noise).hex();
    }

    @Override
    public Kind kind() {
        return Kind.REGRESSION;
    }

    @Override
    public List<String> labels() {
        return List.of();
    }

    @Override
    public long available() {
        return Long.MAX_VALUE;
    }

    /** The length of the inputs. */
    public int dimension() {
        return dimension;
    }

    @Override
    public Draw draw(long seed, int demonstrations, Sampling sampling, int queries) {
        DrawStreams streams = DrawStreams.of(seed);
        double[] weights = streams.latent().nextGaussians(dimension);
        for (int i = 0; i < dimension; i++) {
            weights[i] /= Math.sqrt(dimension);
        }
        return new Draw(
                examples(demonstrations, weights, streams.demonstrations()),
                examples(queries, weights, streams.queries()));
    }

    private List<Demonstration> examples(int count, double[] weights, RandomStream random) {
        List<Demonstration> examples = new ArrayList<>(count);
        for (int i = 0; i < count; i++) {
            double[] point = random.nextGaussians(dimension);
            double value = Vectors.dot(weights, point) + noise * random.nextGaussian();
            examples.add(new Demonstration(i, new Input.Vector(point), new Answer.Value(new double[] {value})));
        }
        return examples;
    }
}
