package org.iclsweep.sweep.experiment.grid;

import com.typesafe.config.ConfigObject;
import java.io.Serializable;
import java.nio.file.Path;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.iclsweep.datasets.fault.Checked;
import org.iclsweep.datasets.fault.Key;
import org.iclsweep.datasets.fault.Scope;
import org.iclsweep.datasets.reproducible.Digest;
import org.iclsweep.model.checkpoint.Checkpoint;
import org.iclsweep.model.checkpoint.CheckpointException;
import org.iclsweep.model.checkpoint.HubCache;
import org.iclsweep.model.checkpoint.Weights;
import org.iclsweep.model.decoder.TrainedEmbeddings;
import org.iclsweep.model.family.Architecture;
import org.iclsweep.model.family.RandomWeights;
import org.iclsweep.model.training.InitialWeights;
import org.iclsweep.sweep.config.InputFiles;
import org.iclsweep.sweep.config.RemoteFiles;
import org.iclsweep.sweep.config.Section;
import org.iclsweep.sweep.experiment.KeyBlock;
import org.iclsweep.sweep.run.ModelSource;
import org.iclsweep.sweep.run.UnfitMachineException;
import org.jspecify.annotations.Nullable;

/**
 * A model of the sweep, and the precisions it is run in.
 *
 * @param name its name in the table
 * @param path the absolute path of the checkpoint's directory, or its URI on another file system; empty for a random
 *     model
 * @param kept the part of a checkpoint that is kept
 * @param seed of what is random in the place of the rest
 * @param random the fields of a model made in memory from random weights, as {@code model_type}, {@code hidden_size},
 *     {@code seed}; empty for a checkpoint
 * @param tasks the names of those that it is run on; empty for all
 * @param methods the names of those that convert it; empty for all
 * @param modelType the checkpoint's {@code model_type}
 * @param revision the commit of a checkpoint in the hub's cache; null for any other model
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
        @Nullable String revision,
        String sha256)
        implements Serializable {
    /** The part of a checkpoint that is kept; all else is as a training starts: the controls of arXiv:2311.07772. */
    public enum Kept {
        ALL(""),
        /** Embeddings, head and the norms of the stream. */
        EMBEDDINGS("-embeddings"),
        NONE("-untrained");

        final String suffix;

        Kept(String suffix) {
            this.suffix = suffix;
        }
    }

    static final String PATH = "path";
    static final String RANDOM = "random";
    static final String SHA256 = "sha256";
    private static final String NAME = "name";

    /** The model in the place of one whose block has faults. */
    private static final ModelSpec UNKNOWN =
            new ModelSpec("", "", Kept.ALL, Keys.SEED, Map.of(), List.of(), List.of(), List.of(), "", null, "");

    /** The keys of a model. Those that are left out are no part of a plan's identity, unless they have a default. */
    record Keys(
            @Key(
                    doc =
                            "Its name in the table. Default: the last part of `path`, the whole of `hf:…`, or `random-` with"
                                    + " type and size.")
            Optional<String> name,

            @Key(
                    doc = "A checkpoint's directory; a relative path is looked up in the current directory, then in the"
                            + " project's. A URI, as `hdfs://…` or `s3a://…`, is brought to each machine that needs it."
                            + " `hf:ORG/NAME` or `hf:ORG/NAME@REVISION` is a model in the local cache of the Hugging Face"
                            + " hub (docs/how-to/real-models.md). Either `path` or `random`.",
                    withoutEffectOnRows = true)
            Optional<String> path,

            @Key(
                    doc =
                            "The digest that the checkpoint in `path` must have. Default: any, but the same on all machines.",
                    withoutEffectOnRows = true)
            Optional<String> sha256,

            @Key(
                    doc =
                            "The part of a checkpoint that is kept: `all`, `embeddings` (with the head and the norms of the"
                                    + " stream), or `none`. All else is what a training would start from; for model types that"
                                    + " nothing here trains, random. Default: `all`.")
            Optional<Kept> trained,

            @Key(doc = "The seed of what is random in the place of a checkpoint's weights. Default: `1`.")
            OptionalLong seed,

            @Key(
                    doc = "A model made in memory from random weights: `model_type`, `seed`, `hidden_size`, `layers`,"
                            + " `heads`, `vocab`, and any other field of the model type's config.json.")
            Optional<Map<String, Object>> random,

            @Key(
                    doc = "The precisions it is run in, one after the other.",
                    choices = {"float32", "float64"},
                    nonEmpty = true,
                    distinct = true,
                    otherwise = "['float32']")
            List<String> dtypes,

            @Key(doc = "The names of the tasks that it is run on. Default: all.", nonEmpty = true, distinct = true)
            Optional<List<String>> tasks,

            @Key(
                    doc = "The names of the methods that convert it. Default: all.",
                    among = MethodSpec.Names.class,
                    nonEmpty = true,
                    distinct = true)
            Optional<List<String>> methods)
            implements Checked {
        /** The seed where none is given. */
        static final long SEED = 1;

        @Override
        public void check(Scope scope) {
            if (path.isPresent() == random.isPresent()) {
                scope.fault("expected either a path or a block random { … }, found %s; %s"
                        .formatted(
                                path.isPresent() ? "both" : "neither", path.isPresent() ? "leave one out" : "add one"));
            }
            if (random.isPresent()) {
                Stream.of(SHA256, "trained", "seed")
                        .filter(scope::has)
                        .forEach(key -> scope.fault(
                                key,
                                "expected it beside a path alone, found it beside a block random { … }; "
                                        + (key.equals("seed") ? "move it into the block" : "leave it out")));
            }
        }

        /** The model of a checkpoint's directory or, where that is empty, of random fields. */
        ModelSpec model(
                String shown,
                String directory,
                Map<String, Object> fields,
                String type,
                @Nullable String revision,
                String digest) {
            return new ModelSpec(
                    shown,
                    directory,
                    directory.isEmpty() ? Kept.ALL : kept(),
                    directory.isEmpty() ? SEED : seed.orElse(SEED),
                    fields,
                    dtypes,
                    tasks.orElse(List.of()),
                    methods.orElse(List.of()),
                    type,
                    revision,
                    digest);
        }

        Kept kept() {
            return trained.orElse(Kept.ALL);
        }
    }

    public ModelSpec {
        random = Collections.unmodifiableSortedMap(new TreeMap<>(random));
        dtypes = List.copyOf(dtypes);
        tasks = List.copyOf(tasks);
        methods = List.copyOf(methods);
    }

    public boolean isRunOn(TaskSpec task) {
        return tasks.isEmpty() || tasks.contains(task.name());
    }

    public boolean isConvertedBy(MethodSpec method) {
        return methods.isEmpty() || methods.contains(method.name());
    }

    /** True if it is made in memory. */
    public boolean isRandom() {
        return path.isEmpty();
    }

    /** The digest of the model that a checkpoint with this digest becomes. */
    public String digestOf(String checkpoint) {
        // "initial": these weights were once drawn in another way, and rows of both are not to be mixed
        return kept == Kept.ALL ? checkpoint : Digest.of(checkpoint + " " + kept + " initial " + seed);
    }

    /**
     * The checkpoint's directory on this machine: in its cache of the hub, or brought here if it is elsewhere, as by
     * {@link RemoteFiles#local}.
     */
    public Path directory() {
        return HubCache.isName(path) ? HubCache.locate(path) : RemoteFiles.local(path);
    }

    /**
     * The model, not loaded yet.
     *
     * @throws UnfitMachineException if its files are not those that were planned with, or not in this machine's cache
     */
    public ModelSource source() {
        if (isRandom()) {
            return new ModelSource(RandomModels.config(random), RandomModels.weights(random), null);
        }
        Checkpoint checkpoint = checkpoint();
        String digest = digestOf(RemoteFiles.digestOf(path).orElseGet(checkpoint::sha256));
        if (!digest.equals(sha256)) {
            throw new UnfitMachineException(
                    "%s: the model is not the one that was planned with: expected the digest %s, found %s"
                            .formatted(path, sha256, digest));
        }
        return new ModelSource(checkpoint.config(), weights(checkpoint), checkpoint);
    }

    private Checkpoint checkpoint() {
        try {
            return Checkpoint.open(directory());
        } catch (CheckpointException e) {
            if (HubCache.isName(path)) { // each machine has a cache of its own
                throw new UnfitMachineException(String.valueOf(e.getMessage()));
            }
            throw e;
        }
    }

    private Weights weights(Checkpoint checkpoint) {
        Architecture layout = Architecture.of(checkpoint);
        return switch (kept) {
            case ALL -> checkpoint;
            case EMBEDDINGS -> TrainedEmbeddings.of(layout, checkpoint, untrained(checkpoint, layout));
            case NONE -> untrained(checkpoint, layout);
        };
    }

    /** The weights that a training starts from; random where nothing here trains this type of model. */
    private Weights untrained(Checkpoint checkpoint, Architecture layout) {
        return InitialWeights.areKnown(checkpoint.config())
                ? InitialWeights.of(checkpoint.config(), seed)
                : new RandomWeights(layout, seed);
    }

    /** The keys of a model, for the documentation. */
    static KeyBlock keys() {
        KeyBlock keys = new KeyBlock("sweep.models[]", Keys.class);
        return new KeyBlock(keys.path(), keys.tables(), keys.schema().property(RANDOM, RandomModels.schema()));
    }

    /** @param written the block as HOCON has it */
    static ModelSpec read(Section section, ConfigObject written, InputFiles files) {
        section.resolve(NAME, ""); // first in the block, as where it is read back
        Optional<Keys> keys = section.read(Keys.class);
        if (keys.isEmpty()) {
            return UNKNOWN;
        }
        ModelSpec model = written.get(RANDOM) instanceof ConfigObject random
                ? ModelFiles.random(section, keys.get(), random)
                : ModelFiles.checkpoint(section, keys.get(), files);
        section.resolve(NAME, model.name());
        section.identify(NAME, model.name());
        section.identify(SHA256, model.sha256());
        return model;
    }
}
