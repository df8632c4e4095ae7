package org.iclsweep.sweep.experiment.metaoptimizer;

import java.util.List;
import org.iclsweep.model.prompt.TokenSequence;
import org.jspecify.annotations.Nullable;

/**
 * What stands in the place of a trial's demonstrations in its controls, as its model reads it.
 *
 * @param shuffled the same demonstrations with their labels exchanged among them
 * @param otherSet other demonstrations of the same classes, with the same label tokens; null where all are shown
 * @param otherTask a set of another task of the sweep; null where there is none
 */
public record ControlDemonstrations(
        List<TokenSequence> shuffled,
        @Nullable List<TokenSequence> otherSet,
        @Nullable List<TokenSequence> otherTask) {}
