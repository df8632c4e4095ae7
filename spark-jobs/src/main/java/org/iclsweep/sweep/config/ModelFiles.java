package org.iclsweep.sweep.config;

import com.typesafe.config.Config;
import com.typesafe.config.ConfigException;
import com.typesafe.config.ConfigFactory;
import com.typesafe.config.ConfigObject;
import com.typesafe.config.ConfigParseOptions;
import com.typesafe.config.ConfigSyntax;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.stream.Stream;

/** What the configuration has to know of a model: that it is there, its type, and the digest of its content. */
final class ModelFiles {
    private static final String CONFIG = "config.json";
    private static final int BUFFER = 1 << 20;

    private ModelFiles() {}

    /** A model that stands in a directory. */
    static ModelSpec checkpoint(Section section, List<String> dtypes, InputFiles files) {
        String given = section.get(ModelSpec.PATH);
        String name = section.get(ModelSpec.NAME);
        Optional<Path> found = files.find(given);
        if (found.isEmpty()) {
            section.fault(ModelSpec.PATH.name(), files.missing(given));
            return new ModelSpec(name, given, Map.of(), dtypes, "", "");
        }
        Path directory = found.get();
        section.resolve(ModelSpec.PATH.name(), directory.toString());
        try {
            String type = modelType(directory);
            String shown = name.isEmpty() ? String.valueOf(directory.getFileName()) : name;
            return new ModelSpec(shown, directory.toString(), Map.of(), dtypes, type, digest(directory));
        } catch (IOException | ConfigException e) {
            section.fault(ModelSpec.PATH.name(), "not a checkpoint: " + e.getMessage());
            return new ModelSpec(name, given, Map.of(), dtypes, "", "");
        }
    }

    /** A model made of random weights: its digest is that of what it is made from. */
    static ModelSpec random(Section section, List<String> dtypes) {
        section.get(ModelSpec.RANDOM);
        Map<String, Object> fields = new TreeMap<>();
        if (section.block().get(ModelSpec.RANDOM.name()) instanceof ConfigObject block) {
            fields.putAll(block.unwrapped());
        }
        section.resolve(ModelSpec.RANDOM.name(), fields);
        String name = section.get(ModelSpec.NAME);
        if (!(fields.get("model_type") instanceof String type)) {
            section.fault(ModelSpec.RANDOM.name(), "expected a `model_type`, as linear_llama");
            return new ModelSpec(name, "", fields, dtypes, "", "");
        }
        String shown = name.isEmpty()
                ? "random-%s-%sx%s".formatted(type, fields.get("hidden_size"), fields.get("layers"))
                : name;
        return new ModelSpec(shown, "", fields, dtypes, type, Sha256.of(fields.toString()));
    }

    /** Whether a model's config.json has a field. */
    static boolean names(ModelSpec model, String field) {
        if (model.isRandom()) {
            return model.random().containsKey(field);
        }
        return config(Path.of(model.path())).hasPath(field);
    }

    private static String modelType(Path directory) throws IOException {
        if (!Files.isRegularFile(directory.resolve(CONFIG))) {
            throw new IOException(directory.resolve(CONFIG) + " is missing");
        }
        return config(directory).getString("model_type");
    }

    private static Config config(Path directory) {
        return ConfigFactory.parseFile(
                directory.resolve(CONFIG).toFile(),
                ConfigParseOptions.defaults().setSyntax(ConfigSyntax.JSON));
    }

    /** SHA-256 over the names and contents of everything that determines the logits of a text. */
    private static String digest(Path directory) throws IOException {
        List<Path> parts;
        try (Stream<Path> listed = Files.list(directory)) {
            parts = listed.filter(ModelFiles::determinesLogits).sorted().toList();
        }
        if (parts.stream().noneMatch(part -> part.toString().endsWith(".safetensors"))) {
            throw new IOException(directory + " has no .safetensors file");
        }
        MessageDigest sha256 = Sha256.begin();
        for (Path part : parts) {
            sha256.update(String.valueOf(part.getFileName()).getBytes(StandardCharsets.UTF_8));
            sha256.update(
                    ByteBuffer.allocate(Long.BYTES).putLong(Files.size(part)).flip());
            try (InputStream content = Files.newInputStream(part)) {
                byte[] buffer = new byte[BUFFER];
                for (int read = content.read(buffer); read >= 0; read = content.read(buffer)) {
                    sha256.update(buffer, 0, read);
                }
            }
        }
        return HexFormat.of().formatHex(sha256.digest());
    }

    private static boolean determinesLogits(Path file) {
        String name = String.valueOf(file.getFileName());
        return name.equals(CONFIG)
                || name.equals("tokenizer.json")
                || name.endsWith(".safetensors")
                || name.endsWith(".safetensors.index.json");
    }
}
