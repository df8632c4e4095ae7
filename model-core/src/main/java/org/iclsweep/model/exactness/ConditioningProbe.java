package org.iclsweep.model.exactness;

import ai.djl.ndarray.NDArray;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Supplier;
import org.iclsweep.model.exactness.Measurement.Conditioning;
import org.iclsweep.model.kernel.RunObserver;
import org.iclsweep.model.tensor.Doubles;
import org.jspecify.annotations.Nullable;

/** Remembers, for every slot and layer, how close to zero the normalisers of its heads came. */
class ConditioningProbe implements RunObserver {
    /** The conditioning of the normalisers of each layer: the least over the heads [B][T]. */
    private final List<List<double[][]>> layers = new ArrayList<>(List.of(new ArrayList<>()));

    @Override
    public void normaliser(NDArray conditioning) {
        int[] heads = {1};
        layers.get(layers.size() - 1).add(Doubles.rows(conditioning.squeeze(3).min(heads)));
    }

    @Override
    public void layer(int layer, Supplier<NDArray> scored) {
        layers.add(new ArrayList<>());
    }

    /** The least conditioning among {@code slots} of {@code row}, with its layer; null where there was none. */
    @Nullable Conditioning least(int row, int[] slots) {
        Conditioning least = null;
        for (int layer = 0; layer < layers.size(); layer++) {
            for (double[][] normaliser : layers.get(layer)) {
                for (int slot : slots) {
                    if (least == null || normaliser[row][slot] < least.value()) {
                        least = new Conditioning(layer, normaliser[row][slot]);
                    }
                }
            }
        }
        return least;
    }
}
