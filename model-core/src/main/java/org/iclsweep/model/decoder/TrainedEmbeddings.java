package org.iclsweep.model.decoder;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import java.util.Set;
import java.util.stream.Collectors;
import org.iclsweep.model.checkpoint.StoredType;
import org.iclsweep.model.checkpoint.Weights;
import org.iclsweep.model.family.Architecture;
import org.iclsweep.model.family.ResidualBranch;
import org.iclsweep.model.tensor.ParameterSpec;

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
    public TrainedEmbeddings(Architecture layout, Weights stored, Weights others) {
        this.stored = stored;
        this.others = others;
        this.kept = kept(layout);
    }

    /** The names of all parameters but those of the functions in the blocks. */
    private static Set<String> kept(Architecture layout) {
        Set<String> functions = layout.branches().map(ResidualBranch::module).collect(Collectors.toSet());
        return layout.parameters().stream()
                .filter(parameter -> !functions.contains(parameter.module()))
                .map(ParameterSpec::fullName)
                .collect(Collectors.toSet());
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
