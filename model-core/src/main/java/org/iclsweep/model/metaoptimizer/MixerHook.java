package org.iclsweep.model.metaoptimizer;

import ai.djl.ndarray.NDArray;
import java.util.List;
import java.util.function.Supplier;
import org.iclsweep.model.kernel.CompressedKv.Qkv;
import org.iclsweep.model.kernel.RunObserver;
import org.iclsweep.model.tensor.Doubles;

/** A forward hook that gives q, k, v and the output of every mixer of a run to a reader, as numbers. */
final class MixerHook implements RunObserver {

    /** Reads one mixer after another. */
    interface Reader {
        /**
         * @param module name of the mixer, the prefix of its tensors' names
         * @param qkv of every row of the run; none where scores are no products of a query and a key, or where the
         *     mixer does not report them
         * @param outputs of the mixer at the scored positions [N][D]
         */
        void mixer(String module, List<QkvRecording> qkv, double[][] outputs);
    }

    private final Reader reader;
    private List<QkvRecording> qkv = List.of();

    MixerHook(Reader reader) {
        this.reader = reader;
    }

    @Override
    public void qkv(Supplier<Qkv> seen) {
        Qkv all = seen.get();
        qkv = QkvRecording.of(all.q(), all.k(), all.v());
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
