package org.iclsweep.datasets.task;

import java.util.List;
import java.util.stream.IntStream;
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
 * Which of several clusters: x = m_y + σ ε with class means m_c ~ N(0, I) drawn anew for every draw, ε ~ N(0, I), x of
 * [dimension]. With 4 classes, dimension 8 and σ = 0.7, classes drawn uniformly, the nearest centroid is right for 0.92
 * of the queries after 16 demonstrations.
 */
record GaussianClusters(
        @Key(doc = "Number of clusters, each a class.", from = 2, otherwise = "4")
        int classes,

        @Key(doc = "Length of the inputs.", from = 1, otherwise = "8")
        int dimension,

        @Key(doc = "σ, the spread of a cluster.", from = 0, otherwise = "0.7")
        double sigma)
        implements Generator {
    @Override
    public Kind kind() {
        return Kind.CLASSIFICATION;
    }

    @Override
    public List<String> labels() {
        return IntStream.range(0, classes).mapToObj(Integer::toString).toList();
    }

    @Override
    public Draw draw(long seed, int demonstrations, Sampling sampling, int queries) {
        DrawStreams streams = DrawStreams.of(seed);
        List<double[]> means = IntStream.range(0, classes)
                .mapToObj(label -> streams.latent().nextGaussians(dimension))
                .toList();
        Generator.Example example = (id, label, random) -> example(id, means.get(label), label, random);
        return Generator.draw(classes, streams, demonstrations, sampling, queries, example, example);
    }

    private Demonstration example(int id, double[] mean, int label, RandomStream random) {
        double[] point = mean.clone();
        Vectors.addScaled(point, sigma, random.nextGaussians(dimension));
        return new Demonstration(id, new Input.Vector(point), new Answer.Label(label));
    }
}
