package org.iclsweep.model.family;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import org.iclsweep.model.mixer.StateSpaceDuality.Range;
import org.iclsweep.model.mixer.ValueMomentum;

/** Typed access to a config.json. Faults are collected, each with the field, what was found and what is expected. */
final class ConfigurationFields {
    private static final String VALUE_MOMENTUM = "value_momentum";

    private final JsonNode config;
    private final String block;
    private final List<String> faults;

    ConfigurationFields(JsonNode config) {
        this(config, "", new ArrayList<>());
    }

    private ConfigurationFields(JsonNode config, String block, List<String> faults) {
        this.config = config;
        this.block = block;
        this.faults = faults;
    }

    /** The fields of a block, whose faults are this one's. */
    ConfigurationFields in(String field) {
        return new ConfigurationFields(config.path(field), block + field + ".", faults);
    }

    /** Whole numbers of at least 0. */
    Set<Integer> indices(String field) {
        Set<Integer> indices = new TreeSet<>();
        for (JsonNode value : config.path(field)) {
            check(
                    value.isIntegralNumber() && value.canConvertToInt() && value.intValue() >= 0,
                    block + field + " has " + value + ", expected whole numbers of at least 0");
            indices.add(value.asInt());
        }
        return indices;
    }

    /** Faults unless the field is absent, or has one of {@code allowed}, as this program computes it. */
    void only(String field, String... allowed) {
        String value = config.path(field).asText();
        check(
                !isGiven(field) || List.of(allowed).contains(value),
                block + field + " is " + value + ", supported is " + String.join(" or ", allowed));
    }

    /** The first of two names of a field if it is given, else the second. */
    String given(String first, String second) {
        return isGiven(first) ? first : second;
    }

    /** Whether a field is there and not null. */
    boolean isGiven(String field) {
        return config.hasNonNull(field);
    }

    /** A positive whole number that must be given. */
    int positive(String field) {
        if (!isGiven(field)) {
            faults.add(block + field + " is missing");
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
        JsonNode value = config.path(field);
        if (!isGiven(field)) {
            return absent;
        }
        if (!value.isIntegralNumber() || !value.canConvertToInt() || value.intValue() < least) {
            faults.add(block + field + " is " + value + ", expected a whole number of at least " + least);
            return Math.max(absent, least);
        }
        return value.intValue();
    }

    /** A finite number. */
    double number(String field, double absent) {
        JsonNode value = config.path(field);
        if (!isGiven(field)) {
            return absent;
        }
        if (!value.isNumber() || !Double.isFinite(value.doubleValue())) {
            faults.add(block + field + " is " + value + ", expected a number");
            return absent;
        }
        return value.doubleValue();
    }

    /**
     * A range [least, most] of numbers from 0 on, without an end where it is absent. Infinity, for which JSON has no
     * word, is written as a bare word, as a string, or as transformers writes it: {"__float__": "Infinity"}.
     */
    Range range(String field) {
        Range all = new Range(0, Double.POSITIVE_INFINITY);
        if (!isGiven(field)) {
            return all;
        }
        JsonNode value = config.path(field);
        double least = extended(value.path(0));
        double most = extended(value.path(1));
        if (!value.isArray() || value.size() != 2 || !(least >= 0 && Double.isFinite(least) && least <= most)) {
            faults.add(field + " is " + value + ", expected two numbers, the first at least 0 and at most the second");
            return all;
        }
        return new Range(least, most);
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

    /** η of momentum attention, a number between 0 and 1; none where it is absent. */
    Optional<ValueMomentum> valueMomentum() {
        JsonNode value = config.path(VALUE_MOMENTUM);
        if (!isGiven(VALUE_MOMENTUM)) {
            return Optional.empty();
        }
        double factor = value.isNumber() ? value.doubleValue() : Double.NaN;
        if (!(factor > 0 && factor < 1)) {
            faults.add(block + VALUE_MOMENTUM + " is " + value
                    + ", expected a number above 0 and below 1, or none for attention without momentum");
            return Optional.empty();
        }
        return Optional.of(new ValueMomentum(factor));
    }

    boolean flag(String field, boolean absent) {
        JsonNode value = config.path(field);
        if (!isGiven(field)) {
            return absent;
        }
        if (!value.isBoolean()) {
            faults.add(block + field + " is " + value + ", expected true or false");
        }
        return value.asBoolean(absent);
    }

    String choice(String field, String absent, Set<String> choices) {
        String value = isGiven(field) ? config.path(field).asText() : absent;
        if (!choices.contains(value)) {
            faults.add(block + field + " is \"" + value + "\", expected one of "
                    + choices.stream().sorted().toList());
            return absent;
        }
        return value;
    }

    /** The share of a head, of {@code heads}, in {@code hiddenSize} times the ratio that {@code field} gives. */
    int perHead(String field, double absent, int hiddenSize, int heads) {
        int all = (int) (hiddenSize * number(field, absent));
        check(
                all > 0 && all % heads == 0,
                "hidden_size " + hiddenSize + " times " + field + " is " + all + ", which " + heads
                        + " heads do not share evenly");
        return Math.max(1, all / heads);
    }

    /** A fault where {@code field}, which stands for {@code what}, is set. */
    void refused(String field, String what) {
        check(!isGiven(field), field + " (" + what + ") is not supported");
    }

    /** The base of the rotary angles, in either spelling of transformers. */
    double ropeTheta() {
        JsonNode parameters = config.path("rope_parameters");
        if (!parameters.path("rope_type").asText("default").equals("default") || config.hasNonNull("rope_scaling")) {
            faults.add(block + "rope_scaling or a rope_type other than \"default\" is not supported");
        }
        double theta = parameters.hasNonNull("rope_theta")
                ? parameters.path("rope_theta").asDouble()
                : number("rope_theta", 10000);
        check(theta > 0, "rope_theta is " + theta + ", expected a positive number");
        return theta;
    }

    void check(boolean holds, String fault) {
        if (!holds) {
            faults.add(fault);
        }
    }

    /** Throws if there were faults. */
    void done(String modelType) {
        if (!faults.isEmpty()) {
            throw new ModelException("config.json of a " + modelType + ": " + String.join("; ", faults));
        }
    }
}
