package org.iclsweep.sweep.experiment.grid;

import java.util.ArrayList;
import java.util.List;
import java.util.function.BiPredicate;

/** Neighbours of a list that belong together. */
public final class Neighbours {
    private Neighbours() {}

    /**
     * Cuts a list into groups.
     *
     * @param joins true if an element belongs to the group before it, which has one element at least
     */
    public static <T> List<List<T>> of(List<T> all, BiPredicate<List<T>, T> joins) {
        List<List<T>> groups = new ArrayList<>();
        for (T one : all) {
            if (groups.isEmpty() || !joins.test(groups.get(groups.size() - 1), one)) {
                groups.add(new ArrayList<>());
            }
            groups.get(groups.size() - 1).add(one);
        }
        return groups;
    }
}
