package org.iclsweep.datasets.task;

import static org.iclsweep.datasets.task.GeneratorParameters.atLeast;
import static org.iclsweep.datasets.task.GeneratorParameters.notNegative;

import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;
import org.iclsweep.datasets.demonstration.Answer;
import org.iclsweep.datasets.demonstration.Demonstration;
import org.iclsweep.datasets.demonstration.Input;
import org.iclsweep.datasets.demonstration.SamplingPlan.Sampling;
import org.iclsweep.datasets.reproducible.Digest;
import org.iclsweep.datasets.reproducible.RandomStream;

/**
 * Which of several clusters: x = m_y + σ ε with class means m_c ~ N(0, I) drawn anew for every draw, ε ~ N(0, I), x of
 * [dimension]. With 4 classes, dimension 8 and σ = 0.7, classes drawn uniformly, the nearest centroid is right for 0.92
 * of the queries after 16 demonstrations.
 */
public final class GaussianClusters implements Task {
    private final String name;
    private final int classes;
    private final int dimension;
    private final double sigma;

    public GaussianClusters(int classes, int dimension, double sigma) {
        this("gaussian-clusters", classes, dimension, sigma);
    }

    public GaussianClusters(String name, int classes, int dimension, double sigma) {
        this.name = name;
        this.classes = atLeast(2, "classes", classes);
        this.dimension = atLeast(1, "dimension", dimension);
        this.sigma = notNegative("sigma", sigma);
    }

    @Override
    public String name() {
        return name;
    }

    @Override
    public String digest() {
        return new Digest()
                .add("gaussian-clusters")
                .add(classes)
                .add(dimension)
                .add(sigma)
                .hex();
    }

    @Override
    public Kind kind() {
        return Kind.CLASSIFICATION;
    }

    @Override
    public List<String> labels() {
        return IntStream.range(0, classes).mapToObj(Integer::toString).toList();
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
        double[][] means = new double[classes][];
        for (int label = 0; label < classes; label++) {
            means[label] = streams.latent().nextGaussians(dimension);
        }
        ClassSequence labels = new ClassSequence(classes, sampling, streams.classes());
        List<Demonstration> drawn = new ArrayList<>(demonstrations);
        for (int i = 0; i < demonstrations; i++) {
            drawn.add(example(i, means, labels.next(), streams.demonstrations()));
        }
        List<Demonstration> asked = new ArrayList<>(queries);
        for (int i = 0; i < queries; i++) {
            asked.add(example(i, means, streams.queries().nextInt(classes), streams.queries()));
        }
        return new Draw(drawn, asked);
    }

    private Demonstration example(int id, double[][] means, int label, RandomStream random) {
        double[] point = random.nextGaussians(dimension);
        for (int i = 0; i < dimension; i++) {
            point[i] = means[label][i] + sigma * point[i];
        }
        return new Demonstration(id, new Input.Vector(point), new Answer.Label(label));
    }
}
