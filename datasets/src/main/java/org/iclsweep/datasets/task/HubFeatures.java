package org.iclsweep.datasets.task;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.nio.charset.StandardCharsets;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * The features of a data set in the metadata of its Parquet files, where Hugging Face's {@code datasets} writes them as
 * JSON under the key {@code huggingface}.
 */
final class HubFeatures {
    private static final ObjectMapper JSON = new ObjectMapper();

    private HubFeatures() {}

    /** The names of the classes of each column of type {@code ClassLabel}, by their indices. */
    static Map<String, List<String>> classNames(Connection database, String file) throws SQLException {
        try (PreparedStatement query =
                database.prepareStatement("SELECT value FROM parquet_kv_metadata(?) WHERE key = 'huggingface'::BLOB")) {
            query.setString(1, file);
            try (ResultSet result = query.executeQuery()) {
                return result.next() ? classNames(new String(result.getBytes(1), StandardCharsets.UTF_8)) : Map.of();
            }
        }
    }

    private static Map<String, List<String>> classNames(String metadata) {
        Map<String, List<String>> names = new HashMap<>();
        features(metadata).forEach((column, feature) -> {
            List<String> classes = new ArrayList<>();
            feature.path("names").forEach(name -> classes.add(name.asText()));
            names.put(column, classes);
        });
        return names;
    }

    private static Map<String, JsonNode> features(String metadata) {
        Map<String, JsonNode> features = new HashMap<>();
        try {
            JSON.readTree(metadata).path("info").path("features").properties().forEach(feature -> {
                if (feature.getValue().path("_type").asText().equals("ClassLabel")) {
                    features.put(feature.getKey(), feature.getValue());
                }
            });
        } catch (JsonProcessingException e) {
            // Metadata of someone else under the same key: the file is read without names.
            return Map.of();
        }
        return features;
    }
}
