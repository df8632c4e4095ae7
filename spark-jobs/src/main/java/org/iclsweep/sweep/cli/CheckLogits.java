package org.iclsweep.sweep.cli;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import org.iclsweep.model.checkpoint.Checkpoint;
import org.iclsweep.model.checkpoint.SafetensorsWriter;
import org.iclsweep.model.checkpoint.TensorEntry;
import org.iclsweep.model.decoder.LanguageModel;
import org.iclsweep.model.kernel.RunObserver;
import org.iclsweep.model.layout.Padding;
import org.iclsweep.model.mixer.ContextState;
import org.iclsweep.model.mixer.StateLayout;
import org.iclsweep.model.prompt.Continuation;
import org.iclsweep.model.prompt.TokenSequence;

/**
 * The logits of a few random tokens on a converted checkpoint, which travel with it: {@code icl_check.safetensors} has
 * {@code logits} [Q, V] and, among its metadata, {@code query}. Who loads the checkpoint elsewhere can hold his own
 * against them.
 */
final class CheckLogits {
    static final String FILE = "icl_check.safetensors";

    private static final int QUERY_TOKENS = 4;
    private static final long SEED = 1;

    private CheckLogits() {}

    /**
     * Writes them into {@code converted}, from its biases as they are stored; {@code model} is the original. Nothing is
     * written where the context took all positions that the model has.
     */
    static void write(Path converted, LanguageModel model, StateLayout layout) throws IOException {
        try (NDManager batch = model.newBatch()) {
            Checkpoint stored = Checkpoint.open(converted);
            Map<String, NDArray> biases = new LinkedHashMap<>();
            layout.entries().keySet().stream()
                    .filter(stored::has)
                    .forEach(name -> biases.put(name, stored.read(batch, name, DataType.FLOAT64)));
            ContextState state = ContextState.initial(layout, biases, batch, DataType.FLOAT64);
            int[] query = query(model, state);
            if (query.length > 0) {
                List<Continuation> alone = List.of(new Continuation(TokenSequence.of(query), 0));
                NDArray hidden = model.continued(batch, alone, state, Padding.LONGEST, RunObserver.NONE);
                SafetensorsWriter.write(
                        converted.resolve(FILE),
                        List.of(TensorEntry.of("logits", model.logits(hidden))),
                        Map.of("query", new ObjectMapper().writeValueAsString(query)));
            }
        }
    }

    private static int[] query(LanguageModel model, ContextState state) {
        int tokens = Math.min(QUERY_TOKENS, model.positionsLeft(state, 0));
        return new SplittableRandom(SEED)
                .ints(tokens, 0, model.layout().dimensions().vocabulary())
                .toArray();
    }
}
