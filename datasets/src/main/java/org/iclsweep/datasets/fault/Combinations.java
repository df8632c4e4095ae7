package org.iclsweep.datasets.fault;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** The blocks that a block with lists in the place of single values stands for. */
final class Combinations {
    private Combinations() {}

    /** One block for every combination; a list that is empty or has a value twice is noted. */
    static List<Located> of(BlockType record, Scope scope) {
        List<Located> blocks = List.of(scope.value());
        for (DeclaredKey key : record.keys()) {
            @Nullable Located values = scope.value().get(key.name());
            if (values != null && values.isList() && !key.type().isList()) {
                blocks = each(blocks, key.name(), distinct(values, scope.in(key.name())));
            }
        }
        return blocks;
    }

    private static List<Located> distinct(Located values, Scope scope) {
        if (values.elements().isEmpty()) {
            scope.unexpected("a value, or a list of at least one");
        }
        Set<@Nullable Object> seen = new HashSet<>();
        List<Located> distinct = new ArrayList<>();
        for (int i = 0; i < values.elements().size(); i++) {
            Located value = values.elements().get(i);
            if (seen.add(value.plain())) {
                distinct.add(value);
            } else {
                scope.at(i).fault("expected no value twice, found %s again; leave it out".formatted(value.shown()));
            }
        }
        return distinct;
    }

    private static List<Located> each(List<Located> blocks, String key, List<Located> values) {
        return blocks.stream()
                .flatMap(block -> values.stream().map(value -> block.with(key, value)))
                .toList();
    }
}
