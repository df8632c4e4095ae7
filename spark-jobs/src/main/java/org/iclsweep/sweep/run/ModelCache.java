package org.iclsweep.sweep.run;

import ai.djl.Device;
import ai.djl.ndarray.types.DataType;
import com.fasterxml.jackson.databind.JsonNode;
import java.lang.management.ManagementFactory;
import java.util.LinkedHashMap;
import java.util.Map;
import org.iclsweep.model.checkpoint.Checkpoint;
import org.iclsweep.model.checkpoint.Weights;
import org.iclsweep.model.decoder.LanguageModel;
import org.iclsweep.model.decoder.TrainedEmbeddings;
import org.iclsweep.model.family.Architecture;
import org.iclsweep.model.family.RandomWeights;
import org.iclsweep.model.prompt.Tokenizer;
import org.iclsweep.model.prompt.Tokenizers;
import org.iclsweep.model.training.InitialWeights;
import org.iclsweep.sweep.experiment.grid.ModelSpec;
import org.iclsweep.sweep.experiment.grid.RandomModels;
import org.jspecify.annotations.Nullable;

/**
 * The one place of a JVM that remembers: loaded models, shared by all task slots. A model stays while it is used, and
 * after that as long as the models together take less than a quarter of the machine's memory; the least recently used
 * goes first.
 */
public final class ModelCache {
    public static final ModelCache OF_THIS_JVM = new ModelCache(physicalMemory() / 4);

    private final long mostBytes;
    private final Map<Key, Entry> entries = new LinkedHashMap<>(16, 0.75f, true);

    public ModelCache(long mostBytes) {
        this.mostBytes = mostBytes;
    }

    private record Key(String sha256, DataType type, Device device) {}

    private static final class Entry {
        final LoadedModel model;
        final long bytes;
        int users;

        Entry(LoadedModel model, long bytes) {
            this.model = model;
            this.bytes = bytes;
        }
    }

    /**
     * A model and what belongs to it.
     *
     * @param config its config.json
     * @param tokenizer null for models that have none
     */
    public record LoadedModel(
            LanguageModel model, JsonNode config, @Nullable Tokenizer tokenizer) {
        void close() {
            model.close();
            if (tokenizer != null) {
                tokenizer.close();
            }
        }
    }

    /** A model in use; to be closed by whoever asked for it. */
    public final class Use implements AutoCloseable {
        private final Entry entry;

        private Use(Entry entry) {
            this.entry = entry;
        }

        public LoadedModel get() {
            return entry.model;
        }

        @Override
        public void close() {
            release(entry);
        }
    }

    /** The model of {@code spec} in {@code type} on {@code device}, loaded if it is not there. */
    public synchronized Use use(ModelSpec spec, DataType type, Device device) {
        Key key = new Key(spec.sha256(), type, device);
        Entry entry = entries.get(key);
        if (entry == null) {
            Source source = Source.of(spec);
            long bytes = source.parameters() * type.getNumOfBytes();
            makeRoom(bytes);
            entry = new Entry(source.load(type, device), bytes);
            entries.put(key, entry);
        }
        entry.users++;
        return new Use(entry);
    }

    private synchronized void release(Entry entry) {
        entry.users--;
        makeRoom(0);
    }

    private void makeRoom(long wanted) {
        long total = wanted + entries.values().stream().mapToLong(e -> e.bytes).sum();
        var oldestFirst = entries.entrySet().iterator();
        while (total > mostBytes && oldestFirst.hasNext()) {
            Entry entry = oldestFirst.next().getValue();
            if (entry.users == 0) {
                total -= entry.bytes;
                entry.model.close();
                oldestFirst.remove();
            }
        }
    }

    /** Where a model comes from. */
    private record Source(
            JsonNode config, Weights weights, @Nullable Checkpoint checkpoint) {
        static Source of(ModelSpec spec) {
            if (spec.isRandom()) {
                return new Source(RandomModels.config(spec.random()), RandomModels.weights(spec.random()), null);
            }
            Checkpoint checkpoint = Checkpoint.open(spec.directory());
            String digest = spec.digestOf(checkpoint.sha256());
            if (!digest.equals(spec.sha256())) {
                throw new UnfitMachineException("the model in " + spec.path() + " is not the one that was planned with:"
                        + " its digest is " + digest + ", expected " + spec.sha256());
            }
            return new Source(checkpoint.config(), weights(spec, checkpoint), checkpoint);
        }

        private static Weights weights(ModelSpec spec, Checkpoint checkpoint) {
            Architecture layout = Architecture.of(checkpoint.config()).named(checkpoint);
            return switch (spec.kept()) {
                case ALL -> checkpoint;
                case EMBEDDINGS -> new TrainedEmbeddings(layout, checkpoint, untrained(spec, checkpoint, layout));
                case NONE -> untrained(spec, checkpoint, layout);
            };
        }

        /** What a training starts from; random where nothing here trains this type of model. */
        private static Weights untrained(ModelSpec spec, Checkpoint checkpoint, Architecture layout) {
            return InitialWeights.areKnown(checkpoint.config())
                    ? InitialWeights.of(checkpoint.config(), spec.seed())
                    : new RandomWeights(layout, spec.seed());
        }

        long parameters() {
            return weights.names().stream()
                    .mapToLong(name -> {
                        long size = 1;
                        for (long dimension : weights.shape(name)) {
                            size *= dimension;
                        }
                        return size;
                    })
                    .sum();
        }

        LoadedModel load(DataType type, Device device) {
            Tokenizer tokenizer = checkpoint != null && Tokenizers.has(checkpoint) ? Tokenizers.of(checkpoint) : null;
            return new LoadedModel(LanguageModel.load(config, weights, type, device), config, tokenizer);
        }
    }

    private static long physicalMemory() {
        return ManagementFactory.getOperatingSystemMXBean() instanceof com.sun.management.OperatingSystemMXBean system
                ? system.getTotalMemorySize()
                : Runtime.getRuntime().maxMemory();
    }
}
