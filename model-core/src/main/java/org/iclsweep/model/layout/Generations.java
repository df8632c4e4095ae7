package org.iclsweep.model.layout;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import java.util.List;
import org.iclsweep.model.tensor.Heads;

/** All nodes of a layout in groups of siblings, parents before their children. */
public final class Generations {
    private final List<Siblings> groups;
    private final PickedSlots places;
    private final boolean areInOrder;

    /** @param place of each slot among the outputs of {@code groups}, one after another */
    Generations(PackedLayout layout, List<Siblings> groups, int[] place) {
        this.groups = List.copyOf(groups);
        this.places = new PickedSlots(layout.manager(), place);
        int outputs = groups.stream().mapToInt(group -> group.slots().length).sum();
        this.areInOrder = place[0] == 0 && PickedSlots.isStretch(place) && outputs == place.length;
    }

    /** The groups. */
    public List<Siblings> groups() {
        return groups;
    }

    /** The outputs [p, H, n L, d] of one group, whose arrays on the way are owned by {@code scope}. */
    public interface Computation {
        NDArray of(Siblings group, NDManager scope);
    }

    /** The outputs of all groups in their slots [1, H, T, d], owned by {@code layer}. */
    public NDArray each(NDManager layer, Computation computation) {
        NDList outputs = new NDList();
        long heads = 0;
        for (Siblings group : groups) {
            try (NDManager scope = layer.newSubManager()) {
                NDArray output = computation.of(group, scope);
                heads = output.getShape().get(1);
                NDArray rows = Heads.rows(output);
                rows.attach(layer);
                outputs.add(rows);
            }
        }
        NDArray placed = Heads.joined(outputs, 0);
        NDArray inSlots = areInOrder ? placed : places.copies(placed, layer);
        return Heads.split(inSlots.expandDims(0), (int) (inSlots.getShape().get(1) / heads));
    }
}
