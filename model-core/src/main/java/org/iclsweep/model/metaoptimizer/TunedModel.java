package org.iclsweep.model.metaoptimizer;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import org.iclsweep.model.decoder.LanguageModel;
import org.iclsweep.model.tensor.OwnedArrays;
import org.iclsweep.model.tensor.Parameters;

/** A model after fine-tuning. It owns the weights that changed, and shares all others with the one before. */
public final class TunedModel implements AutoCloseable {
    private final LanguageModel before;
    private final LanguageModel model;
    private final List<TrainedBlock> blocks;
    private final double[] losses;

    TunedModel(LanguageModel before, LanguageModel model, List<TrainedBlock> blocks, double[] losses) {
        this.before = before;
        this.model = model;
        this.blocks = blocks;
        this.losses = losses;
    }

    /** The model; it is closed with this. */
    public LanguageModel model() {
        return model;
    }

    /** The loss of each demonstration before its own step. */
    public double[] losses() {
        return losses.clone();
    }

    /** ‖Δθ‖ of every block that was to change. */
    public Map<TrainedBlock, Double> changes() {
        Map<TrainedBlock, Double> changes = new LinkedHashMap<>();
        try (NDManager scope = model.newBatch()) {
            for (TrainedBlock block : blocks) {
                NDArray change = of(model, block).sub(of(before, block));
                change.attach(scope);
                changes.put(block, block.norm(change));
            }
        }
        return changes;
    }

    /**
     * A control: the model before, with a random change in the place of every block's, of the same norm and of a
     * direction that all directions are as likely as; a function of {@code seed}.
     */
    public TunedModel randomTwin(long seed) {
        Map<TrainedBlock, Double> norms = changes();
        Map<String, List<TrainedBlock>> byTensor = DemonstrationGradient.byTensor(blocks);
        LanguageModel twin = before.trainable(byTensor::containsKey);
        try (NDManager scope = twin.newBatch()) {
            SplittableRandom random = new SplittableRandom(seed);
            norms.forEach((block, norm) -> {
                NDArray tensor = of(twin, block);
                NDArray direction = TrainedBlock.masked(
                        gaussian(scope, tensor.getShape(), tensor.getDataType(), random), List.of(block), scope);
                tensor.addi(direction.mul(norm / block.norm(direction)));
            });
            return new TunedModel(before, twin, blocks, new double[0]);
        } catch (RuntimeException | Error e) {
            twin.close();
            throw e;
        }
    }

    private static NDArray gaussian(NDManager scope, Shape shape, DataType type, SplittableRandom random) {
        double[] values = new double[Math.toIntExact(shape.size())];
        Arrays.setAll(values, i -> random.nextGaussian());
        return OwnedArrays.of(scope, values, shape, type);
    }

    private static NDArray of(LanguageModel model, TrainedBlock block) {
        return Parameters.of(model.tensors()).get(block.tensor());
    }

    @Override
    public void close() {
        model.close();
    }
}
