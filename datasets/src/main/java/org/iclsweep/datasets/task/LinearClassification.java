package org.iclsweep.datasets.task;

import java.util.Arrays;
import java.util.List;
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
 * On which side of a hyperplane: label 1 where ⟨w, x⟩ / ‖w‖ + noise · ε > 0, else 0, with w ~ N(0, I) drawn anew for
 * every draw, x ~ N(0, I) of [dimension], ε ~ N(0, 1).
 */
record LinearClassification(
        @Key(doc = "Length of the inputs.", from = 1, otherwise = "8")
        int dimension,

        @Key(doc = "Standard deviation of what is added to ⟨w, x⟩ / ‖w‖.", from = 0, otherwise = "0")
        double noise)
        implements Generator {
    private static final List<String> LABELS = List.of("0", "1");

    @Override
    public Kind kind() {
        return Kind.CLASSIFICATION;
    }

    @Override
    public List<String> labels() {
        return LABELS;
    }

    @Override
    public Draw draw(long seed, int demonstrations, Sampling sampling, int queries) {
        DrawStreams streams = DrawStreams.of(seed);
        double[] normal = streams.latent().nextGaussians(dimension);
        double norm = Vectors.norm(normal);
        double[] weights = Arrays.stream(normal).map(x -> x / norm).toArray();
        Generator.Example example = (id, label, random) -> example(id, weights, label, random);
        return Generator.draw(LABELS.size(), streams, demonstrations, sampling, queries, example, example);
    }

    /**
     * An example with the given label. A point that got the other one is reflected together with its noise: both labels
     * are equally likely and (x, ε) is as likely as (−x, −ε), so this is the distribution under the condition.
     */
    private Demonstration example(int id, double[] weights, int label, RandomStream random) {
        double[] point = random.nextGaussians(dimension);
        double margin = Vectors.dot(weights, point) + noise * random.nextGaussian();
        boolean isOther = margin > 0 != (label == 1);
        return new Demonstration(
                id, new Input.Vector(isOther ? Vectors.scaled(point, -1) : point), new Answer.Label(label));
    }
}
