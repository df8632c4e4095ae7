package org.iclsweep.model.metaoptimizer;

import java.util.List;
import java.util.OptionalDouble;
import java.util.function.Function;

/** The mean of a measure over those that have it; empty where none has. */
final class MeanOfDefined {
    private MeanOfDefined() {}

    static <T> OptionalDouble of(List<T> all, Function<T, OptionalDouble> measure) {
        return all.stream().map(measure).flatMapToDouble(OptionalDouble::stream).average();
    }
}
