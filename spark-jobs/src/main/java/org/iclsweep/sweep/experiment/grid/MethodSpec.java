package org.iclsweep.sweep.experiment.grid;

import java.io.Serializable;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.iclsweep.model.conversion.AttentionMatching;
import org.iclsweep.model.conversion.BiasStorage;
import org.iclsweep.model.conversion.ContextDistillation;
import org.iclsweep.model.conversion.ConversionMethod;
import org.iclsweep.model.conversion.Eviction;
import org.iclsweep.model.conversion.ExactConversion;
import org.iclsweep.model.conversion.MergedConversion;
import org.iclsweep.model.conversion.RandomFeatures;
import org.iclsweep.model.conversion.ZeroShot;
import org.iclsweep.sweep.config.Key;
import org.iclsweep.sweep.config.Section;
import org.iclsweep.sweep.config.ValueType;

/**
 * A conversion method of the sweep.
 *
 * @param parameters the method's own settings, as text; empty where it has none
 */
public record MethodSpec(String name, Map<String, String> parameters) implements Serializable {
    /** The methods that there are. A new one: its parameters here, its class in model-core. */
    public static final List<String> NAMES = ConversionMethod.NAMES;

    /** What a sweep has that converts nothing. */
    static final MethodSpec NOTHING = new MethodSpec(ZeroShot.NAME, Map.of());

    static final Key<String> NAME = Key.required(
            "name",
            ValueType.oneOf(NAMES),
            ExactConversion.NAME,
            "`iclca`: the exact conversion of models whose state has a fixed size. `full-cache`: exact for every model;"
                    + " of softmax attention it keeps all keys and values. `merged`: parts of the context converted"
                    + " apart and added up, exact for one layer. Of softmax attention over the whole context there are"
                    + " approximations: `random-features` and `taylor` put features of the keys in the place of the"
                    + " context, `attention-matching` fewer slots with fitted masses and values, `eviction` some of the"
                    + " tokens, `distilled` slots that gradient descent fits to the prompted logits of the context's"
                    + " own tokens, `rank-one-mlp` changes the feed-forward weights of every layer by rank one. `none`: no"
                    + " conversion, the bare model. The other keys are the parameters of one method; a list of values"
                    + " stands for as many methods.");
    static final Key<List<String>> STORAGE = Key.optional(
            ExactConversion.STORAGE,
            ValueType.oneOrMore(ValueType.oneOf(BiasStorage.names())),
            List.of(),
            "`iclca`: what the biases are stored as; int8 has a float32 scale for every row. Default: the type of the"
                    + " computation.");
    static final Key<List<Integer>> PARTS = Key.optional(
            MergedConversion.PARTS,
            ValueType.oneOrMore(ValueType.wholeNumberFrom(1)),
            List.of(MergedConversion.DEFAULT_PARTS),
            "`merged`: how many parts, of as equal a number of tokens as can be.");
    static final Key<List<Integer>> FEATURES = Key.optional(
            RandomFeatures.FEATURES,
            ValueType.oneOrMore(ValueType.wholeNumberFrom(1)),
            List.of(RandomFeatures.DEFAULT_FEATURES),
            "`random-features`: how many each head has.");
    static final Key<List<Long>> SEED = Key.optional(
            RandomFeatures.SEED,
            ValueType.oneOrMore(ValueType.wholeNumber()),
            List.of(0L),
            "`random-features`: what their directions are drawn from.");
    static final Key<List<Integer>> SLOTS = Key.optional(
            AttentionMatching.SLOTS,
            ValueType.oneOrMore(ValueType.wholeNumberFrom(1)),
            List.of(AttentionMatching.DEFAULT_SLOTS),
            "`attention-matching`, `distilled`: how many slots each key head has.");
    static final Key<List<AttentionMatching.Keys>> KEYS_CHOSEN = Key.optional(
            AttentionMatching.KEYS,
            ValueType.oneOrMore(ValueType.oneOf(AttentionMatching.Keys.class)),
            List.of(AttentionMatching.DEFAULT_KEYS),
            "`attention-matching`: how their keys are chosen: by the attention that they are paid, or by orthogonal"
                    + " matching pursuit.");
    static final Key<List<Eviction.Policy>> POLICY = Key.optional(
            Eviction.POLICY,
            ValueType.oneOrMore(ValueType.oneOf(Eviction.Policy.class)),
            List.of(Eviction.DEFAULT_POLICY),
            "`eviction`: which tokens are kept: the first four and the last ones, those that were paid the most"
                    + " attention and the last ones, or at equal distances.");
    static final Key<List<Integer>> BUDGET = Key.optional(
            Eviction.BUDGET,
            ValueType.oneOrMore(ValueType.wholeNumberFrom(1)),
            List.of(Eviction.DEFAULT_BUDGET),
            "`eviction`: how many tokens each key head keeps.");
    static final Key<List<Integer>> STEPS = Key.optional(
            ContextDistillation.STEPS,
            ValueType.oneOrMore(ValueType.wholeNumberFrom(0)),
            List.of(ContextDistillation.DEFAULT_STEPS),
            "`distilled`: steps of gradient descent; 0 is the start itself.");
    static final Key<List<Double>> LEARNING_RATE = Key.optional(
            ContextDistillation.LEARNING_RATE,
            ValueType.oneOrMore(ValueType.numberAbove(0)),
            List.of(ContextDistillation.DEFAULT_LEARNING_RATE),
            "`distilled`: Adam's, about as much as an entry changes in a step.");
    static final Key<List<Integer>> REFERENCE_LENGTH = Key.optional(
            ContextDistillation.REFERENCE_LENGTH,
            ValueType.oneOrMore(ValueType.wholeNumberFrom(1)),
            List.of(ContextDistillation.DEFAULT_REFERENCE_LENGTH),
            "`distilled`: how many of the context's tokens are read at once behind it, in the place of queries. As many as"
                    + " queries have is best.");
    static final Key<List<ContextDistillation.Start>> START = Key.optional(
            ContextDistillation.START,
            ValueType.oneOrMore(ValueType.oneOf(ContextDistillation.Start.class)),
            List.of(ContextDistillation.DEFAULT_START),
            "`distilled`: what slots are before the first step: those of `attention-matching`, or tokens by a policy of"
                    + " `eviction`.");
    public static final List<Key<?>> KEYS = List.of(
            NAME,
            STORAGE,
            PARTS,
            FEATURES,
            SEED,
            SLOTS,
            KEYS_CHOSEN,
            POLICY,
            BUDGET,
            STEPS,
            LEARNING_RATE,
            REFERENCE_LENGTH,
            START);

    public MethodSpec {
        parameters = Collections.unmodifiableSortedMap(new TreeMap<>(parameters));
    }

    /** The method itself. */
    public ConversionMethod method() {
        return ConversionMethod.of(name, parameters);
    }

    /** The name with its parameters, as in messages. */
    String shown() {
        return parameters.isEmpty() ? name : name + " " + parameters;
    }

    /** The methods that one block stands for: one for every combination of its parameters' values. */
    static List<MethodSpec> read(Section section) {
        String name = section.get(NAME);
        List<Key<?>> known = ConversionMethod.parametersOf(name).stream()
                .map(MethodSpec::key)
                .toList();
        List<Key<?>> allowed = new ArrayList<>(List.of(NAME));
        allowed.addAll(known);
        section.allow(allowed);
        List<Map<String, String>> combinations = List.of(Map.of());
        for (Key<?> parameter : known) {
            combinations = each(combinations, parameter.name(), values(section, parameter));
        }
        return combinations.stream()
                .map(parameters -> new MethodSpec(name, parameters))
                .toList();
    }

    /** The key of a method's parameter: each takes a list of values. */
    private static Key<?> key(String parameter) {
        return KEYS.stream()
                .filter(key -> key.name().equals(parameter))
                .findFirst()
                .orElseThrow(() -> new IllegalStateException("no key for the parameter " + parameter));
    }

    /** The values of a parameter, plain; none where it is left out and has no default. */
    private static <T> List<?> values(Section section, Key<T> parameter) {
        T values = section.has(parameter.name()) ? section.get(parameter) : parameter.fallback();
        return (List<?>) parameter.type().plain(values);
    }

    private static List<Map<String, String>> each(
            List<Map<String, String>> combinations, String parameter, List<?> values) {
        if (values.isEmpty()) {
            return combinations;
        }
        List<Map<String, String>> all = new ArrayList<>();
        for (Map<String, String> combination : combinations) {
            for (Object value : values) {
                Map<String, String> with = new TreeMap<>(combination);
                with.put(parameter, value.toString());
                all.add(with);
            }
        }
        return all;
    }
}
