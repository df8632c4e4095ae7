package org.iclsweep.datasets.task;

import java.util.ArrayList;
import java.util.List;
import org.iclsweep.datasets.demonstration.Answer;
import org.iclsweep.datasets.demonstration.Demonstration;
import org.iclsweep.datasets.demonstration.Input;
import org.iclsweep.datasets.demonstration.SamplingPlan.Sampling;
import org.iclsweep.datasets.fault.Key;
import org.iclsweep.datasets.reproducible.RandomStream;
import org.iclsweep.datasets.reproducible.Vectors;

/**
 * A linear function: y = ⟨w, x⟩ + noise · ε with w ~ N(0, I / dimension) drawn anew for every draw, x ~ N(0, I) of
 * [dimension], ε ~ N(0, 1), so that the squared error of answering 0 is 1 + noise². The queries have noise, too: the
 * least possible squared error is noise². There are no classes to balance: both ways of sampling draw the same.
 */
public final class LinearRegression extends Generator<LinearRegression.Parameters> {
    static final TaskKind<Parameters> KIND =
            new TaskKind<>("linear-regression", Parameters.class, LinearRegression::new);

    /** The distribution of the points and of their values' noise. */
    public record Parameters(
            @Key(doc = "Length of the inputs.", from = 1, otherwise = "8")
            int dimension,

            @Key(doc = "Standard deviation of what is added to ⟨w, x⟩.", from = 0, otherwise = "0")
            double noise) {}

    public LinearRegression(int dimension, double noise) {
        this(KIND.name(), new Parameters(dimension, noise));
    }

    LinearRegression(String name, Parameters parameters) {
        super(name, KIND, parameters);
    }

    @Override
    public Kind kind() {
        return Kind.REGRESSION;
    }

    /** The length of the inputs. */
    public int dimension() {
        return parameters().dimension();
    }

    @Override
    public Draw draw(long seed, int demonstrations, Sampling sampling, int queries) {
        DrawStreams streams = DrawStreams.of(seed);
        double[] weights = streams.latent().nextGaussians(dimension());
        for (int i = 0; i < dimension(); i++) {
            weights[i] /= Math.sqrt(dimension());
        }
        return new Draw(
                examples(demonstrations, weights, streams.demonstrations()),
                examples(queries, weights, streams.queries()));
    }

    private List<Demonstration> examples(int count, double[] weights, RandomStream random) {
        List<Demonstration> examples = new ArrayList<>(count);
        for (int i = 0; i < count; i++) {
            double[] point = random.nextGaussians(dimension());
            double value = Vectors.dot(weights, point) + parameters().noise() * random.nextGaussian();
            examples.add(new Demonstration(i, new Input.Vector(point), new Answer.Value(new double[] {value})));
        }
        return examples;
    }
}
