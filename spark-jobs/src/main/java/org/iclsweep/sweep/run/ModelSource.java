package org.iclsweep.sweep.run;

import ai.djl.Device;
import ai.djl.ndarray.types.DataType;
import com.fasterxml.jackson.databind.JsonNode;
import java.util.stream.LongStream;
import org.iclsweep.model.checkpoint.Checkpoint;
import org.iclsweep.model.checkpoint.Weights;
import org.iclsweep.model.decoder.LanguageModel;
import org.iclsweep.model.exactness.ZeroShotScores;
import org.iclsweep.model.family.Architecture;
import org.iclsweep.model.prompt.Tokenizer;
import org.iclsweep.model.prompt.Tokenizers;
import org.jspecify.annotations.Nullable;

/**
 * A model that is not loaded: its configuration and its weights.
 *
 * @param config its config.json
 * @param checkpoint the directory that its tokenizer is in; null for a model made in memory
 */
public record ModelSource(
        JsonNode config, Weights weights, @Nullable Checkpoint checkpoint) {

    /** The number of its scalars. */
    public long parameters() {
        return weights.names().stream()
                .mapToLong(name -> LongStream.of(weights.shape(name)).reduce(1, (size, dimension) -> size * dimension))
                .sum();
    }

    /** Its architecture. */
    public Architecture layout() {
        return Architecture.of(config).named(weights);
    }

    /** Its tokenizer, to be closed by the caller; null if it has none. */
    public @Nullable Tokenizer tokenizer() {
        return checkpoint != null && Tokenizers.has(checkpoint) ? Tokenizers.of(checkpoint) : null;
    }

    /** The model in memory, computed in {@code type}. */
    ModelCache.LoadedModel load(DataType type, Device device) {
        LanguageModel model = LanguageModel.load(config, weights, type, device);
        return new ModelCache.LoadedModel(
                model,
                new ZeroShotScores(model),
                config,
                tokenizer(),
                checkpoint == null ? null : checkpoint.directory());
    }
}
