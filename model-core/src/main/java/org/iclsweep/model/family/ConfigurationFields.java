package org.iclsweep.model.family;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import org.iclsweep.model.family.ModelException.Fault;
import org.iclsweep.model.kernel.ValueMomentum;
import org.iclsweep.model.mixer.StateSpaceDuality.Range;

/**
 * The typed fields of a config.json, or of a block in it. Every fault is collected, as {@code <key>: expected X, found
 * Y}; a field that nobody asked for is one, unless it is a {@link NeutralFields neutral} one. A field that is null is
 * absent.
 */
final class ConfigurationFields {
    private final JsonNode config;
    private final String block;
    private final Set<String> known = new TreeSet<>();
    private final Map<String, ConfigurationFields> blocks = new LinkedHashMap<>();
    private final List<Fault> faults;

    ConfigurationFields(JsonNode config) {
        this(config, "", new ArrayList<>());
    }

    private ConfigurationFields(JsonNode config, String block, List<Fault> faults) {
        this.config = config;
        this.block = block;
        this.faults = faults;
    }

    private JsonNode value(String field) {
        known.add(field);
        return config.path(field);
    }

    /** The fields of a block, whose faults are this one's; the block has none where it is absent. */
    ConfigurationFields in(String field) {
        JsonNode value = value(field);
        if (isGiven(field) && !value.isObject()) {
            fault(field, "a block", value.toString());
        }
        return blocks.computeIfAbsent(field, absent -> new ConfigurationFields(value, block + field + ".", faults));
    }

    /** True if a field is there and not null. */
    boolean isGiven(String field) {
        value(field);
        return config.hasNonNull(field);
    }

    /** True if a field is there and null. */
    boolean isNull(String field) {
        return value(field).isNull();
    }

    /** Fields that the model type has and does not use. */
    void unused(String... fields) {
        known.addAll(Arrays.asList(fields));
    }

    // ---- faults

    /** A fault of {@code field}. */
    void fault(String field, String expected, String found) {
        faults.add(new Fault(block + field, "expected " + expected + ", found " + found));
    }

    /** A fault of {@code field}, shown with its value, unless {@code holds}. */
    void require(boolean holds, String field, String expected) {
        if (!holds) {
            JsonNode found = value(field);
            fault(field, expected, found.isMissingNode() ? "none" : found.toString());
        }
    }

    /** The names of the fields that were asked for. */
    Set<String> known() {
        return known;
    }

    /**
     * Ends the reading.
     *
     * @throws ModelException with all faults, if there were any
     */
    void done(String where, String modelType) {
        refuseUnknown(modelType);
        if (!faults.isEmpty()) {
            throw new ModelException(where, faults);
        }
    }

    private void refuseUnknown(String modelType) {
        config.fields().forEachRemaining(field -> {
            String name = field.getKey();
            boolean neutral = block.isEmpty() && NeutralFields.contains(name);
            if (!known.contains(name) && !neutral && !field.getValue().isNull()) {
                faults.add(new Fault(
                        block + name,
                        "expected a field of a " + modelType + " (" + String.join(", ", known)
                                + "), found an unknown one; correct its name, or remove it if the model does not need"
                                + " it"));
            }
        });
        blocks.values().forEach(inner -> inner.refuseUnknown(modelType));
    }

    // ---- numbers

    /** A positive whole number that must be given. */
    int positive(String field) {
        if (!isGiven(field)) {
            fault(field, "a whole number of at least 1", "none");
            return 1;
        }
        return positive(field, 1);
    }

    /** A positive whole number. */
    int positive(String field, int absent) {
        return whole(field, absent, 1);
    }

    /** A whole number that may be 0. */
    int count(String field, int absent) {
        return whole(field, absent, 0);
    }

    private int whole(String field, int absent, int least) {
        JsonNode value = value(field);
        if (!isGiven(field)) {
            return absent;
        }
        if (!value.isIntegralNumber() || !value.canConvertToInt() || value.intValue() < least) {
            fault(field, "a whole number of at least " + least, value.toString());
            return Math.max(absent, least);
        }
        return value.intValue();
    }

    /** A positive whole number that divides {@code whole}, the value of the field {@code ofField}. */
    int divisor(String field, int absent, String ofField, int whole) {
        int divisor = positive(field, absent);
        if (whole % divisor != 0) {
            fault(field, "a divisor of " + ofField + " = " + whole, String.valueOf(divisor));
        }
        return divisor;
    }

    /** A positive whole number, which may be listed layer by layer if it is the same in all. */
    int sameForAll(String field, int absent) {
        JsonNode sizes = value(field);
        if (!sizes.isArray()) {
            return positive(field, absent);
        }
        int first = sizes.path(0).asInt();
        boolean same = first > 0;
        for (JsonNode size : sizes) {
            same &= size.isIntegralNumber() && size.intValue() == first;
        }
        require(same, field, "one size for all layers");
        return Math.max(1, first);
    }

    /** A finite number. */
    double number(String field, double absent) {
        JsonNode value = value(field);
        if (!isGiven(field)) {
            return absent;
        }
        if (!value.isNumber() || !Double.isFinite(value.doubleValue())) {
            fault(field, "a number", value.toString());
            return absent;
        }
        return value.doubleValue();
    }

    /** Whole numbers of at least 0 and below {@code end}, at least one. */
    Set<Integer> indices(String field, int end) {
        Set<Integer> indices = new TreeSet<>();
        JsonNode values = value(field);
        boolean valid = values.isArray() && !values.isEmpty();
        for (JsonNode value : values) {
            valid &= value.isIntegralNumber() && value.longValue() >= 0 && value.longValue() < end;
            indices.add(value.asInt());
        }
        require(valid, field, "a list of whole numbers from 0 to " + (end - 1));
        return indices;
    }

    /**
     * A range [least, most] of numbers from 0 on, without an end where it is absent. Infinity, which JSON lacks, is
     * written as a bare word, as a string, or as transformers writes it: {"__float__": "Infinity"}.
     */
    Range range(String field) {
        Range all = new Range(0, Double.POSITIVE_INFINITY);
        JsonNode value = value(field);
        if (!isGiven(field)) {
            return all;
        }
        double least = extended(value.path(0));
        double most = extended(value.path(1));
        boolean valid = value.isArray() && value.size() == 2 && least >= 0 && Double.isFinite(least) && least <= most;
        require(valid, field, "two numbers, the first at least 0 and at most the second");
        return valid ? new Range(least, most) : all;
    }

    /** A number, perhaps infinite; NaN where there is none. */
    private static double extended(JsonNode value) {
        if (value.isNumber()) {
            return value.doubleValue();
        }
        return switch (value.path("__float__").asText(value.asText())) {
            case "Infinity", "inf" -> Double.POSITIVE_INFINITY;
            default -> Double.NaN;
        };
    }

    /** The size of each of {@code heads} that share the width {@code hiddenSize} times the ratio of {@code field}. */
    int perHead(String field, double absent, int hiddenSize, int heads) {
        double ratio = number(field, absent);
        int all = (int) (hiddenSize * ratio);
        if (all <= 0 || all % heads != 0) {
            fault(
                    field,
                    "a ratio whose product with hidden_size = " + hiddenSize + " is a multiple of the " + heads
                            + " heads",
                    ratio + ", whose product is " + all);
        }
        return Math.max(1, all / heads);
    }

    // ---- choices

    boolean flag(String field, boolean absent) {
        JsonNode value = value(field);
        if (!isGiven(field)) {
            return absent;
        }
        require(value.isBoolean(), field, "true or false");
        return value.asBoolean(absent);
    }

    /** One of {@code choices}. */
    String choice(String field, String absent, Set<String> choices) {
        if (!isGiven(field)) {
            return absent;
        }
        String value = value(field).asText();
        boolean valid = value(field).isTextual() && choices.contains(value);
        require(valid, field, "one of " + choices.stream().sorted().collect(Collectors.joining(", ")));
        return valid ? value : absent;
    }

    /** The only values of a field that this program computes; it may be absent. */
    void only(String field, String... allowed) {
        require(
                !isGiven(field) || Arrays.asList(allowed).contains(value(field).asText()),
                field,
                String.join(" or ", allowed) + ", the only one that is computed");
    }

    /** A list with one entry per layer, each of which has to be {@code value}; it may be absent. */
    void everyLayer(String field, String value) {
        boolean all = !isGiven(field) || value(field).isArray();
        for (JsonNode one : value(field)) {
            all &= one.asText().equals(value);
        }
        require(all, field, value + " in every layer, which is all that is computed");
    }

    /** The name that is given of two names of one field, the first if neither is. */
    String given(String first, String second) {
        boolean both = isGiven(first) && isGiven(second);
        require(
                !both || value(first).equals(value(second)),
                second,
                "the value of " + first + ", another name of it, " + value(first));
        return isGiven(first) || !isGiven(second) ? first : second;
    }

    /** η of momentum attention, a number between 0 and 1; none where it is absent. */
    Optional<ValueMomentum> valueMomentum() {
        String field = "value_momentum";
        JsonNode value = value(field);
        if (!isGiven(field)) {
            return Optional.empty();
        }
        double factor = value.isNumber() ? value.doubleValue() : Double.NaN;
        boolean valid = factor > 0 && factor < 1;
        require(valid, field, "a number above 0 and below 1, or none for attention without momentum");
        return valid ? Optional.of(new ValueMomentum(factor)) : Optional.empty();
    }
}
