package org.iclsweep.model.decoder;

import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import org.iclsweep.model.checkpoint.MemoryWeights;
import org.iclsweep.model.checkpoint.MemoryWeights.Tensor;
import org.iclsweep.model.checkpoint.Weights;
import org.iclsweep.model.family.Architecture;
import org.iclsweep.model.family.ResidualBranch;
import org.iclsweep.model.tensor.ParameterSpec;

/**
 * The control between a trained model and an untrained one (arXiv:2311.07772, "trained embeddings"): embeddings, head
 * and the norms of the stream are those of a checkpoint, mixers and feed-forward parts are others'.
 */
public final class TrainedEmbeddings {
    private TrainedEmbeddings() {}

    /** Weights for {@code layout}: {@code others} in the blocks, {@code stored} elsewhere, both by the same names. */
    public static Weights of(Architecture layout, Weights stored, Weights others) {
        Set<String> functions = layout.branches().map(ResidualBranch::module).collect(Collectors.toSet());
        Set<String> kept = layout.parameters().stream()
                .filter(parameter -> !functions.contains(parameter.module()))
                .map(ParameterSpec::fullName)
                .collect(Collectors.toSet());
        Map<String, Tensor> tensors = new LinkedHashMap<>();
        for (String name : others.names()) {
            Weights from = kept.contains(name) ? stored : others;
            tensors.put(
                    name,
                    new Tensor(
                            from.storedType(name),
                            from.shape(name),
                            (manager, type) -> from.read(manager, name, type)));
        }
        return new MemoryWeights(tensors);
    }
}
