package org.iclsweep.sweep.config;

/**
 * One key of the configuration; the only place that knows its name, its type, its default and its meaning.
 *
 * @param fallback the default; what a required key reads as after the fault that it is missing has been noted
 * @param required whether it has to be given
 * @param changesRows whether another value can give other rows; only these make the plan's digest
 */
public record Key<T>(
        String name, ValueType<T> type, T fallback, boolean required, boolean changesRows, String meaning) {

    public static <T> Key<T> required(String name, ValueType<T> type, T placeholder, String meaning) {
        return new Key<>(name, type, placeholder, true, true, meaning);
    }

    public static <T> Key<T> optional(String name, ValueType<T> type, T fallback, String meaning) {
        return new Key<>(name, type, fallback, false, true, meaning);
    }

    /** The same key, as one that cannot change what a row says. */
    public Key<T> withoutEffectOnRows() {
        return new Key<>(name, type, fallback, required, false, meaning);
    }
}
