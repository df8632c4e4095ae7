package org.iclsweep.sweep.experiment;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.iclsweep.datasets.fault.JsonSchema;
import org.iclsweep.sweep.config.SweepConfiguration;
import org.iclsweep.sweep.config.SweepKeys;
import org.iclsweep.sweep.config.TrainingConfigurationReader;

/**
 * The JSON Schemas of configurations, for editors, from the keys themselves: {@code conf/*.schema.json}. A schema that
 * has a title is a definition of its file, written once.
 */
final class ConfigurationSchema {
    private static final String ROOT = SweepConfiguration.ROOT;
    private static final String TRAINING = TrainingConfigurationReader.ROOT;
    private static final String ELEMENT = "[]";

    private final Map<String, Object> definitions = new TreeMap<>();

    private ConfigurationSchema() {}

    /** The schema of a training's file, which may have variables of its own beside the block. */
    static Map<String, Object> training() {
        return file(JsonSchema.block()
                .property(TRAINING, TrainingConfigurationReader.schema())
                .requiring(TRAINING)
                .with("additionalProperties", true));
    }

    /** The schema of a sweep's file, whose training is whole unless variants bring what it lacks. */
    static Map<String, Object> sweep() {
        List<JsonSchema> kinds =
                Experiments.ALL.stream().map(ConfigurationSchema::ofKind).toList();
        JsonSchema training = TrainingConfigurationReader.schema();
        JsonSchema varied = JsonSchema.ANY.property(ROOT, JsonSchema.ANY.requiring("variants"));
        return file(JsonSchema.block()
                .property(ROOT, JsonSchema.anyOf(kinds))
                .property(TRAINING, training.partial())
                .requiring(ROOT)
                .with("if", varied.keywords())
                .with("else", JsonSchema.ANY.property(TRAINING, training).keywords()));
    }

    /** The block {@code sweep} of one kind; the kind is required but for the first, the default. */
    private static JsonSchema ofKind(Experiment<?, ?> experiment) {
        List<KeyBlock> blocks = experiment.keys();
        JsonSchema kind = blocks.get(0)
                .schema()
                .titled(experiment.kind())
                .property(SweepKeys.KIND, JsonSchema.constant(experiment.kind()));
        for (KeyBlock block : blocks.subList(1, blocks.size())) {
            String key = block.path().substring(ROOT.length() + 1).replace(ELEMENT, "");
            JsonSchema schema = block.schema().titled(key);
            kind = kind.property(
                    key, block.path().endsWith(ELEMENT) ? kind.property(key).with("items", schema.keywords()) : schema);
        }
        return experiment == Experiments.ALL.get(0) ? kind : kind.requiring(SweepKeys.KIND);
    }

    private static Map<String, Object> file(JsonSchema schema) {
        ConfigurationSchema file = new ConfigurationSchema();
        Map<?, ?> root = (Map<?, ?>)
                file.referring(schema.property("$schema", JsonSchema.TEXT).keywords());
        Map<String, Object> whole = new LinkedHashMap<>();
        root.forEach((keyword, value) -> whole.put(String.valueOf(keyword), value));
        whole.put("$schema", "http://json-schema.org/draft-07/schema#");
        whole.put("definitions", file.definitions);
        return whole;
    }

    /** The part of a schema, with references to definitions in the place of those parts of it that have a title. */
    private Object referring(Object part) {
        if (part instanceof List<?> list) {
            return list.stream().map(this::referring).toList();
        }
        if (!(part instanceof Map<?, ?> map)) {
            return part;
        }
        Map<Object, Object> referring = new LinkedHashMap<>();
        map.forEach((keyword, value) -> referring.put(keyword, referring(value)));
        if (!(map.get(JsonSchema.TITLE) instanceof String title)) {
            return referring;
        }
        Object description = referring.remove("description");
        Map<String, Object> reference = new LinkedHashMap<>();
        reference.put("$ref", "#/definitions/" + defined(title.replace(' ', '-'), referring));
        if (description != null) {
            reference.put("description", description);
        }
        return reference;
    }

    /** The name of a definition: its title, with a number where that is another's. */
    private String defined(String title, Object definition) {
        String name = title;
        for (int i = 2; !definitions.getOrDefault(name, definition).equals(definition); i++) {
            name = title + "-" + i;
        }
        definitions.put(name, definition);
        return name;
    }
}
