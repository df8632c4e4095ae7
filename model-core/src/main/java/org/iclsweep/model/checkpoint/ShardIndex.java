package org.iclsweep.model.checkpoint;

import com.fasterxml.jackson.databind.JsonNode;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;

/** Which shard holds which tensor. */
record ShardIndex(Map<String, SafetensorsReader> tensors) {
    static final String FILE = "model.safetensors.index.json";

    /**
     * Reads the index of {@code directory} and the header of every shard that it names.
     *
     * @throws CheckpointException if the index is malformed, a shard is missing or outside of the directory, or a
     *     tensor is not in its shard
     */
    static ShardIndex of(CheckpointDirectory directory) {
        Path file = directory.existing(FILE);
        JsonNode map = directory.json(FILE).path("weight_map");
        if (!map.isObject()) {
            throw new CheckpointException(file + " has no object weight_map");
        }
        Map<String, SafetensorsReader> shards = new LinkedHashMap<>();
        Map<String, SafetensorsReader> tensors = new LinkedHashMap<>();
        for (Map.Entry<String, JsonNode> entry : map.properties()) {
            String name = entry.getKey();
            if (!entry.getValue().isTextual()) {
                throw new CheckpointException(file + ": the shard of tensor '" + name + "' is not a file name");
            }
            SafetensorsReader shard = shards.computeIfAbsent(
                    entry.getValue().asText(), s -> SafetensorsReader.open(directory.existing(s)));
            if (!shard.has(name)) {
                throw new CheckpointException(
                        file + " places tensor '" + name + "' in " + shard.file() + ", which does not have it");
            }
            tensors.put(name, shard);
        }
        return new ShardIndex(tensors);
    }
}
