package org.iclsweep.datasets.fault;

import java.lang.reflect.AnnotatedElement;
import java.util.Arrays;
import java.util.Collection;
import java.util.Comparator;
import java.util.Locale;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** The spelling of keys and choices in files. */
public enum Spelling {
    /** {@code batch-tokens}, as in HOCON. */
    KEBAB('-'),
    /** {@code hidden_size}, as in a config.json. */
    SNAKE('_');

    private final char separator;

    Spelling(char separator) {
        this.separator = separator;
    }

    /** The name in files of a component or class: {@code batchTokens} → {@code batch-tokens}. */
    public String of(String javaName) {
        StringBuilder name = new StringBuilder();
        for (char c : javaName.toCharArray()) {
            if (Character.isUpperCase(c) && !name.isEmpty()) {
                name.append(separator);
            }
            name.append(Character.toLowerCase(c));
        }
        return name.toString();
    }

    /** The name in files of a constant: {@code BY_LABEL} → {@code by-label}, or its {@link Named}. */
    public String of(Enum<?> constant) {
        try {
            return named(constant.getDeclaringClass().getField(constant.name()))
                    .orElse(constant.name().toLowerCase(Locale.ROOT).replace('_', separator));
        } catch (NoSuchFieldException e) {
            throw new IllegalStateException("a constant has a field of its name", e);
        }
    }

    static Optional<String> named(AnnotatedElement element) {
        @Nullable Named named = element.getAnnotation(Named.class);
        return Optional.ofNullable(named).map(Named::value);
    }

    /** The one of {@code known} that a misspelt name is meant to be, if one is near: two edits, or a third of it. */
    static Optional<String> nearest(String name, Collection<String> known) {
        int most = Math.max(2, name.length() / 3);
        return known.stream()
                .filter(candidate -> edits(name, candidate) <= most)
                .min(Comparator.comparingInt(candidate -> edits(name, candidate)));
    }

    /** The Levenshtein distance, with a change of places of two neighbours counted as two edits. */
    private static int edits(String from, String to) {
        int[] before = new int[to.length() + 1];
        Arrays.setAll(before, i -> i);
        for (int i = 1; i <= from.length(); i++) {
            int[] row = new int[to.length() + 1];
            row[0] = i;
            for (int j = 1; j <= to.length(); j++) {
                int changed = before[j - 1] + (from.charAt(i - 1) == to.charAt(j - 1) ? 0 : 1);
                row[j] = Math.min(changed, 1 + Math.min(row[j - 1], before[j]));
            }
            before = row;
        }
        return before[to.length()];
    }
}
