package org.iclsweep.model.metaoptimizer;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.types.DataType;
import java.util.Arrays;
import java.util.List;
import java.util.function.Supplier;
import org.iclsweep.model.mixer.LayerProbe;

/** Hands every mixer of a run to a reader, as numbers. */
final class MixerProbe implements LayerProbe {

    /** Reads one mixer after another. */
    interface Reader {
        /**
         * @param module what the mixer's tensors stand below
         * @param sides of every row of the run; none where scores are no products of a query and a key, or the model
         *     does not say
         * @param outputs what the mixer adds to the stream at the scored positions [N][D]
         */
        void mixer(String module, List<QkvRecording> sides, double[][] outputs);
    }

    private final Reader reader;
    private List<QkvRecording> sides = List.of();

    MixerProbe(Reader reader) {
        this.reader = reader;
    }

    @Override
    public void sides(NDArray q, NDArray k, NDArray v) {
        sides = QkvRecording.of(q, k, v);
    }

    @Override
    public void mixed(String module, Supplier<NDArray> scored) {
        double[][] outputs;
        try (NDArray rows = scored.get();
                NDArray exact = rows.toType(DataType.FLOAT64, true)) {
            int columns = (int) exact.getShape().get(1);
            double[] flat = exact.toDoubleArray();
            outputs = new double[flat.length / columns][];
            Arrays.setAll(outputs, row -> Arrays.copyOfRange(flat, row * columns, (row + 1) * columns));
        }
        reader.mixer(module, sides, outputs);
        sides = List.of();
    }
}
