package org.iclsweep.sweep.experiment.grid;

import com.typesafe.config.ConfigObject;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import org.iclsweep.datasets.fault.Scope;
import org.iclsweep.datasets.reproducible.Digest;
import org.iclsweep.model.checkpoint.Checkpoint;
import org.iclsweep.model.checkpoint.CheckpointException;
import org.iclsweep.model.checkpoint.HubCache;
import org.iclsweep.model.family.Architecture;
import org.iclsweep.model.family.CheckpointTensors;
import org.iclsweep.model.family.ModelException;
import org.iclsweep.sweep.config.InputFiles;
import org.iclsweep.sweep.config.RemoteFiles;
import org.iclsweep.sweep.config.Section;
import org.iclsweep.sweep.experiment.grid.ModelSpec.Keys;
import org.iclsweep.sweep.run.ModelSource;

/** Models as a configuration needs them: their presence, their type, and the digests of their content. */
public final class ModelFiles {
    private ModelFiles() {}

    /** A model that is in a directory. */
    static ModelSpec checkpoint(Section section, Keys keys, InputFiles files) {
        String given = keys.path().orElseThrow();
        String name = keys.name().orElse("");
        ModelSpec unknown = keys.model(name, given, Map.of(), "", null, "");
        Scope scope = section.scope();
        try {
            Optional<Path> directory = HubCache.isName(given) ? Optional.of(HubCache.locate(given)) : files.find(given);
            if (directory.isEmpty()) {
                scope.fault(ModelSpec.PATH, files.missing(given));
                return unknown;
            }
            Checkpoint checkpoint = Checkpoint.open(directory.get());
            String path = sameEverywhere(given, checkpoint);
            section.resolve(ModelSpec.PATH, path);
            String digest = checkpoint.sha256();
            keys.sha256()
                    .filter(expected -> !expected.equals(digest))
                    .ifPresent(expected -> scope.fault(
                            ModelSpec.SHA256,
                            "expected the checkpoint's digest %s, found %s; take the one or the other"
                                    .formatted(digest, expected)));
            int before = scope.faults().count();
            noteMisfits(checkpoint, scope);
            if (scope.faults().count() > before) {
                return unknown;
            }
            String shown = name.isEmpty() ? shown(given, path) + keys.kept().suffix : name;
            String revision = checkpoint.revision().orElse(null);
            return keys.model(shown, path, Map.of(), checkpoint.modelType(), revision, unknown.digestOf(digest));
        } catch (CheckpointException e) {
            scope.fault(ModelSpec.PATH, "expected a checkpoint, found none: " + e.getMessage());
        } catch (UncheckedIOException e) {
            scope.fault(ModelSpec.PATH, "expected a directory that can be read, found an error: " + e.getCause());
        }
        return unknown;
    }

    /** Notes the faults of a checkpoint's config.json, else the tensors that do not fit it: no tensor is read. */
    private static void noteMisfits(Checkpoint checkpoint, Scope scope) {
        try {
            CheckpointTensors.faults(Architecture.of(checkpoint), checkpoint)
                    .forEach(fault -> scope.fault(ModelSpec.PATH, checkpoint.directory() + ": " + fault));
        } catch (ModelException e) {
            scope.faults().addAll(e.faults());
        }
    }

    /** The path as each machine finds it: a URI, a name in the hub's cache with its whole revision, or a directory. */
    private static String sameEverywhere(String given, Checkpoint checkpoint) {
        if (HubCache.isName(given)) {
            return HubCache.pinned(checkpoint).orElse(given);
        }
        return RemoteFiles.isRemote(given) ? given : checkpoint.directory().toString();
    }

    private static String shown(String given, String path) {
        return HubCache.isName(given) ? given : lastPart(path);
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
        String name = keys.name().orElse("");
        String shown = name.isEmpty()
                ? "random-%s-%sx%s".formatted(fields.get("model_type"), fields.get("hidden_size"), fields.get("layers"))
                : name;
        Scope scope = section.scope().in(ModelSpec.RANDOM);
        int before = scope.faults().count();
        RandomModels.check(scope);
        String digest = scope.faults().count() > before ? "" : Digest.of(fields.toString());
        return keys.model(shown, "", fields, String.valueOf(fields.get("model_type")), null, digest);
    }

    /** A model whose files are not held against what was planned with: they have just been read. */
    static ModelSource source(ModelSpec model) {
        if (model.isRandom()) {
            return model.source();
        }
        Checkpoint checkpoint = Checkpoint.open(model.directory());
        return new ModelSource(checkpoint.config(), checkpoint, checkpoint);
    }

    /** The architecture of a model; empty where it has a fault, which is noted already. */
    static Optional<Architecture> layout(ModelSpec model) {
        if (model.sha256().isEmpty()) {
            return Optional.empty();
        }
        return Optional.of(
                model.isRandom()
                        ? Architecture.of(RandomModels.config(model.random()))
                        : Architecture.of(Checkpoint.open(model.directory())));
    }

    /** True if a model's config.json has a field. */
    static boolean names(ModelSpec model, String field) {
        if (model.isRandom()) {
            return model.random().containsKey(field);
        }
        return Checkpoint.open(model.directory()).config().hasNonNull(field);
    }
}
