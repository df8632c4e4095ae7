package org.iclsweep.model.family;

import java.util.List;
import java.util.Optional;
import java.util.function.IntFunction;
import java.util.stream.IntStream;
import org.iclsweep.datasets.fault.Scope;

/** The fields of a model type's config.json: a record whose components declare them. */
public interface FamilyFields {
    /** The architecture that the fields describe; faults across fields are noted in {@code scope}, their block. */
    Architecture architecture(Scope scope);

    /** True if checkpoints of this type are released in MXFP4, which is decoded. */
    default boolean readsMxfp4() {
        return false;
    }

    /** {@code divisor}, the value of {@code field}, after a fault where it does not divide {@code whole}. */
    static int divisor(Scope scope, String field, int divisor, String ofField, int whole) {
        if (whole % divisor != 0) {
            scope.fault(field, "expected a divisor of %s = %s, found %s".formatted(ofField, whole, divisor));
        }
        return divisor;
    }

    /**
     * The kind of each of {@code layers} layers: {@code given} as {@code layer_types}, or {@code absent} of its number.
     */
    static List<String> layerTypes(Scope scope, Optional<List<String>> given, int layers, IntFunction<String> absent) {
        return kinds(scope, "layer_types", given, layers, absent);
    }

    /** The same of the list {@code field}. */
    static List<String> kinds(
            Scope scope, String field, Optional<List<String>> given, int layers, IntFunction<String> absent) {
        int found = given.map(List::size).orElse(layers);
        if (found != layers) {
            scope.fault(field, "expected one for each of num_hidden_layers = %s, found %s".formatted(layers, found));
        }
        return given.filter(types -> found == layers)
                .orElseGet(() -> IntStream.range(0, layers).mapToObj(absent).toList());
    }
}
