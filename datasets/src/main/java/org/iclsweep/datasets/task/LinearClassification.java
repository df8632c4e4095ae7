package org.iclsweep.datasets.task;

import java.util.List;
import org.iclsweep.datasets.demonstration.Answer;
import org.iclsweep.datasets.demonstration.Demonstration;
import org.iclsweep.datasets.demonstration.Input;
import org.iclsweep.datasets.demonstration.SamplingPlan.Sampling;
import org.iclsweep.datasets.fault.Key;
import org.iclsweep.datasets.reproducible.RandomStream;
import org.iclsweep.datasets.reproducible.Vectors;

/**
 * On which side of a hyperplane: label 1 where ⟨w, x⟩ / ‖w‖ + noise · ε > 0, else 0, with w ~ N(0, I) drawn anew for
 * every draw, x ~ N(0, I) of [dimension], ε ~ N(0, 1).
 */
public final class LinearClassification extends Generator<LinearClassification.Parameters> {
    private static final List<String> LABELS = List.of("0", "1");

    static final TaskKind<Parameters> KIND =
            new TaskKind<>("linear-classification", Parameters.class, LinearClassification::new);

    /** The distribution of the points and of their labels' noise. */
    public record Parameters(
            @Key(doc = "Length of the inputs.", from = 1, otherwise = "8")
            int dimension,

            @Key(doc = "Standard deviation of what is added to ⟨w, x⟩ / ‖w‖.", from = 0, otherwise = "0")
            double noise) {}

    public LinearClassification(int dimension, double noise) {
        this(KIND.name(), new Parameters(dimension, noise));
    }

    LinearClassification(String name, Parameters parameters) {
        super(name, KIND, parameters);
    }

    @Override
    public Kind kind() {
        return Kind.CLASSIFICATION;
    }

    @Override
    public List<String> labels() {
        return LABELS;
    }

    /** The length of the inputs. */
    public int dimension() {
        return parameters().dimension();
    }

    @Override
    public Draw draw(long seed, int demonstrations, Sampling sampling, int queries) {
        DrawStreams streams = DrawStreams.of(seed);
        double[] weights = unit(streams.latent().nextGaussians(dimension()));
        return draw(
                LABELS.size(),
                streams,
                demonstrations,
                sampling,
                queries,
                (id, label, random) -> example(id, weights, label, random));
    }

    /**
     * An example with the given label. A point that got the other one is reflected together with its noise: both labels
     * are equally likely and (x, ε) is as likely as (−x, −ε), so this is the distribution under the condition.
     */
    private Demonstration example(int id, double[] weights, int label, RandomStream random) {
        double[] point = random.nextGaussians(dimension());
        double margin = Vectors.dot(weights, point) + parameters().noise() * random.nextGaussian();
        if (margin > 0 != (label == 1)) {
            for (int i = 0; i < dimension(); i++) {
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
