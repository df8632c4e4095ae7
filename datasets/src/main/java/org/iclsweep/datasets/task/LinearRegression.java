package org.iclsweep.datasets.task;

import java.util.Arrays;
import org.iclsweep.datasets.demonstration.Answer;
import org.iclsweep.datasets.demonstration.Demonstration;
import org.iclsweep.datasets.demonstration.Input;
import org.iclsweep.datasets.demonstration.SamplingPlan.Sampling;
import org.iclsweep.datasets.fault.Key;
import org.iclsweep.datasets.reproducible.RandomStream;
import org.iclsweep.datasets.reproducible.Vectors;
import org.iclsweep.datasets.task.Task.Draw;
import org.iclsweep.datasets.task.Task.Kind;

/**
 * A linear function: y = ⟨w, x⟩ + noise · ε with w ~ N(0, I / dimension) drawn anew for every draw, x ~ N(0, I) of
 * [dimension], ε ~ N(0, 1), so that the squared error of answering 0 is 1 + noise². The queries have noise, too: the
 * least possible squared error is noise². There are no classes to balance: both ways of sampling draw the same.
 */
record LinearRegression(
        @Key(doc = "Length of the inputs.", from = 1, otherwise = "8")
        int dimension,

        @Key(doc = "Standard deviation of what is added to ⟨w, x⟩.", from = 0, otherwise = "0")
        double noise)
        implements Generator {
    @Override
    public Kind kind() {
        return Kind.REGRESSION;
    }

    @Override
    public Draw draw(long seed, int demonstrations, Sampling sampling, int queries) {
        DrawStreams streams = DrawStreams.of(seed);
        double[] gaussians = streams.latent().nextGaussians(dimension);
        double[] weights =
                Arrays.stream(gaussians).map(x -> x / Math.sqrt(dimension)).toArray();
        Generator.Example example = (id, none, random) -> example(id, weights, random);
        return Generator.draw(streams, demonstrations, queries, example, example);
    }

    private Demonstration example(int id, double[] weights, RandomStream random) {
        double[] point = random.nextGaussians(dimension);
        double value = Vectors.dot(weights, point) + noise * random.nextGaussian();
        return new Demonstration(id, new Input.Vector(point), new Answer.Value(new double[] {value}));
    }
}
