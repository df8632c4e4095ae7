package org.iclsweep.sweep.experiment.grid;

import com.typesafe.config.ConfigObject;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import org.iclsweep.datasets.reproducible.Digest;
import org.iclsweep.model.checkpoint.Checkpoint;
import org.iclsweep.model.checkpoint.CheckpointException;
import org.iclsweep.model.family.Architecture;
import org.iclsweep.model.family.ModelException;
import org.iclsweep.sweep.config.InputFiles;
import org.iclsweep.sweep.config.RemoteFiles;
import org.iclsweep.sweep.config.Section;
import org.iclsweep.sweep.experiment.grid.ModelSpec.Kept;

/** What the configuration has to know of a model: that it is there, its type, and the digest of its content. */
public final class ModelFiles {
    private ModelFiles() {}

    /** A model that stands in a directory. */
    static ModelSpec checkpoint(
            Section section, List<String> dtypes, List<String> tasks, List<String> methods, InputFiles files) {
        String given = section.get(ModelSpec.PATH);
        String name = section.get(ModelSpec.NAME);
        // As with tasks and methods: keys that are left out stand in no plan.
        Kept kept = section.has(ModelSpec.KEPT.name()) ? section.get(ModelSpec.KEPT) : Kept.ALL;
        long seed = section.has(ModelSpec.SEED.name()) ? section.get(ModelSpec.SEED) : ModelSpec.SEED.fallback();
        ModelSpec unknown = new ModelSpec(name, given, kept, seed, Map.of(), dtypes, tasks, methods, "", "");
        try {
            Optional<Path> directory = files.find(given);
            if (directory.isEmpty()) {
                section.fault(ModelSpec.PATH.name(), files.missing(given));
                return unknown;
            }
            String path = RemoteFiles.isRemote(given) ? given : directory.get().toString();
            section.resolve(ModelSpec.PATH.name(), path);
            Checkpoint checkpoint = Checkpoint.open(directory.get());
            requireDigest(section, checkpoint);
            String shown = name.isEmpty() ? lastPart(path) + suffix(kept) : name;
            return new ModelSpec(
                    shown,
                    path,
                    kept,
                    seed,
                    Map.of(),
                    dtypes,
                    tasks,
                    methods,
                    checkpoint.modelType(),
                    unknown.digestOf(checkpoint.sha256()));
        } catch (CheckpointException e) {
            section.fault(ModelSpec.PATH.name(), "not a checkpoint: " + e.getMessage());
        } catch (UncheckedIOException e) {
            section.fault(ModelSpec.PATH.name(), "cannot be read: " + e.getCause());
        }
        return unknown;
    }

    private static String suffix(Kept kept) {
        return switch (kept) {
            case ALL -> "";
            case EMBEDDINGS -> "-embeddings";
            case NONE -> "-untrained";
        };
    }

    private static void requireDigest(Section section, Checkpoint checkpoint) {
        String expected = section.get(ModelSpec.SHA256);
        if (!expected.isEmpty() && !expected.equals(checkpoint.sha256())) {
            section.fault(
                    ModelSpec.SHA256.name(),
                    "the checkpoint's digest is " + checkpoint.sha256() + ", expected " + expected);
        }
    }

    private static String lastPart(String path) {
        String trimmed = path.replaceAll("/+$", "");
        return trimmed.substring(trimmed.lastIndexOf('/') + 1);
    }

    /** A model made of random weights: its digest is that of what it is made from. */
    static ModelSpec random(Section section, List<String> dtypes, List<String> tasks, List<String> methods) {
        section.get(ModelSpec.RANDOM);
        Map<String, Object> fields = new TreeMap<>();
        if (section.block().get(ModelSpec.RANDOM.name()) instanceof ConfigObject block) {
            fields.putAll(block.unwrapped());
        }
        section.resolve(ModelSpec.RANDOM.name(), fields);
        String name = section.get(ModelSpec.NAME);
        if (!(fields.get("model_type") instanceof String type)) {
            section.fault(ModelSpec.RANDOM.name(), "expected a `model_type`, as linear_llama");
            return made(name, fields, dtypes, tasks, methods, "", "");
        }
        String shown = name.isEmpty()
                ? "random-%s-%sx%s".formatted(type, fields.get("hidden_size"), fields.get("layers"))
                : name;
        try {
            Architecture.of(RandomModels.config(fields));
        } catch (ModelException e) {
            Section random = section.child(ModelSpec.RANDOM);
            e.faults().forEach(fault -> random.fault(fault.key(), fault.problem()));
        }
        return made(shown, fields, dtypes, tasks, methods, type, Digest.of(fields.toString()));
    }

    private static ModelSpec made(
            String name,
            Map<String, Object> fields,
            List<String> dtypes,
            List<String> tasks,
            List<String> methods,
            String type,
            String digest) {
        long seed = ModelSpec.SEED.fallback();
        return new ModelSpec(name, "", Kept.ALL, seed, fields, dtypes, tasks, methods, type, digest);
    }

    /** What a model is made of; empty where something is wrong with it. */
    static Optional<Architecture> layout(ModelSpec model) {
        if (model.sha256().isEmpty()) {
            return Optional.empty();
        }
        try {
            return Optional.of(Architecture.of(
                    model.isRandom()
                            ? RandomModels.config(model.random())
                            : Checkpoint.open(model.directory()).config()));
        } catch (ModelException e) {
            // What is wrong with a random model has been said, with a checkpoint's is said when it is loaded.
            return Optional.empty();
        }
    }

    /** Whether a model's config.json has a field. */
    static boolean names(ModelSpec model, String field) {
        if (model.isRandom()) {
            return model.random().containsKey(field);
        }
        return Checkpoint.open(model.directory()).config().hasNonNull(field);
    }
}
