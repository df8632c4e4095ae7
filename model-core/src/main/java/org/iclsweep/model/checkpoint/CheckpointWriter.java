package org.iclsweep.model.checkpoint;

import com.fasterxml.jackson.core.json.JsonWriteFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.SerializationFeature;
import com.fasterxml.jackson.databind.json.JsonMapper;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.stream.Stream;

/** Writes checkpoint directories. */
public final class CheckpointWriter {
    private static final JsonMapper JSON = JsonMapper.builder()
            .enable(SerializationFeature.INDENT_OUTPUT)
            // A configuration that was read with a bare Infinity is written with one.
            .disable(JsonWriteFeature.WRITE_NAN_AS_STRINGS)
            .build();

    private CheckpointWriter() {}

    /**
     * Writes a checkpoint, all or nothing: into a directory beside it, then renamed.
     *
     * @param directory where to; it must not exist, its parent is made where it is missing
     * @param files copied under their own names, such as {@link Checkpoint#textFiles}
     * @throws CheckpointException if the directory exists or cannot be written
     */
    public static void write(Path directory, JsonNode config, List<TensorEntry> tensors, List<Path> files) {
        Path target = directory.toAbsolutePath().normalize();
        requireAbsent(directory, target);
        try {
            Path parent = Files.createDirectories(target.getParent());
            Path unfinished = Files.createDirectory(
                    parent.resolve("." + target.getFileName() + "." + UUID.randomUUID() + ".unfinished"));
            try {
                Files.write(unfinished.resolve("config.json"), JSON.writeValueAsBytes(config));
                SafetensorsWriter.write(unfinished.resolve("model.safetensors"), tensors, Map.of("format", "pt"));
                for (Path file : files) {
                    Files.copy(file, unfinished.resolve(file.getFileName()));
                }
                requireAbsent(directory, target);
                Files.move(unfinished, target, StandardCopyOption.ATOMIC_MOVE);
            } finally {
                delete(unfinished);
            }
        } catch (IOException e) {
            throw new CheckpointException(directory + " cannot be written: " + e, e);
        }
    }

    private static void requireAbsent(Path directory, Path target) {
        if (Files.exists(target)) {
            throw new CheckpointException(directory + " exists already: give the name of a new directory");
        }
    }

    private static void delete(Path directory) throws IOException {
        if (!Files.exists(directory)) {
            return;
        }
        try (Stream<Path> files = Files.walk(directory)) {
            for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
                Files.delete(file);
            }
        }
    }
}
