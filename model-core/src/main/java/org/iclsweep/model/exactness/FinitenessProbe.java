package org.iclsweep.model.exactness;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import java.util.List;
import java.util.OptionalInt;
import java.util.function.Supplier;
import org.iclsweep.model.decoder.LanguageModel;
import org.iclsweep.model.kernel.RunObserver;
import org.iclsweep.model.layout.Padding;
import org.iclsweep.model.prompt.PromptTree;
import org.iclsweep.model.tensor.Doubles;

/** Finds the layer after which the residual stream of a prompt first has a value that is not finite. */
public final class FinitenessProbe implements RunObserver {
    private OptionalInt first = OptionalInt.empty();

    private FinitenessProbe() {}

    /** That layer, or empty if the stream stays finite at the scored positions of {@code prompt}. */
    public static OptionalInt firstLayer(LanguageModel model, PromptTree prompt) {
        FinitenessProbe probe = new FinitenessProbe();
        try (NDManager batch = model.newBatch()) {
            model.prompted(batch, List.of(prompt), Padding.LONGEST, probe);
        }
        return probe.first;
    }

    @Override
    public void layer(int layer, Supplier<NDArray> scored) {
        // A sum is not finite if one of its terms is not; that it overflows by itself is as bad.
        try (NDArray stream = scored.get();
                NDArray sum = stream.abs().sum()) {
            double value = Doubles.scalar(sum);
            if (first.isEmpty() && !Double.isFinite(value)) {
                first = OptionalInt.of(layer);
            }
        }
    }
}
