package org.iclsweep.sweep.experiment.grid;

import com.typesafe.config.ConfigFactory;
import com.typesafe.config.ConfigObject;
import java.io.Serializable;
import java.nio.file.Path;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.iclsweep.datasets.reproducible.Digest;
import org.iclsweep.model.checkpoint.Checkpoint;
import org.iclsweep.model.checkpoint.Weights;
import org.iclsweep.model.decoder.TrainedEmbeddings;
import org.iclsweep.model.family.Architecture;
import org.iclsweep.model.family.RandomWeights;
import org.iclsweep.model.training.InitialWeights;
import org.iclsweep.sweep.config.InputFiles;
import org.iclsweep.sweep.config.Key;
import org.iclsweep.sweep.config.RemoteFiles;
import org.iclsweep.sweep.config.Section;
import org.iclsweep.sweep.config.ValueType;
import org.iclsweep.sweep.run.ModelSource;
import org.iclsweep.sweep.run.UnfitMachineException;

/**
 * A model of the sweep, and the precisions it is run in.
 *
 * @param name what the table calls it
 * @param path the absolute path of the checkpoint's directory, or its URI on another file system; empty for a random
 *     model
 * @param kept what of a checkpoint is kept
 * @param seed of what is random in the place of the rest
 * @param random the fields of a model made in memory from random weights, as {@code model_type}, {@code hidden_size},
 *     {@code seed}; empty for a checkpoint
 * @param dtypes {@code float32}, {@code float64}
 * @param tasks the names of the tasks that it is run on; empty for all
 * @param methods the names of the methods that convert it; empty for all
 * @param modelType the checkpoint's {@code model_type}
 * @param sha256 the digest of what determines its logits, 64 hexadecimal characters
 */
public record ModelSpec(
        String name,
        String path,
        Kept kept,
        long seed,
        Map<String, Object> random,
        List<String> dtypes,
        List<String> tasks,
        List<String> methods,
        String modelType,
        String sha256)
        implements Serializable {
    /** What of a checkpoint is kept; all else is as a training starts: the controls of arXiv:2311.07772. */
    public enum Kept {
        ALL,
        /** Embeddings, head and the norms of the stream. */
        EMBEDDINGS,
        NONE
    }

    static final List<String> DTYPES = List.of("float32", "float64");

    static final Key<String> NAME = Key.optional(
            "name",
            ValueType.text(),
            "",
            "What the table calls it. Default: the last part of `path`, or `random-` with type and size.");
    static final Key<String> PATH = Key.optional(
                    "path",
                    ValueType.text(),
                    "",
                    "A checkpoint's directory; a relative path is looked up in the current directory, then in the"
                            + " project's. A URI, as `hdfs://…` or `s3a://…`, is brought to each machine that needs it."
                            + " Either `path` or `random`.")
            .withoutEffectOnRows();
    static final Key<ConfigObject> RANDOM = Key.optional(
            "random",
            ValueType.block(),
            ConfigFactory.empty().root(),
            "A model made in memory from random weights: `model_type`, `seed`, `hidden_size`, `layers`, `heads`,"
                    + " `vocab`, and any other field of the model type's config.json.");
    static final Key<String> SHA256 = Key.optional(
                    "sha256",
                    ValueType.text(),
                    "",
                    "The digest that the checkpoint in `path` must have. Default: any, but the same on all machines.")
            .withoutEffectOnRows();
    static final Key<Kept> KEPT = Key.optional(
            "trained",
            ValueType.oneOf(Kept.class),
            Kept.ALL,
            "What of a checkpoint is kept: `all`, `embeddings` (with the head and the norms of the stream), or `none`. All"
                    + " else is what a training would start from; for `gpt2`, `gla`, `rwkv6` and `rwkv7`, which nothing here"
                    + " trains, random.");
    static final Key<Long> SEED = Key.optional(
            "seed", ValueType.wholeNumber(), 1L, "Of what is random in the place of a checkpoint's weights.");
    static final Key<List<String>> DTYPES_KEY = Key.optional(
            "dtypes",
            ValueType.listOf(ValueType.oneOf(DTYPES)),
            List.of("float32"),
            "The precisions it is run in, one after the other.");
    static final Key<List<String>> TASKS = Key.optional(
            "tasks",
            ValueType.listOf(ValueType.text()),
            List.of(),
            "The names of the tasks that it is run on. Default: all.");
    static final Key<List<String>> METHODS = Key.optional(
            "methods",
            ValueType.listOf(ValueType.oneOf(MethodSpec.NAMES)),
            List.of(),
            "The names of the methods that convert it. Default: all.");
    public static final List<Key<?>> KEYS = List.of(NAME, PATH, SHA256, KEPT, SEED, RANDOM, DTYPES_KEY, TASKS, METHODS);

    public ModelSpec {
        random = Collections.unmodifiableSortedMap(new TreeMap<>(random));
        dtypes = List.copyOf(dtypes);
        tasks = List.copyOf(tasks);
        methods = List.copyOf(methods);
    }

    /** Whether it is run on {@code task}. */
    public boolean isRunOn(TaskSpec task) {
        return tasks.isEmpty() || tasks.contains(task.name());
    }

    /** Whether {@code method} converts it in this sweep. */
    public boolean isConvertedBy(MethodSpec method) {
        return methods.isEmpty() || methods.contains(method.name());
    }

    /** Whether the model is made in memory. */
    public boolean isRandom() {
        return path.isEmpty();
    }

    /** The digest of the model that is made of a checkpoint with this digest. */
    public String digestOf(String checkpoint) {
        // "initial": once these weights were drawn in another way, and rows of both are not to be mixed.
        return kept == Kept.ALL ? checkpoint : Digest.of(checkpoint + " " + kept + " initial " + seed);
    }

    /**
     * The checkpoint's directory on this machine: brought here, if it stands elsewhere.
     *
     * @throws java.io.UncheckedIOException if it cannot be brought here
     */
    public Path directory() {
        return RemoteFiles.local(path);
    }

    /**
     * The model, not loaded yet.
     *
     * @throws UnfitMachineException if its files are not those that were planned with
     */
    public ModelSource source() {
        if (isRandom()) {
            return new ModelSource(RandomModels.config(random), RandomModels.weights(random), null);
        }
        Checkpoint checkpoint = Checkpoint.open(directory());
        String digest = digestOf(checkpoint.sha256());
        if (!digest.equals(sha256)) {
            throw new UnfitMachineException(
                    "%s: the model is not the one that was planned with: expected the digest %s, found %s"
                            .formatted(path, sha256, digest));
        }
        return new ModelSource(checkpoint.config(), weights(checkpoint), checkpoint);
    }

    private Weights weights(Checkpoint checkpoint) {
        Architecture layout = Architecture.of(checkpoint.config()).named(checkpoint);
        return switch (kept) {
            case ALL -> checkpoint;
            case EMBEDDINGS -> new TrainedEmbeddings(layout, checkpoint, untrained(checkpoint, layout));
            case NONE -> untrained(checkpoint, layout);
        };
    }

    /** The weights that a training starts from; random where nothing here trains this type of model. */
    private Weights untrained(Checkpoint checkpoint, Architecture layout) {
        return InitialWeights.areKnown(checkpoint.config())
                ? InitialWeights.of(checkpoint.config(), seed)
                : new RandomWeights(layout, seed);
    }

    static ModelSpec read(Section section, InputFiles files) {
        section.allow(KEYS);
        List<String> dtypes = section.get(DTYPES_KEY);
        // A key that is left out stands in no plan, so that plans made before there was the key stay what they are.
        List<String> tasks = section.has(TASKS.name()) ? section.get(TASKS) : List.of();
        List<String> methods = section.has(METHODS.name()) ? section.get(METHODS) : List.of();
        if (section.has(PATH.name()) == section.has(RANDOM.name())) {
            section.fault("", "expected either a `path` or a block `random { … }`");
            return new ModelSpec("", "", Kept.ALL, SEED.fallback(), Map.of(), dtypes, tasks, methods, "", "");
        }
        ModelSpec model = section.has(PATH.name())
                ? ModelFiles.checkpoint(section, dtypes, tasks, methods, files)
                : ModelFiles.random(section, dtypes, tasks, methods);
        section.resolve(NAME.name(), model.name());
        section.identify(NAME.name(), model.name());
        section.identify("sha256", model.sha256());
        return model;
    }
}
