package org.iclsweep.sweep.experiment.grid;

import com.typesafe.config.ConfigObject;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import org.iclsweep.datasets.fault.Scope;
import org.iclsweep.datasets.reproducible.Digest;
import org.iclsweep.model.checkpoint.Checkpoint;
import org.iclsweep.model.checkpoint.CheckpointException;
import org.iclsweep.model.family.Architecture;
import org.iclsweep.model.family.ModelException;
import org.iclsweep.sweep.config.InputFiles;
import org.iclsweep.sweep.config.RemoteFiles;
import org.iclsweep.sweep.config.Section;
import org.iclsweep.sweep.experiment.grid.ModelSpec.Kept;
import org.iclsweep.sweep.experiment.grid.ModelSpec.Keys;

/** Models as a configuration needs them: their presence, their type, and the digests of their content. */
public final class ModelFiles {
    private ModelFiles() {}

    /** A model that is in a directory. */
    static ModelSpec checkpoint(Section section, Keys keys, InputFiles files) {
        String given = keys.path().orElseThrow();
        String name = keys.name().orElse("");
        Kept kept = keys.trained().orElse(Kept.ALL);
        long seed = keys.seed().orElse(Keys.SEED);
        ModelSpec unknown = keys.model(name, given, kept, seed, Map.of(), "", "");
        Scope scope = section.scope();
        try {
            Optional<Path> directory = files.find(given);
            if (directory.isEmpty()) {
                scope.fault(ModelSpec.PATH, files.missing(given));
                return unknown;
            }
            String path = RemoteFiles.isRemote(given) ? given : directory.get().toString();
            section.resolve(ModelSpec.PATH, path);
            Checkpoint checkpoint = Checkpoint.open(directory.get());
            String digest = checkpoint.sha256();
            keys.sha256()
                    .filter(expected -> !expected.equals(digest))
                    .ifPresent(expected -> scope.fault(
                            ModelSpec.SHA256,
                            "expected the checkpoint's digest %s, found %s; take the one or the other"
                                    .formatted(digest, expected)));
            String shown = name.isEmpty() ? lastPart(path) + suffix(kept) : name;
            return keys.model(shown, path, kept, seed, Map.of(), checkpoint.modelType(), unknown.digestOf(digest));
        } catch (CheckpointException e) {
            scope.fault(ModelSpec.PATH, "expected a checkpoint, found none: " + e.getMessage());
        } catch (UncheckedIOException e) {
            scope.fault(ModelSpec.PATH, "expected a directory that can be read, found an error: " + e.getCause());
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

    private static String lastPart(String path) {
        String trimmed = path.replaceAll("/+$", "");
        return trimmed.substring(trimmed.lastIndexOf('/') + 1);
    }

    /** A model made of random weights: its digest is that of the fields that it is made from. */
    static ModelSpec random(Section section, Keys keys, ConfigObject block) {
        Map<String, Object> fields = new TreeMap<>(block.unwrapped());
        section.resolve(ModelSpec.RANDOM, fields);
        section.identify(ModelSpec.RANDOM, block.toString());
        // Keys of a checkpoint, which change nothing here.
        List.of("trained", "seed")
                .forEach(key -> section.identity().remove(section.scope().path() + "." + key));
        String name = keys.name().orElse("");
        if (!(fields.get("model_type") instanceof String type)) {
            section.scope().fault(ModelSpec.RANDOM, "expected a model_type, as linear_llama, found none; add it");
            return keys.model(name, "", Kept.ALL, Keys.SEED, fields, "", "");
        }
        String shown = name.isEmpty()
                ? "random-%s-%sx%s".formatted(type, fields.get("hidden_size"), fields.get("layers"))
                : name;
        try {
            Architecture.of(RandomModels.config(fields));
        } catch (ModelException e) {
            Scope random = section.scope().in(ModelSpec.RANDOM);
            e.faults().forEach(fault -> random.fault(fault.key(), fault.message()));
        }
        return keys.model(shown, "", Kept.ALL, Keys.SEED, fields, type, Digest.of(fields.toString()));
    }

    /** The architecture of a model; empty where it has a fault. */
    static Optional<Architecture> layout(ModelSpec model) {
        if (model.sha256().isEmpty()) {
            return Optional.empty();
        }
        try {
            return Optional.of(
                    model.isRandom()
                            ? Architecture.of(RandomModels.config(model.random()))
                            : Architecture.of(Checkpoint.open(model.directory())));
        } catch (ModelException e) {
            // The faults of a random model are noted already, those of a checkpoint when it is loaded.
            return Optional.empty();
        }
    }

    /** True if a model's config.json has a field. */
    static boolean names(ModelSpec model, String field) {
        if (model.isRandom()) {
            return model.random().containsKey(field);
        }
        return Checkpoint.open(model.directory()).config().hasNonNull(field);
    }
}
