package org.iclsweep.model.generalization;

import ai.djl.Device;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import ai.djl.nn.Activation;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import org.iclsweep.datasets.reproducible.RandomStream;
import org.iclsweep.datasets.reproducible.Vectors;
import org.iclsweep.model.generalization.RunSettings.Architecture;
import org.iclsweep.model.generalization.RunSettings.Optimization;
import org.iclsweep.model.tensor.AdamMoments;
import org.iclsweep.model.tensor.Doubles;
import org.iclsweep.model.tensor.GradientRecording;
import org.iclsweep.model.tensor.Heads;
import org.iclsweep.model.tensor.NativeLibrary;
import org.iclsweep.model.tensor.Norms;
import org.iclsweep.model.tensor.OwnedArrays;
import org.iclsweep.model.tensor.Parameters;
import org.iclsweep.model.training.LearningRateSchedule;

/**
 * R small transformers as GPT-2 (Radford et al. 2019), for the multi-layer experiments of arXiv:2402.15607: causal
 * attention with several heads, layer norms before each part, GELU, learned positions; F is read at the query, the last
 * token. The last layer is computed for the query alone. Trained by Adam, each run's gradient clipped for itself.
 */
final class MultiLayerModels implements Learner {
    private static final long WEIGHTS = 1;
    private static final double EPSILON = 1e-5;

    private final NDManager manager;
    private final Architecture architecture;
    private final Optimization optimization;
    private final DataType type;
    private final int runs;
    private final int width;
    final Map<String, NDArray> weights = new LinkedHashMap<>();
    private final AdamMoments moments;
    private final LearningRateSchedule schedule;

    /** Models before the first step; all have one shape, and one optimiser. */
    MultiLayerModels(List<RunSettings> settings, long[] seeds, int longest, Device device) {
        RunSettings first = settings.get(0);
        architecture = first.architecture();
        optimization = first.optimization();
        type = first.precision().type();
        runs = settings.size();
        width = first.data().tokenDimension();
        manager = NativeLibrary.newManager(device);
        int hidden = architecture.hidden();
        double residual = 1 / Math.sqrt(2.0 * architecture.layers());
        List<RandomStream> random = IntStream.range(0, runs)
                .mapToObj(run -> RandomStream.of(seeds[run], WEIGHTS))
                .toList();
        matrix("embedding", width, hidden, 1, random);
        weights.put("positions", drawn(longest + 1, hidden, 0.02, random));
        for (int layer = 0; layer < architecture.layers(); layer++) {
            String prefix = layer + ".";
            norm(prefix + "norm1", hidden);
            matrix(prefix + "query", hidden, hidden, 1, random);
            matrix(prefix + "key", hidden, hidden, 1, random);
            matrix(prefix + "value", hidden, hidden, 1, random);
            matrix(prefix + "project", hidden, hidden, residual, random);
            norm(prefix + "norm2", hidden);
            matrix(prefix + "up", hidden, architecture.neurons(), 1, random);
            matrix(prefix + "down", architecture.neurons(), hidden, residual, random);
        }
        norm("norm", hidden);
        matrix("head", hidden, 1, 1, random);
        moments = new AdamMoments(0.9, 0.999, 1e-8, weights, manager);
        schedule = new LearningRateSchedule.ConstantThenLinear(optimization.warmup(), 0.8);
    }

    private void matrix(String name, int in, int out, double factor, List<RandomStream> random) {
        weights.put(name, drawn(in, out, factor / Math.sqrt(in), random));
    }

    private NDArray drawn(int rows, int columns, double deviation, List<RandomStream> random) {
        double[] values = new double[runs * rows * columns];
        int index = 0;
        for (RandomStream stream : random) {
            for (double value : stream.nextGaussians(rows * columns)) {
                values[index++] = deviation * value;
            }
        }
        return OwnedArrays.of(manager, values, new Shape(runs, rows, columns), type);
    }

    private void norm(String name, int size) {
        weights.put(name + ".scale", manager.ones(new Shape(runs, 1, size), type));
        weights.put(name + ".shift", manager.zeros(new Shape(runs, 1, size), type));
    }

    @Override
    public NDManager newBatch() {
        return manager.newSubManager();
    }

    @Override
    public boolean readsQueryInContext() {
        return true;
    }

    @Override
    public Forward forward(PromptArrays prompts) {
        NDManager scope = prompts.query().getManager();
        return forward(prompts, Parameters.of(GradientRecording.leaves(weights, scope, name -> false)));
    }

    private Forward forward(PromptArrays prompts, Parameters weights) {
        int count = prompts.prompts();
        int slots = prompts.slots();
        int hidden = architecture.hidden();
        NDArray flat = prompts.context().reshape(new Shape(runs, (long) count * slots, width));
        NDArray positions = Heads.part(weights.get("positions"), 1, 0, slots).expandDims(1);
        NDArray stream = flat.matMul(weights.get("embedding"))
                .reshape(new Shape(runs, count, slots, hidden))
                .add(positions)
                .reshape(new Shape(runs, (long) count * slots, hidden));
        List<NDArray> attention = new ArrayList<>();
        for (int layer = 0; layer < architecture.layers(); layer++) {
            boolean last = layer == architecture.layers() - 1;
            stream = layer(stream, weights.in(String.valueOf(layer)), count, slots, last, attention);
        }
        NDArray output = normed(stream, weights.in("norm")).matMul(weights.get("head"));
        return new Forward(output.reshape(new Shape(runs, count)), attention);
    }

    /** A block on the stream [R, N T, d]; of the last one only the query's place is computed, [R, N, d]. */
    private NDArray layer(
            NDArray stream, Parameters weights, int count, int slots, boolean last, List<NDArray> attention) {
        NDArray normed = normed(stream, weights.in("norm1"));
        NDArray asking = last ? queryPlace(normed, count, slots) : normed;
        int asked = last ? 1 : slots;
        NDArray q = heads(asking.matMul(weights.get("query")), count, asked);
        NDArray k = heads(normed.matMul(weights.get("key")), count, slots);
        NDArray v = heads(normed.matMul(weights.get("value")), count, slots);
        int size = architecture.hidden() / architecture.heads();
        NDArray scores = q.matMul(k.swapAxes(1, 2)).mul(1 / Math.sqrt(size));
        NDArray shares = (last ? scores : scores.add(future(scores))).softmax(2);
        attention.add(ofQuery(shares, count, asked, slots));
        NDArray mixed = Heads.join(
                        shares.matMul(v).reshape(new Shape((long) runs * count, architecture.heads(), asked, size)))
                .reshape(new Shape(runs, (long) count * asked, architecture.hidden()));
        NDArray base = last ? queryPlace(stream, count, slots) : stream;
        NDArray attended = base.add(mixed.matMul(weights.get("project")));
        NDArray wide = normed(attended, weights.in("norm2")).matMul(weights.get("up"));
        return attended.add(Activation.gelu(wide).matMul(weights.get("down")));
    }

    private static NDArray normed(NDArray x, Parameters norm) {
        return Norms.layer(x, norm.get("scale"), norm.get("shift"), EPSILON);
    }

    /** A large negative number where a slot would look ahead, else 0 [T, T]. */
    private static NDArray future(NDArray scores) {
        return Heads.causal(scores, false).sub(1).mul(1e9);
    }

    /** [R, N T, d] to the last slots [R, N, d]. */
    private NDArray queryPlace(NDArray stream, int count, int slots) {
        return stream.reshape(new Shape(runs, count, slots, architecture.hidden()))
                .get(":, :, " + (slots - 1));
    }

    /** [R, N T, d] to [R N H, T, d / H]. */
    private NDArray heads(NDArray x, int count, int slots) {
        int size = architecture.hidden() / architecture.heads();
        return Heads.split(x.reshape(new Shape((long) runs * count, slots, architecture.hidden())), size)
                .reshape(new Shape((long) runs * count * architecture.heads(), slots, size));
    }

    /** Attention of the last slot, the mean over heads [R, N, T]. */
    private NDArray ofQuery(NDArray shares, int count, int asked, int slots) {
        return shares.stopGradient()
                .get(":, " + (asked - 1))
                .reshape(new Shape(runs, count, architecture.heads(), slots))
                .mean(new int[] {2});
    }

    @Override
    public double[] step(PromptArrays prompts, double[] learning, int step) {
        NDManager scope = prompts.query().getManager();
        Map<String, NDArray> leaves = GradientRecording.leaves(weights, scope, name -> true);
        double[] losses = backward(prompts, leaves);
        Map<String, NDArray> gradients = new LinkedHashMap<>();
        leaves.forEach((name, leaf) -> {
            NDArray gradient = leaf.getGradient();
            gradient.attach(scope);
            gradients.put(name, gradient);
        });
        clip(gradients, learning, scope);
        double rate = optimization.learningRate() * schedule.factor(step, optimization.iterations());
        Parameters clipped = Parameters.of(gradients);
        weights.forEach((name, weight) -> moments.update(name, weight, clipped.get(name), step + 1L, rate, 0));
        return losses;
    }

    /** The losses; the gradients stay with the leaves. */
    double[] backward(PromptArrays prompts, Map<String, NDArray> leaves) {
        try (GradientRecording recording = GradientRecording.begin()) {
            NDArray losses = Learner.hinge(
                            forward(prompts, Parameters.of(leaves)).output(), prompts.label())
                    .mean(new int[] {1});
            recording.backward(losses.sum());
            return Doubles.of(losses.stopGradient());
        }
    }

    /** Scales each run's gradient down to the norm allowed, and to nothing for a run that has stopped. */
    private void clip(Map<String, NDArray> gradients, double[] learning, NDManager scope) {
        double[] squares = new double[runs];
        gradients
                .values()
                .forEach(gradient -> Vectors.addScaled(
                        squares, 1, Doubles.of(gradient.mul(gradient).sum(new int[] {1, 2}))));
        double[] factors = new double[runs];
        Arrays.setAll(factors, run -> learning[run] * Math.min(1, optimization.clip() / Math.sqrt(squares[run])));
        NDArray factor = scope.create(factors, new Shape(runs, 1, 1)).toType(type, false);
        gradients.values().forEach(gradient -> gradient.muli(factor));
    }

    @Override
    public void close() {
        manager.close();
    }
}
