package org.iclsweep.model.decoder;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import java.util.HashSet;
import java.util.Set;
import org.iclsweep.model.checkpoint.StoredType;
import org.iclsweep.model.checkpoint.Weights;
import org.iclsweep.model.family.CheckpointLayout;
import org.iclsweep.model.family.CheckpointLayout.Dimensions;
import org.iclsweep.model.family.CheckpointLayout.ResidualBranch;

/**
 * The control between a trained model and an untrained one (arXiv:2311.07772, "trained embeddings"): embeddings, head
 * and the norms of the stream are those of a checkpoint, mixers and feed-forward parts are others'.
 */
public final class TrainedEmbeddings implements Weights {
    private final Weights stored;
    private final Weights others;
    private final Set<String> kept;

    /**
     * Of the model that {@code layout} describes, with the names of {@code stored}.
     *
     * @param stored of a trained checkpoint
     * @param others everything else, by the same names
     */
    public TrainedEmbeddings(CheckpointLayout layout, Weights stored, Weights others) {
        this.stored = stored;
        this.others = others;
        this.kept = kept(layout);
    }

    private static Set<String> kept(CheckpointLayout layout) {
        Dimensions d = layout.dimensions();
        Set<String> kept = new HashSet<>(Set.of(
                layout.embedding(), CheckpointLayout.HEAD, CheckpointLayout.READOUT, CheckpointLayout.VECTOR_INPUTS));
        layout.learnedPositions().ifPresent(positions -> kept.add(positions.table()));
        layout.embeddingNorm()
                .ifPresent(
                        norm -> kept.addAll(norm.parameterShapes(d.hiddenSize()).keySet()));
        for (int layer = 0; layer < d.layers(); layer++) {
            for (ResidualBranch branch : layout.block(layer)) {
                kept.addAll(branch.norm().parameterShapes(d.hiddenSize()).keySet());
            }
        }
        kept.addAll(layout.finalNorm().parameterShapes(d.hiddenSize()).keySet());
        return kept;
    }

    private Weights of(String name) {
        return kept.contains(name) ? stored : others;
    }

    @Override
    public Set<String> names() {
        return others.names();
    }

    @Override
    public long[] shape(String name) {
        return of(name).shape(name);
    }

    @Override
    public StoredType storedType(String name) {
        return of(name).storedType(name);
    }

    @Override
    public NDArray read(NDManager manager, String name, DataType type) {
        return of(name).read(manager, name, type);
    }
}
