package org.iclsweep.sweep.run;

import ai.djl.Device;
import ai.djl.ndarray.types.DataType;
import com.fasterxml.jackson.databind.JsonNode;
import java.lang.management.ManagementFactory;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.function.Supplier;
import org.iclsweep.model.decoder.LanguageModel;
import org.iclsweep.model.exactness.ZeroShotScores;
import org.iclsweep.model.prompt.Tokenizer;
import org.jspecify.annotations.Nullable;

/**
 * The one place of a JVM that remembers: loaded models, shared by all task slots. A model stays while it is used, and
 * after that as long as the models together take less than a quarter of the machine's memory; the least recently used
 * goes first.
 */
public final class ModelCache {
    public static final ModelCache OF_THIS_JVM = new ModelCache(physicalMemory() / 4);

    private final long mostBytes;
    private final Map<Key, Use> entries = new LinkedHashMap<>(16, 0.75f, true);

    public ModelCache(long mostBytes) {
        this.mostBytes = mostBytes;
    }

    private record Key(String sha256, DataType type, Device device) {}

    /**
     * A model and what belongs to it.
     *
     * @param config its config.json
     * @param zeroShot its answers to queries without demonstrations
     * @param tokenizer null for models that have none
     */
    public record LoadedModel(
            LanguageModel model,
            ZeroShotScores zeroShot,
            JsonNode config,
            @Nullable Tokenizer tokenizer,
            @Nullable Path directory) {
        void close() {
            model.close();
            if (tokenizer != null) {
                tokenizer.close();
            }
        }
    }

    /** A loaded model, to be closed once by each of its users. */
    public final class Use implements AutoCloseable {
        private final LoadedModel model;
        private final long bytes;
        private int users;

        private Use(LoadedModel model, long bytes) {
            this.model = model;
            this.bytes = bytes;
        }

        public LoadedModel get() {
            return model;
        }

        @Override
        public void close() {
            release(this);
        }
    }

    /**
     * A model in {@code type} on {@code device}, loaded if it is not there.
     *
     * @param sha256 the digest of what determines its logits
     * @param model where it comes from; asked only if it has to be loaded
     */
    public synchronized Use use(String sha256, Supplier<ModelSource> model, DataType type, Device device) {
        Key key = new Key(sha256, type, device);
        Use entry = entries.get(key);
        if (entry == null) {
            ModelSource source = model.get();
            long bytes = source.parameters() * type.getNumOfBytes();
            makeRoom(bytes);
            entry = new Use(source.load(type, device), bytes);
            entries.put(key, entry);
        }
        entry.users++;
        return entry;
    }

    /** Bytes of the weights of all models that are here. */
    public synchronized long bytes() {
        return entries.values().stream().mapToLong(entry -> entry.bytes).sum();
    }

    private synchronized void release(Use entry) {
        entry.users--;
        makeRoom(0);
    }

    private void makeRoom(long wanted) {
        long total = wanted + bytes();
        var oldestFirst = entries.entrySet().iterator();
        while (total > mostBytes && oldestFirst.hasNext()) {
            Use entry = oldestFirst.next().getValue();
            if (entry.users == 0) {
                total -= entry.bytes;
                entry.model.close();
                oldestFirst.remove();
            }
        }
    }

    private static long physicalMemory() {
        return ManagementFactory.getOperatingSystemMXBean() instanceof com.sun.management.OperatingSystemMXBean system
                ? system.getTotalMemorySize()
                : Runtime.getRuntime().maxMemory();
    }
}
