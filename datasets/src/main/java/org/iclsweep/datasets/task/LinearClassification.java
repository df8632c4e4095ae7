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
 * On which side of a hyperplane: label 1 where ⟨w, x⟩ / ‖w‖ + noise · ε > 0, else 0, with w ~ N(0, I) drawn anew for
 * every draw, x ~ N(0, I) of [dimension], ε ~ N(0, 1).
 */
public final class LinearClassification implements Task {
    private static final List<String> LABELS = List.of("0", "1");

    private final String name;
    private final int dimension;
    private final double noise;

    public LinearClassification(int dimension, double noise) {
        this("linear-classification", dimension, noise);
    }

    public LinearClassification(String name, int dimension, double noise) {
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
        return new Digest()
                .add("linear-classification")
                .add(dimension)
                .add(noise)
                .hex();
    }

    @Override
    public Kind kind() {
        return Kind.CLASSIFICATION;
    }

    @Override
    public List<String> labels() {
        return LABELS;
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
        double[] weights = unit(streams.latent().nextGaussians(dimension));
        ClassSequence labels = new ClassSequence(LABELS.size(), sampling, streams.classes());
        List<Demonstration> drawn = new ArrayList<>(demonstrations);
        for (int i = 0; i < demonstrations; i++) {
            drawn.add(example(i, weights, labels.next(), streams.demonstrations()));
        }
        List<Demonstration> asked = new ArrayList<>(queries);
        for (int i = 0; i < queries; i++) {
            asked.add(example(i, weights, streams.queries().nextInt(2), streams.queries()));
        }
        return new Draw(drawn, asked);
    }

    /**
     * An example with the given label. A point that got the other one is reflected together with its noise: both labels
     * are equally likely and (x, ε) is as likely as (−x, −ε), so this is the distribution under the condition.
     */
    private Demonstration example(int id, double[] weights, int label, RandomStream random) {
        double[] point = random.nextGaussians(dimension);
        double margin = Vectors.dot(weights, point) + noise * random.nextGaussian();
        if (margin > 0 != (label == 1)) {
            for (int i = 0; i < dimension; i++) {
                point[i] = -point[i];
            }
        }
        return new Demonstration(id, new Input.Vector(point), new Answer.Label(label));
    }

    private static double[] unit(double[] vector) {
        double norm = Vectors.norm(vector);
        for (int i = 0; i < vector.length; i++) {
            vector[i] /= norm;
        }
        return vector;
    }
}
