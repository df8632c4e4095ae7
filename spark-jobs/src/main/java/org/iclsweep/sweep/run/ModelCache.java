package org.iclsweep.sweep.run;

import ai.djl.Device;
import ai.djl.ndarray.types.DataType;
import com.fasterxml.jackson.databind.JsonNode;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import java.util.function.Supplier;
import org.iclsweep.model.decoder.LanguageModel;
import org.iclsweep.model.exactness.ZeroShotScores;
import org.iclsweep.model.prompt.Tokenizer;
import org.jspecify.annotations.Nullable;

/**
 * The one place of a JVM that remembers: loaded models, shared by all task slots. A model stays while it is used, and
 * after that as long as the models of its device together take less than {@link DeviceMemory#ofModels}; the least
 * recently used goes first.
 */
public final class ModelCache {
    public static final ModelCache OF_THIS_JVM = new ModelCache(DeviceMemory.OF_THIS_MACHINE);

    private static final double GIB = 1 << 30;

    private final DeviceMemory memory;
    private final Map<Key, Use> entries = new LinkedHashMap<>(16, 0.75f, true);
    /** Models that did not fit with their device to themselves. */
    private final Map<Key, TrialFailure> tooLarge = new HashMap<>();

    public ModelCache(DeviceMemory memory) {
        this.memory = memory;
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
        private final Device device;
        private final long bytes;
        private int users;

        private Use(LoadedModel model, Device device, long bytes) {
            this.model = model;
            this.device = device;
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
     * @throws TrialFailure of all trials, with OUT_OF_MEMORY, where it does not fit; loading is not tried again then,
     *     unless other models were in use at the time
     */
    public synchronized Use use(String sha256, Supplier<ModelSource> model, DataType type, Device device) {
        Key key = new Key(sha256, type, device);
        Use entry = entries.get(key);
        if (entry == null) {
            entry = load(key, model.get());
            entries.put(key, entry);
        }
        entry.users++;
        return entry;
    }

    private Use load(Key key, ModelSource source) {
        @Nullable TrialFailure before = tooLarge.get(key);
        if (before != null) {
            throw before;
        }
        Device device = key.device();
        long bytes = source.parameters() * key.type().getNumOfBytes();
        if (device.isGpu() && bytes > memory.total(device)) {
            throw noRoom(key, bytes, null);
        }
        makeRoom(bytes, memory.ofModels(device), device);
        try {
            return new Use(source.load(key.type(), device), device, bytes);
        } catch (RuntimeException | OutOfMemoryError e) {
            if (!OutOfMemory.isBehind(e)) {
                throw e;
            }
            if (makeRoom(0, 0, device)) { // of its neighbours, those that nobody uses
                return load(key, source);
            }
            throw noRoom(key, bytes, e);
        }
    }

    private TrialFailure noRoom(Key key, long bytes, @Nullable Throwable cause) {
        Device device = key.device();
        TrialFailure failure = TrialFailure.ofAll(
                ErrorCode.OUT_OF_MEMORY,
                String.format(
                        Locale.ROOT,
                        "the model does not fit: its weights take %.2f GiB in %s, %s has %.2f GiB",
                        bytes / GIB,
                        key.type().name().toLowerCase(Locale.ROOT),
                        device.isGpu() ? "gpu:" + device.getDeviceId() : "this machine",
                        memory.total(device) / GIB),
                cause);
        if (entries.values().stream().noneMatch(entry -> entry.device.equals(device))) {
            tooLarge.put(key, failure);
        }
        return failure;
    }

    /** The memory that models and batches share. */
    public DeviceMemory memory() {
        return memory;
    }

    /** Bytes of the weights of all models that are here. */
    public synchronized long bytes() {
        return entries.values().stream().mapToLong(entry -> entry.bytes).sum();
    }

    /** True if a model is here. */
    public synchronized boolean holds(String sha256, DataType type, Device device) {
        return entries.containsKey(new Key(sha256, type, device));
    }

    private synchronized void release(Use entry) {
        entry.users--;
        makeRoom(0, memory.ofModels(entry.device), entry.device);
    }

    /** Closes models that nobody uses until those of the device take less; true if there were any. */
    private boolean makeRoom(long wanted, long most, Device device) {
        int before = entries.size();
        long total = wanted
                + entries.values().stream()
                        .filter(entry -> entry.device.equals(device))
                        .mapToLong(entry -> entry.bytes)
                        .sum();
        var oldestFirst = entries.values().iterator();
        while (total > most && oldestFirst.hasNext()) {
            Use entry = oldestFirst.next();
            if (entry.users == 0 && entry.device.equals(device)) {
                total -= entry.bytes;
                entry.model.close();
                oldestFirst.remove();
            }
        }
        return entries.size() < before;
    }
}
