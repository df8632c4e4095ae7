package org.iclsweep.model.layout;

import ai.djl.ndarray.types.DataType;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * The division of a layout's nodes into groups of siblings: generation by generation, nodes of similar lengths after
 * paths of similar lengths together, as many as the bytes of their scores allow.
 */
final class SiblingGroups {
    /** Bytes of one group's scores, its keys and its values; a few such arrays live at once. */
    private static final long BYTES = 32L << 20;

    /** Lengths may differ by a part of the longest, or by a few tokens, where each of them costs little. */
    private static final double ALIKE = 0.8;

    private static final int FEW = 4;

    private final PackedLayout layout;
    private final long most;
    private final int width;
    private final int reach;
    private final List<Siblings> groups = new ArrayList<>();
    private final int[] place;
    private int placed;
    private int placedBefore;

    private SiblingGroups(PackedLayout layout, DataType type, int heads, int width, int reach) {
        this.layout = layout;
        this.most = BYTES / type.getNumOfBytes() / heads;
        this.width = width;
        this.reach = reach;
        this.place = new int[layout.length()];
    }

    static Generations of(PackedLayout layout, DataType type, int heads, int width, int reach) {
        SiblingGroups all = new SiblingGroups(layout, type, heads, width, reach);
        layout.nodesByGeneration().forEach(all::addGeneration);
        return new Generations(layout, all.groups, all.place);
    }

    /** The children of one parent, the longest first, after a path of which they read {@code path} tokens. */
    private record Family(int path, List<Integer> children) {}

    private void addGeneration(List<Integer> nodes) {
        placedBefore = placed;
        Map<Integer, List<Integer>> byParent = new LinkedHashMap<>();
        nodes.forEach(node -> byParent.computeIfAbsent(layout.nodes().get(node).parent(), parent -> new ArrayList<>())
                .add(node));
        List<Family> families = new ArrayList<>();
        byParent.values().forEach(children -> {
            children.sort(Comparator.comparingInt(this::length).reversed());
            families.add(new Family(Math.min(reach - 1, layout.depth(children.get(0))), children));
        });
        families.sort(
                Comparator.comparingInt((Family family) -> family.children().size())
                        .thenComparing(Comparator.comparingInt(Family::path).reversed()));
        int from = 0;
        for (int to = 1; to <= families.size(); to++) {
            if (to == families.size() || !areAlike(families.get(from), families.get(to))) {
                addAlike(families.subList(from, to));
                from = to;
            }
        }
    }

    private int length(int node) {
        return layout.nodes().get(node).length();
    }

    private boolean areAlike(Family open, Family next) {
        return open.children().size() == next.children().size() && areAlike(open.path(), next.path());
    }

    /** On a ladder only lengths of one rung are, so that a group's shape does not depend on who else is in it. */
    private boolean areAlike(int longer, int shorter) {
        if (layout.padding() != Padding.LONGEST) {
            return layout.padding().of(longer) == layout.padding().of(shorter);
        }
        return shorter >= ALIKE * longer || (shorter > 0 && longer - shorter <= FEW);
    }

    /** Groups of families with equally many children: the first of each, of similar lengths, then the next. */
    private void addAlike(List<Family> families) {
        int children = families.get(0).children().size();
        int from = 0;
        while (from < children) {
            int longest = longest(families, from);
            int to = from + 1;
            while (to < children && areAlike(longest, longest(families, to))) {
                to++;
            }
            addBounded(families, from, to, longest);
            from = to;
        }
    }

    private int longest(List<Family> families, int rank) {
        return families.stream()
                .mapToInt(family -> length(family.children().get(rank)))
                .max()
                .orElseThrow();
    }

    /** Groups of the children [from, to) of each family, no larger than allowed. */
    private void addBounded(List<Family> families, int from, int to, int longest) {
        int length = layout.padding().of(longest);
        int path = layout.padding().of(families.get(0).path());
        long perChild = (long) length * (length + path + 2L * width);
        long perFamily = (long) path * width;
        int children = (int) Math.max(1, Math.min(to - from, (most - perFamily) / perChild));
        int together = (int) Math.max(1, most / (perFamily + children * perChild));
        for (int first = from; first < to; first += children) {
            int last = Math.min(to, first + children);
            for (int p = 0; p < families.size(); p += together) {
                add(families.subList(p, Math.min(families.size(), p + together)), first, last, length, path);
            }
        }
    }

    private void add(List<Family> families, int from, int to, int length, int path) {
        int[][] nodes = families.stream()
                .map(family -> family.children().subList(from, to).stream()
                        .mapToInt(Integer::intValue)
                        .toArray())
                .toArray(int[][]::new);
        Siblings group = new Siblings(layout, nodes, length, path, placedBefore, place);
        int[] slots = group.slots();
        // From behind, so that of a token that is there several times the first one counts.
        for (int i = slots.length - 1; i >= 0; i--) {
            place[slots[i]] = placed + i;
        }
        placed += slots.length;
        groups.add(group);
    }
}
