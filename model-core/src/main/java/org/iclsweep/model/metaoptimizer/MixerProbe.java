package org.iclsweep.model.metaoptimizer;

import ai.djl.ndarray.NDArray;
import java.util.List;
import java.util.function.Supplier;
import org.iclsweep.model.kernel.RunObserver;
import org.iclsweep.model.tensor.Doubles;

/** Hands every mixer of a run to a reader, as numbers. */
final class MixerProbe implements RunObserver {

    /** Reads one mixer after another. */
    interface Reader {
        /**
         * @param module name of the mixer, the prefix of its tensors' names
         * @param sides of every row of the run; none where scores are no products of a query and a key, or the model
         *     does not say
         * @param outputs what the mixer adds to the stream at the scored positions [N][D]
         */
        void mixer(String module, List<QkvRecording> sides, double[][] outputs);
    }

    private final Reader reader;
    private List<QkvRecording> qkv = List.of();

    MixerProbe(Reader reader) {
        this.reader = reader;
    }

    @Override
    public void qkv(NDArray q, NDArray k, NDArray v) {
        qkv = QkvRecording.of(q, k, v);
    }

    @Override
    public void mixed(String module, Supplier<NDArray> scored) {
        double[][] outputs;
        try (NDArray rows = scored.get()) {
            outputs = Doubles.rows(rows);
        }
        reader.mixer(module, qkv, outputs);
        qkv = List.of();
    }
}
