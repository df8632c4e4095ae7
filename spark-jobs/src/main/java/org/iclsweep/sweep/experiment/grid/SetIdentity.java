package org.iclsweep.sweep.experiment.grid;

import java.util.List;
import org.iclsweep.datasets.demonstration.Demonstration;
import org.iclsweep.datasets.demonstration.DemonstrationSet;

/**
 * Which demonstrations a trial was shown.
 *
 * @param id the hash of their content
 * @param demonstrationIds their rows in the data, in the order shown
 * @param order the order's name
 * @param seed the set's own seed: the same for all shot counts of a nested set
 */
public record SetIdentity(String id, List<Long> demonstrationIds, String order, long seed) {
    public SetIdentity {
        demonstrationIds = List.copyOf(demonstrationIds);
    }

    public static SetIdentity of(DemonstrationSet set) {
        List<Long> ids = set.demonstrations().stream().map(Demonstration::id).toList();
        return new SetIdentity(set.id(), ids, set.order(), set.seed());
    }
}
